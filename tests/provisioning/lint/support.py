"""A small catalogue whose metrics are of every kind and unit, and what promtool says about expressions over it."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from metrics import COUNT, CURRENCY, RATIO, SCORE, SECONDS, TIMESTAMP, Counter, Gauge, Histogram
from metrics.exporter import ALERTS, UP
from provisioning.lint import Catalogue
from provisioning.lint.promql import substitute

USERS = Gauge("kpi_users", "Users.", unit=COUNT, labels=("plan", "window"), owner="tests")
SALES = Gauge("kpi_sales_amount", "Sales.", unit=CURRENCY, labels=("currency", "category", "window"), owner="tests")
PAYERS = Gauge("kpi_payers", "Payers.", unit=COUNT, labels=("currency",), owner="tests")
WINS = Gauge("kpi_wins_ratio", "Wins ÷ games.", unit=RATIO, labels=("team", "window"), owner="tests")
WORKS = Gauge("kpi_works_per_user", "Works.", unit=COUNT, labels=("plan",), adds_over=(), owner="tests")
HAPPINESS = Gauge("kpi_happiness_score", "Happiness.", unit=SCORE, labels=("team",), owner="tests")
BACKUP = Gauge("kpi_backup_timestamp_seconds", "Last backup.", unit=TIMESTAMP, owner="tests")
ORDERS = Counter("kpi_orders_total", "Orders.", unit=COUNT, labels=("status", "region"), owner="tests")
TAKINGS = Counter("kpi_takings_amount_total", "Takings.", unit=CURRENCY, labels=("currency",), owner="tests")
BUSY = Counter("kpi_busy_seconds_total", "Time at work.", unit=SECONDS, labels=("region",), owner="tests")
WAIT = Histogram("kpi_wait_seconds", "Wait.", unit=SECONDS, labels=("region",), owner="tests", buckets=(0.5, 60))

METRICS = (USERS, SALES, PAYERS, WINS, WORKS, HAPPINESS, BACKUP, ORDERS, TAKINGS, BUSY, WAIT, UP, ALERTS)
CATALOGUE = Catalogue(METRICS)


def promtool_accepts(promtool: Path, directory: Path, expressions: Sequence[str]) -> str:
    """What promtool has to complain about in these expressions, an empty text for nothing."""
    rules = [
        {"record": f"test:expression:{number}", "expr": substitute(expr)} for number, expr in enumerate(expressions)
    ]
    file = directory / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}), encoding="utf-8")
    done = subprocess.run([promtool, "check", "rules", file], capture_output=True, text=True)
    return done.stderr if done.returncode else ""


def evaluated(promtool: Path, directory: Path, expressions: Sequence[str]) -> list[list[set[str]]]:
    """The labels of each series of each result, as a real Prometheus computes them from a few series per metric.

    Each metric has two series for each of its labels' values "a" and "b", and one source, tenant t.
    """
    # The comparison with a wrong expectation makes promtool print what it got.
    wrong = [{"labels": "never", "value": -1}]
    tests = [{"expr": f"({substitute(expr)})", "eval_time": "1h", "exp_samples": wrong} for expr in expressions]
    case = {"interval": "1m", "input_series": list(_input()), "promql_expr_test": tests}
    file = directory / "tests.yml"
    file.write_text(yaml.safe_dump({"rule_files": [], "evaluation_interval": "1m", "tests": [case]}), encoding="utf-8")
    done = subprocess.run([promtool, "test", "rules", file], capture_output=True, text=True)
    answers = re.findall(r"^ +got: ?(.*)$", done.stdout + done.stderr, re.MULTILINE)
    assert len(answers) == len(expressions), done.stdout + done.stderr
    return [
        [{name for name, _ in re.findall(r'(\w+)="([^"]*)"', one)} for one in re.findall(r"\{[^}]*\}", answer)]
        for answer in answers
    ]


def _input() -> Iterator[dict[str, str]]:
    for metric in METRICS:
        for series in metric.series:
            extra = {"job": "kpi", "instance": "i", **({"tenant": "t"} if metric.origin == "collected" else {})}
            bounds = ["0.5", "60.0", "+Inf"] if "le" in series.labels else [""]
            for value in "ab":
                for le in bounds:
                    labels = extra | dict.fromkeys(series.labels, value) | ({"le": le} if le else {})
                    inside = ",".join(f'{name}="{text}"' for name, text in labels.items())
                    yield {"series": f"{series.name}{{{inside}}}", "values": "1+1x200"}
