"""The values that people of the demo company give: each in good time, whatever is declared."""

import json
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import Any, get_args

import psycopg
import pytest

from collectors import Run
from collectors.inputs import Inputs
from metrics import COUNT, CURRENCY, RATIO, SCORE, Input
from metrics.catalogue import inputs as declared_inputs
from metrics.inputs import MANUAL_VALUES_STALE, stale
from metrics.period import Every
from warehouse.demo.engineering import inputs, writer
from warehouse.demo.engineering.plan import TEAMS, Plan
from warehouse.demo.engineering.record import Record
from warehouse.demo.people import Company

LAST = date(2026, 11, 1)
FIRST = LAST - timedelta(days=119)


def metric(name: str, **fields: Any) -> Input:
    return Input(name, "Given by people.", **{"unit": COUNT, "owner": "tests", **fields})


OF_EACH_LENGTH = [
    metric(f"kpi_given_{every}_{days}_days_after_visits", every=every, due_days=days)
    for every, days in product(get_args(Every), (0, 1, 10, 30))
]
OF_EACH_UNIT = [
    metric("kpi_desk_use_ratio", unit=RATIO, labels=("team",)),
    metric("kpi_reviewed_ratio", unit=RATIO, target=0.97, better="higher"),
    metric("kpi_mood_score", unit=SCORE, least=-1, most=1),
    metric("kpi_rent_amount", unit=CURRENCY, labels=("floor", "currency"), better="lower", warning=1000),
]


@pytest.fixture
def plan() -> Plan:
    return Plan(Company(7, 0.02, FIRST, LAST))


def given(plan: Plan, first: date = FIRST, last: date = LAST) -> list[Record]:
    return [record for day in plan.company.days(first, last) for record in inputs.records(plan, day)]


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda *metrics: monkeypatch.setattr(inputs, "inputs", lambda: {"any": metrics})


@pytest.mark.parametrize("one", OF_EACH_LENGTH, ids=str)
def test_no_value_is_ever_overdue_at_the_end_of_a_day(plan: Plan, declare: Any, one: Input) -> None:
    declare(one)
    ends: list[date] = []
    for day in plan.company.days(FIRST, LAST + timedelta(days=10)):
        ends += [date.fromisoformat(str(record.values["period_end"])) for record in inputs.records(plan, day)]
        assert stale(one, [max(ends)], day.date) == 0
    assert len(set(ends)) == len(ends)


def test_values_are_the_same_each_time_and_each_is_given_once(plan: Plan, declare: Any) -> None:
    declare(*OF_EACH_LENGTH, *OF_EACH_UNIT)
    records = given(plan)
    assert records == given(Plan(Company(7, 0.02, FIRST, LAST)))
    keys = [(record.values["metric_id"], record.values["labels"], record.values["period_start"]) for record in records]
    assert len(set(keys)) == len(keys)
    assert len({tuple(record.values) for record in records}) == 1


def test_values_keep_their_bounds_and_lie_on_the_good_side(plan: Plan, declare: Any) -> None:
    declare(*OF_EACH_UNIT)
    found: dict[str, list[float]] = {}
    for record in given(plan):
        found.setdefault(str(record.values["metric_id"]), []).append(float(str(record.values["value"])))
    assert all(0.6 <= value <= 1 for value in found["kpi_desk_use_ratio"])
    assert all(0.97 <= value <= 1 for value in found["kpi_reviewed_ratio"])
    assert all(0.6 <= value <= 0.95 for value in found["kpi_mood_score"])
    assert all(600 <= value <= 1000 for value in found["kpi_rent_amount"])
    assert len(found["kpi_rent_amount"]) == 2 * len(found["kpi_mood_score"])
    assert len(found["kpi_desk_use_ratio"]) == len(TEAMS) * len(found["kpi_mood_score"])


def test_what_is_written_is_what_the_collector_reads(
    plan: Plan, declare: Any, connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(*OF_EACH_LENGTH, *OF_EACH_UNIT)
    monkeypatch.setattr(writer, "DOMAINS", (writer.Domain("inputs", inputs.records),))
    began, now = datetime.combine(FIRST, time(), UTC), datetime.combine(LAST, time(12), UTC)
    for since, until in ((began, now - timedelta(days=40)), (now - timedelta(days=40), now)):
        writer.write(connection, plan, since, until)
    readings = list(Inputs((*OF_EACH_LENGTH, *OF_EACH_UNIT)).collect(Run(as_of=now, connection=connection)))
    shown = {reading.metric for reading in readings}
    assert shown == {*OF_EACH_LENGTH, *OF_EACH_UNIT, MANUAL_VALUES_STALE}
    assert {one.value for one in readings if one.metric is MANUAL_VALUES_STALE} == {0}


def test_every_declared_metric_is_given_with_its_labels(plan: Plan) -> None:
    declared = {one.name: set(one.labels) for found in declared_inputs().values() for one in found}
    found = {str(one.values["metric_id"]): set(json.loads(str(one.values["labels"]))) for one in given(plan)}
    assert found == declared
