"""Comparisons with the past: what promtool computes is what Python computes, for random values in one run."""

import math
import random
import re
import statistics
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from alert_rules.anomaly import LEAST_WEEKS, WEEKS, change, deviation, usual
from metrics.growth import growth

_WEEK_IN_HOURS = 7 * 24
Evaluated = Callable[[dict[int, list[float | None]], list[str]], list[float | None]]
_GOT = re.compile(r"^\s+got:\s*(.*)$", re.MULTILINE)


def value_of(case: int) -> str:
    return f'sales{{case="{case}"}}'


def deviation_of(case: int) -> str:
    return deviation(value_of(case), usual(value_of(case)))


def sample(value: float | None) -> str:
    """As promtool writes it."""
    return "_" if value is None else "NaN" if math.isnan(value) else repr(value)


@pytest.fixture
def evaluated(program: Callable[[str], Path], tmp_path: Path) -> Evaluated:
    """What expressions give after WEEKS weeks. A case has one value for each week, the newest last, None for none."""

    def evaluate(cases: dict[int, list[float | None]], exprs: list[str]) -> list[float | None]:
        gap = f"_x{_WEEK_IN_HOURS - 1}"
        series = {f'sales{{case="{case}"}}': f" {gap} ".join(map(sample, values)) for case, values in cases.items()}
        test = {
            "interval": "1h",
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            # No value equals NaN, so promtool always tells which one it got.
            "promql_expr_test": [
                {"expr": expr, "eval_time": f"{WEEKS}w", "exp_samples": [{"labels": "{}", "value": float("nan")}]}
                for expr in exprs
            ],
        }
        path = tmp_path / "anomaly.yaml"
        path.write_text(yaml.safe_dump({"evaluation_interval": "1w", "tests": [test]}), encoding="utf-8")
        done = subprocess.run([program("promtool"), "test", "rules", path], capture_output=True, text=True)
        answers = _GOT.findall(done.stdout + done.stderr)
        assert len(answers) == len(exprs), done.stdout + done.stderr
        return [None if answer == "nil" else float(answer.split()[-1]) for answer in answers]

    return evaluate


def test_random_weeks_give_what_python_computes_from_them(evaluated: Evaluated) -> None:
    rng = random.Random(5)
    cases: dict[int, list[float | None]] = {}
    for case in range(60):
        missing = rng.choice((0, 0, 0.2, 0.5))
        scale = 10 ** rng.uniform(-2, 6)
        past = [None if rng.random() < missing else rng.uniform(0, scale) for _ in range(WEEKS)]
        cases[case] = [*past, rng.uniform(0, scale)]
    exprs = [expr for case in cases for expr in (usual(value_of(case)), deviation_of(case))]
    exprs += [change(value_of(case), f"{value_of(case)} offset 1w", least=0) for case in cases]
    got = evaluated(cases, exprs)
    expected: list[float | None] = []
    for *past, now in cases.values():
        known = [one for one in past if one is not None]
        assert now is not None
        enough = len(known) >= LEAST_WEEKS
        expected.append(statistics.fmean(known) if enough else None)
        expected.append((now - statistics.fmean(known)) / statistics.pstdev(known) if enough else None)
    for *_, before, now in cases.values():
        assert now is not None
        expected.append(None if before is None else growth(now, before))
    assert sum(one is None for one in expected) > 10
    assert [one is None for one in got] == [one is None for one in expected]
    assert [one for one in got if one is not None] == pytest.approx([one for one in expected if one is not None])


@pytest.mark.parametrize(
    ("weeks", "expected"),
    [
        pytest.param([5, 5, 5, 5, 5, 5, 1], None, id="weeks that were all the same"),
        pytest.param([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0], None, id="the same fraction"),
        pytest.param([None, None, None, 1, 2, 3, 4], None, id="three weeks known"),
        pytest.param([None, None, 1, 1, 3, 3, 4], 2.0, id="four weeks known, the value above"),
        pytest.param([None, None, 1, 1, 3, 3, 0], -2.0, id="four weeks known, the value below"),
        pytest.param([1, 1, 3, 3, 1, 3, None], None, id="no value now"),
        pytest.param([float("nan"), 1, 1, 3, 3, 1, 0], None, id="a week that is not a number"),
    ],
)
def test_the_edges_of_a_deviation(evaluated: Evaluated, weeks: list[float | None], expected: float | None) -> None:
    (got,) = evaluated({0: weeks}, [f"{deviation_of(0)} < Inf"])
    assert got == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("before", "now", "least", "expected"),
    [
        (100, 60, 0, -0.4),
        (100, 150, 0, 0.5),
        (100, 0, 0, -1),
        (30, 10, 30, None),
        (30.5, 61, 30, 1),
        (0, 10, 0, None),
        (-5, 10, 0, None),
        (None, 10, 0, None),
        (10, None, 0, None),
    ],
)
def test_a_change_keeps_its_sign_and_asks_for_a_least_volume_before(
    evaluated: Evaluated, before: float | None, now: float | None, least: float, expected: float | None
) -> None:
    weeks = [*[None] * (WEEKS - 1), before, now]
    (got,) = evaluated({0: weeks}, [change(value_of(0), f"{value_of(0)} offset 1w", least)])
    assert got == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("least", [-1, 0, 1, 7])
def test_a_number_of_weeks_that_cannot_be_is_refused(least: int) -> None:
    with pytest.raises(ValueError, match=rf"'least' must be from 2 to 6, got {least}"):
        usual(value_of(0), weeks=6, least=least)


def test_a_negative_volume_is_refused() -> None:
    with pytest.raises(ValueError, match="'least' must not be negative, got -1"):
        change("a", "b", least=-1)
