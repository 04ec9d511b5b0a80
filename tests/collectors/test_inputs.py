"""Values that people give, against small tables whose answers are known. 1 November 2026 is a Sunday."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from collectors import Run
from collectors.discovery import DiscoveryError, discover
from collectors.errors import TableMissing
from collectors.inputs import COLLECTOR, Inputs
from metrics import RATIO, SCORE, Input
from metrics.catalogue import inputs
from metrics.inputs import MANUAL_VALUES_STALE

DESKS = Input("kpi_desk_use_ratio", "Desks in use ÷ desks.", unit=RATIO, labels=("office",), owner="tests", due_days=10)
MOOD = Input("kpi_mood_score", "Mood of the day.", unit=SCORE, owner="tests", every="day", due_days=0)
Read = Callable[..., dict[str, float]]
Insert = Callable[[str, str], None]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def read(connection: psycopg.Connection[Any]) -> Read:
    """`read("2026-11-01 12:00")` gives the values then, by metric and label values, and `stale METRIC`."""

    def values(moment: str, timezone: str = "UTC") -> dict[str, float]:
        connection.execute("SELECT set_config('TimeZone', %s, false)", [timezone])
        readings = Inputs((DESKS, MOOD)).collect(Run(as_of=at(moment), connection=connection))
        return {
            " ".join(("stale" if one.metric is MANUAL_VALUES_STALE else one.metric.name, *one.labels)): float(
                str(one.value)
            )
            for one in readings
        }

    return values


@pytest.fixture
def give(insert: Insert) -> Callable[[str], None]:
    def write(rows: str) -> None:
        names, *lines = rows.strip().splitlines()
        full = [f"{names} | source | entered_by", *(f"{line} | cli | ann" for line in lines)]
        insert("manual_metric_values", "\n".join(full))

    return write


@pytest.fixture
def desks(give: Callable[[str], None]) -> None:
    """October of Berlin was given on 2 November and corrected on the 5th; Rome gave September only."""
    give("""
        id | metric_id          | labels               | period_start | period_end | value | entered_at       | superseded_by | superseded_at
        3  | kpi_desk_use_ratio | {"office": "Berlin"} | 2026-10-01   | 2026-10-31 | 0.85  | 2026-11-05 09:00 | -             | -
        1  | kpi_desk_use_ratio | {"office": "Berlin"} | 2026-09-01   | 2026-09-30 | 0.7   | 2026-10-03 09:00 | -             | -
        2  | kpi_desk_use_ratio | {"office": "Berlin"} | 2026-10-01   | 2026-10-31 | 0.8   | 2026-11-02 09:00 | 3             | 2026-11-05 09:00
        4  | kpi_desk_use_ratio | {"office": "Rome"}   | 2026-09-01   | 2026-09-30 | 0.5   | 2026-10-09 09:00 | -             | -
    """)  # noqa: E501


@pytest.mark.usefixtures("desks")
@pytest.mark.parametrize(
    ("moment", "berlin", "rome", "missing"),
    [
        ("2026-10-03 08:59", None, None, None),
        ("2026-10-03 09:00", 0.7, None, 0),
        ("2026-11-02 08:00", 0.7, 0.5, 0),
        ("2026-11-02 09:00", 0.8, 0.5, 0),
        ("2026-11-05 08:59", 0.8, 0.5, 0),
        ("2026-11-05 09:00", 0.85, 0.5, 0),
        ("2026-11-10 23:59", 0.85, 0.5, 0),
        ("2026-11-11 00:00", 0.85, 0.5, 1),
        ("2027-01-10 12:00", 0.85, 0.5, 2),
        ("2027-01-11 12:00", 0.85, None, 2),
        ("2027-02-11 12:00", None, None, 2),
        ("2029-01-01 12:00", None, None, 2),
    ],
)
def test_a_past_moment_has_the_values_that_were_known_then(
    read: Read, moment: str, berlin: float | None, rome: float | None, missing: float | None
) -> None:
    found = {
        "kpi_desk_use_ratio Berlin": berlin,
        "kpi_desk_use_ratio Rome": rome,
        "stale kpi_desk_use_ratio": missing,
    }
    assert read(moment) == {name: value for name, value in found.items() if value is not None}


def test_what_was_withdrawn_counts_as_not_given_from_then_on(give: Callable[[str], None], read: Read) -> None:
    give("""
        id | metric_id          | labels               | period_start | period_end | value | entered_at       | superseded_by | superseded_at
        3  | kpi_desk_use_ratio | {"office": "Berlin"} | 2026-10-01   | 2026-10-31 | -     | 2026-11-12 09:00 | -             | -
        4  | kpi_desk_use_ratio | {"office": "Rome"}   | 2026-10-01   | 2026-10-31 | -     | 2026-11-12 09:00 | -             | -
        0  | kpi_desk_use_ratio | {"office": "Berlin"} | 2026-09-01   | 2026-09-30 | 0.7   | 2026-10-03 09:00 | -             | -
        1  | kpi_desk_use_ratio | {"office": "Berlin"} | 2026-10-01   | 2026-10-31 | 0.8   | 2026-11-02 09:00 | 3             | 2026-11-12 09:00
        2  | kpi_desk_use_ratio | {"office": "Rome"}   | 2026-10-01   | 2026-10-31 | 0.5   | 2026-11-02 09:00 | 4             | 2026-11-12 09:00
    """)  # noqa: E501
    berlin, rome, missing = "kpi_desk_use_ratio Berlin", "kpi_desk_use_ratio Rome", "stale kpi_desk_use_ratio"
    assert read("2026-11-12 08:59") == {berlin: 0.8, rome: 0.5, missing: 0}
    assert read("2026-11-12 09:00") == {berlin: 0.7, missing: 1}


def test_a_value_counts_once_its_period_has_ended_in_the_time_zone_of_the_source(
    give: Callable[[str], None], read: Read
) -> None:
    give("""
        metric_id      | period_start | period_end | value | entered_at
        kpi_mood_score | 2026-10-30   | 2026-10-30 | 6     | 2026-10-30 12:00
        kpi_mood_score | 2026-10-31   | 2026-10-31 | 8     | 2026-10-31 12:00
    """)
    assert read("2026-10-31 23:59")["kpi_mood_score"] == 6
    assert read("2026-11-01 00:00")["kpi_mood_score"] == 8
    assert read("2026-10-31 23:59", "Europe/Berlin")["kpi_mood_score"] == 8


def test_a_metric_that_nobody_ever_gave_says_nothing(read: Read) -> None:
    assert read("2026-11-01 12:00") == {}


def test_values_that_fit_no_declaration_are_left_out(give: Callable[[str], None], read: Read) -> None:
    give("""
        metric_id          | labels                            | period_start | period_end | value | entered_at
        kpi_unheard_of     | {}                                | 2026-10-01   | 2026-10-31 | 1     | 2026-11-01 09:00
        kpi_desk_use_ratio | {}                                | 2026-10-01   | 2026-10-31 | 1     | 2026-11-01 09:00
        kpi_desk_use_ratio | {"office": "Rome", "floor": "2"}  | 2026-10-01   | 2026-10-31 | 1     | 2026-11-01 09:00
        kpi_desk_use_ratio | {"office": 7}                     | 2026-10-01   | 2026-10-31 | 1     | 2026-11-01 09:00
        kpi_desk_use_ratio | {"office": "Oslo"}                | 2026-10-01   | 2026-10-31 | 0.25  | 2026-11-01 09:00
    """)
    assert read("2026-11-01 12:00") == {"kpi_desk_use_ratio Oslo": 0.25, "stale kpi_desk_use_ratio": 0}


def test_one_statement_reads_all(connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []
    execute = psycopg.Cursor.execute

    def counted(cursor: psycopg.Cursor[Any], query: str, *parameters: Any) -> psycopg.Cursor[Any]:
        sent.append(query)
        return execute(cursor, query.encode(), *parameters)

    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    list(Inputs((DESKS, MOOD)).collect(Run(as_of=at("2026-11-01"), connection=connection)))
    assert len(sent) == 1


def test_without_its_table_it_is_off(empty_database: str) -> None:
    with (
        psycopg.connect(empty_database) as connection,
        pytest.raises(TableMissing, match="off: the contract table manual_metric_values is missing"),
    ):
        list(COLLECTOR.collect(Run(as_of=at("2026-11-01"), connection=connection)))


def test_every_declared_input_is_read_by_the_collector() -> None:
    declared = {metric for found in inputs().values() for metric in found}
    assert set(COLLECTOR.inputs) == declared
    assert set(COLLECTOR.metrics) == {*declared, MANUAL_VALUES_STALE}


PLUGIN = """
from metrics import RATIO, Input
DESKS = Input("kpi_desk_use_ratio", "Desks in use ÷ desks.", unit=RATIO, labels=("office",), owner="tests")
"""


def test_a_plugin_only_declares_its_metric(tmp_path: Path) -> None:
    (tmp_path / "desks.py").write_text(PLUGIN)
    found = discover(tmp_path)
    assert found.problems == []
    collector = found.collectors["inputs"]
    assert isinstance(collector, Inputs)
    assert [metric.name for metric in collector.inputs][-1] == "kpi_desk_use_ratio"
    assert MANUAL_VALUES_STALE in collector.metrics


def test_one_name_in_two_plugins_is_refused(tmp_path: Path) -> None:
    for name in ("desks", "tables"):
        (tmp_path / f"{name}.py").write_text(PLUGIN)
    with pytest.raises(DiscoveryError, match=r"both .*desks.py and .*tables.py declare kpi_desk_use_ratio"):
        discover(tmp_path)


def test_another_collector_cannot_claim_what_people_give(tmp_path: Path) -> None:
    (tmp_path / "desks.py").write_text(
        PLUGIN + "from collectors import Collector\n"
        "class Counted(Collector):\n    name, metrics = 'counted', (DESKS,)\n    def collect(self, run): ...\n"
    )
    (problem,) = discover(tmp_path).problems
    assert "kpi_desk_use_ratio is declared as input, so this collector cannot read it" in problem
