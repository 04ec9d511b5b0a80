"""Runs promtool over rules: their own cases, or the values that they record."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from math import nan
from pathlib import Path

import yaml

from alert_rules import Group
from dashboards.scope import Scope
from metrics.catalogue import all_metrics, external_metrics, recorded
from provisioning.rules import Links, case_files, rule_files

_SCOPE = Scope((*all_metrics(), *(one for found in recorded().values() for one in found), *external_metrics()), ())
_GOT = re.compile(r"got:\s*(.*\S)")
Files = Mapping[str, str]


def written(groups: Sequence[Group], scope: Scope = _SCOPE) -> Files:
    """The files of the groups and of their cases, by path, for sources without labels unless `scope` says otherwise."""
    links = Links()
    return rule_files(groups, scope, links) | case_files(groups, links)


class Promtool:
    """promtool, with a folder of its own."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._program = program
        self._folder = folder

    def test(self, files: Files) -> str:
        """What the cases of the files found wrong; empty when all of them hold."""
        paths = self._write(files)
        return self._run([path for path in paths if "/tests/" in str(path)])

    def values(self, files: Files, series: Mapping[str, str], at: str, *exprs: str) -> list[float | None]:
        """The value of each expression at a moment, None where it has none. A sample comes each minute."""
        rules = [str(path) for path in self._write(files) if "/rules/" in str(path)]
        # No value equals NaN, so promtool tells of each expression what it got.
        wrong = [{"labels": "{}", "value": nan}]
        questions = [{"expr": expr, "eval_time": at, "exp_samples": wrong} for expr in exprs]
        inputs = [{"series": name, "values": values} for name, values in series.items()]
        test = {"interval": "1m", "input_series": inputs, "promql_expr_test": questions}
        path = self._folder / "questions.yaml"
        path.write_text(yaml.safe_dump({"rule_files": rules, "evaluation_interval": "1m", "tests": [test]}), "utf-8")
        answers = _GOT.findall(self._run([path]))
        assert len(answers) == len(exprs)
        return [None if answer == "nil" else float(answer.rpartition(" ")[2]) for answer in answers]

    def _write(self, files: Files) -> list[Path]:
        for name, text in files.items():
            (self._folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self._folder / name).write_text(text, encoding="utf-8")
        return [self._folder / name for name in files]

    def _run(self, tests: Sequence[Path]) -> str:
        done = subprocess.run([self._program, "test", "rules", *tests], capture_output=True, text=True)
        return "" if done.returncode == 0 else done.stdout + done.stderr
