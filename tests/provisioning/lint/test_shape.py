from collections.abc import Callable
from pathlib import Path

import pytest

from provisioning.lint.promql import parse
from provisioning.lint.shape import Shapes
from tests.provisioning.lint.support import CATALOGUE, evaluated

EXPRESSIONS = (
    "kpi_users",
    "up",
    "-kpi_users",
    'kpi_users{plan="a"}',
    "sum(kpi_users)",
    "sum by (plan) (kpi_users)",
    "sum by () (kpi_users)",
    "sum without (plan, job) (kpi_users)",
    "max by (__name__) (kpi_users)",
    "topk(1, kpi_users)",
    "bottomk by (plan) (1, kpi_users)",
    'count_values("amount", kpi_users)',
    'count_values by (plan) ("amount", kpi_users)',
    "rate(kpi_orders_total[5m])",
    "last_over_time(kpi_users[5m])",
    "max_over_time(kpi_users[5m])",
    "max_over_time(sum by (plan) (kpi_users)[10m:1m])",
    "kpi_wait_seconds_bucket",
    "histogram_quantile(0.9, rate(kpi_wait_seconds_bucket[5m]))",
    "histogram_quantile(0.9, sum by (le, region) (rate(kpi_wait_seconds_bucket[5m])))",
    'label_replace(kpi_users, "size", "$1", "plan", "(.*)")',
    'label_join(sum by (plan) (kpi_users), "both", "-", "plan")',
    "sort(kpi_users)",
    "abs(kpi_users)",
    "timestamp(kpi_users)",
    "vector(1)",
    "hour()",
    'absent(kpi_users{plan="z", window=~"q"})',
    'absent_over_time(kpi_users{plan="z", window=~"q"}[5m])',
    "kpi_users * 2",
    "2 - kpi_users",
    "kpi_users > 1",
    "1 < kpi_users",
    "kpi_users > bool 1",
    "kpi_users / kpi_users",
    "kpi_users == kpi_users",
    "sum by (plan) (kpi_users) / on (plan) sum by (plan) (kpi_users)",
    "kpi_users / ignoring (plan) kpi_users",
    "kpi_users == on (plan, window) kpi_users",
    "kpi_users / on (plan) group_left () sum by (plan) (kpi_users)",
    "kpi_users * on (instance) group_left (team) max by (instance, team) (kpi_happiness_score{team='a'})",
    "sum by (plan) (kpi_users) * on (plan) group_right () kpi_users",
    "kpi_users and on (plan) sum by (plan) (kpi_users)",
    'kpi_users{plan="a"} unless on () vector(0) > 1',
    "sum(kpi_users) or vector(0)",
    "sum by (plan) (kpi_users) or sum by (window) (kpi_users)",
    "scalar(sum(kpi_users)) * sum by (plan) (kpi_users)",
)


def test_inferred_labels_are_those_that_prometheus_computes(program: Callable[[str], Path], tmp_path: Path) -> None:
    shapes = [Shapes(CATALOGUE).vector(parse(expr)) for expr in EXPRESSIONS]
    inferred = {expr: set(shape.labels) for expr, shape in zip(EXPRESSIONS, shapes, strict=True)}
    answers = evaluated(program("promtool"), tmp_path, EXPRESSIONS)
    assert [expr for expr, answer in zip(EXPRESSIONS, answers, strict=True) if not answer] == []
    assert inferred == {expr: set().union(*answer) for expr, answer in zip(EXPRESSIONS, answers, strict=True)}


def test_numbers_carry_no_labels() -> None:
    assert [Shapes(CATALOGUE)(parse(expr)) for expr in ("1", "time()", "scalar(kpi_users)", "1 + 2")] == [None] * 4


def test_labels_of_an_unknown_metric_are_open_until_they_are_aggregated() -> None:
    unknown = Shapes(CATALOGUE).vector(parse("rate(other_total[5m])"))
    assert not unknown.known
    grouped = Shapes(CATALOGUE).vector(parse("sum by (x) (rate(other_total[5m]))"))
    assert grouped.labels == {"x"}
    assert grouped.known


@pytest.mark.parametrize(
    ("expr", "pins"),
    [
        ('kpi_users{plan="free", window=~"1d"}', {"plan": "free"}),
        ('kpi_users{plan=""}', {}),
        ('sum by (window) (kpi_users{plan="free", window="1d"})', {"window": "1d"}),
        ('kpi_users{window="1d"} / kpi_users{plan="free"}', {"window": "1d", "plan": "free"}),
        ('kpi_users{plan="a", window="1d"} or kpi_users{plan="b", window="1d"}', {"window": "1d"}),
        ('label_replace(kpi_users{window="1d"}, "window", "day", "", "")', {}),
    ],
)
def test_labels_that_a_matcher_sets_to_one_value_are_pinned(expr: str, pins: dict[str, str]) -> None:
    assert Shapes(CATALOGUE).vector(parse(expr)).pins == pins
