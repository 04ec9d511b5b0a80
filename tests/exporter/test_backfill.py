"""Past readings as OpenMetrics with timestamps, the blocks that promtool makes of them, and the exporter after them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from collectors.errors import SourceDown
from exporter.assembly import Assembly, assemble
from exporter.backfill import LOOKBACK, History, fill, load_blocks, write
from exporter.config import Config
from exporter.past_readings import moments
from exporter.program import ProgramError
from exporter.prometheus import Prometheus
from tests.exporter.conftest import Running
from tests.exporter.support import free_port, write_python, write_query

UNTIL = datetime(2026, 10, 31, 12, tzinfo=UTC)
INSTANCE = "127.0.0.1:9840"
MINUTE, HOUR, DAY = 60, 3600, 86_400
OPENED = "SELECT t.queue, t.opened_at, 1 AS kpi_opened_total FROM tickets AS t"
OPEN = (
    "SELECT t.queue, count(*) AS kpi_open FROM tickets AS t WHERE t.opened_at <= as_of AND t.opened_at > as_of - "
    "interval '2 days' GROUP BY 1"
)
NOW = "SELECT t.queue, extract(epoch FROM as_of) AS kpi_open FROM tickets AS t GROUP BY 1"
Configure = Callable[..., Config]
Points = dict[str, dict[float, float]]


@pytest.fixture
def tickets(app: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """A ticket every six hours for twelve days up to UNTIL, at a quarter past: 48 of them."""
    app.execute("CREATE TABLE tickets (queue text NOT NULL, opened_at timestamptz NOT NULL)")
    app.execute(
        "INSERT INTO tickets SELECT 'support', %s - interval '15 minutes' - n * interval '6 hours' "
        "FROM generate_series(0, 47) AS n",
        [UNTIL],
    )
    return app


def written(
    assembly: Assembly, folder: Path, days: float = 2, until: datetime = UNTIL, **keys: Any
) -> tuple[History, Points]:
    """What `write` gives, and the points of the file, by series and seconds since 1970."""
    path = folder / "history.txt"
    try:
        history = write(assembly, path, until=until, instance=INSTANCE, days=days, **keys)
    finally:
        assembly.close()
    points: Points = {}
    for line in path.read_text().splitlines():
        if line.startswith("#"):
            continue
        name, value, at = line.replace('"', "").split(" ")
        series = points.setdefault(name, {})
        assert not series or max(series) < float(at), "the points of a series must rise in time"
        series[float(at)] = float(value)
    assert history.samples == sum(len(series) for series in points.values())
    return history, points


def ago(days: float) -> float:
    return UNTIL.timestamp() - days * DAY


def test_moments_are_multiples_of_the_step_and_the_end_itself() -> None:
    until = datetime(2026, 10, 31, 12, 7, 30, tzinfo=UTC)
    found = [f"{moment:%d %H:%M:%S}" for moment in moments(until, 1, [(9 * DAY, 8 * HOUR), (HOUR, 30 * MINUTE)])]
    assert found == ["30 16:00:00", "31 00:00:00", "31 08:00:00", "31 11:30:00", "31 12:00:00", "31 12:07:30"]


def test_moments_are_no_finer_than_the_interval_of_the_query() -> None:
    found = [f"{moment:%d %H:%M}" for moment in moments(UNTIL, 0.125, [(DAY, MINUTE)], finest=HOUR)]
    assert found == ["31 09:00", "31 10:00", "31 11:00", "31 12:00"]


def test_a_counter_never_falls_and_grows_by_what_happened(
    tickets: Any, configure: Configure, empty_database: str, plugins: Path, tmp_path: Path
) -> None:
    write_query(
        plugins, "opened", OPENED, labels=["queue"], cursor="opened_at", type="counter", metric="kpi_opened_total"
    )
    source = {"app": {"dsn": empty_database, "labels": {"tenant": "acme"}}}
    history, points = written(assemble(configure(source)), tmp_path)
    [(series, found)] = points.items()
    assert series == f"kpi_opened_total{{instance={INSTANCE},job=kpi_exporter,queue=support,tenant=acme}}"
    values = list(found.values())
    assert values == sorted(values)
    # From the first moment, two days back, with the backfill of a day before it: 4 tickets. Then 4 more each day.
    assert (found[ago(2)], found[ago(1)], found[ago(0)]) == (4, 8, 12)
    assert found[ago(0) - 15 * MINUTE] == 11, "a ticket counts once the settle lag of a minute has passed"
    assert found[ago(0) - 14 * MINUTE] == 12
    [state] = history.states.values()
    assert state["until"] == (UNTIL - timedelta(minutes=1)).isoformat()
    assert state["metrics"]["kpi_opened_total"]["series"] == [[("support",), 12.0]]


def test_a_counter_with_too_many_rows_gets_fewer_moments_and_the_same_end(
    tickets: Any, configure: Configure, empty_database: str, plugins: Path, tmp_path: Path
) -> None:
    write_query(
        plugins, "opened", OPENED, labels=["queue"], cursor="opened_at", type="counter", metric="kpi_opened_total"
    )
    _, full = written(assemble(configure(empty_database)), tmp_path)
    history, fewer = written(assemble(configure({"app": {"dsn": empty_database, "max_rows": 8}})), tmp_path)
    [every], [some] = full.values(), fewer.values()
    assert history.left_out == []
    assert 4 < len(some) < len(every) / 2
    assert some[ago(0)] == every[ago(0)] == 12


def test_a_counter_that_is_collected_rarely_lies_further_apart(
    tickets: Any, configure: Configure, empty_database: str, plugins: Path, tmp_path: Path
) -> None:
    more: dict[str, Any] = {"cursor": "opened_at", "type": "counter", "metric": "kpi_opened_total"}
    write_query(plugins, "opened", OPENED, labels=["queue"], every="5m", **more)
    history, points = written(assemble(configure(empty_database)), tmp_path, days=10)
    assert history.left_out == []
    [found] = points.values()
    in_order = sorted(found)
    steps = {later - earlier for earlier, later in pairwise(in_order)}
    assert steps == {3 * HOUR, HOUR, 15 * MINUTE}


def test_counters_of_two_histories_fit_together_when_they_count_from_one_moment(
    tickets: Any, configure: Configure, empty_database: str, plugins: Path, tmp_path: Path
) -> None:
    more: dict[str, Any] = {"cursor": "opened_at", "type": "counter", "metric": "kpi_opened_total"}
    write_query(plugins, "opened", OPENED, labels=["queue"], **more)
    [(_, whole)] = written(assemble(configure(empty_database)), tmp_path, days=8)[1].items()
    since = UNTIL - timedelta(days=8)
    [(_, last)] = written(assemble(configure(empty_database)), tmp_path, days=1, counted_since=since)[1].items()
    [(_, alone)] = written(assemble(configure(empty_database)), tmp_path, days=1)[1].items()
    assert min(last) == ago(1)
    assert {at: value for at, value in whole.items() if at in last} == last
    assert alone[ago(0)] < last[ago(0)], "without it, counting begins anew"


def test_a_collector_in_python_is_asked_once_a_day_unless_it_can_tell_the_present_only(
    configure: Configure, empty_database: str, plugins: Path, tmp_path: Path
) -> None:
    write_python(plugins, "yield TICKETS.reading(run.as_of.timestamp(), queue='support')", needs_source=True)
    history, points = written(assemble(configure(empty_database)), tmp_path)
    assert history.left_out == []
    [found] = points.values()
    assert [at for at, value in found.items() if at == value] == [ago(2.5), ago(1.5), ago(0.5), ago(0)]
    assert found[ago(2)] == ago(2.5)
    assert found[ago(0) - 3 * HOUR] == ago(0.5)
    write_python(plugins, "run.demand_present('now')", "yield", needs_source=True)
    history, points = written(assemble(configure(empty_database)), tmp_path)
    [left_out] = history.left_out
    assert left_out.startswith("tickets on app: now: it can tell the present only, not 2026-10-")
    assert points == {}


def test_several_histories_come_from_one_assembly(
    tickets: Any, configure: Configure, empty_database: str, plugins: Path, tmp_path: Path
) -> None:
    write_query(plugins, "open", OPEN, labels=["queue"])
    assembly = assemble(configure(empty_database))
    for number in range(2):
        assert write(assembly, tmp_path / f"{number}.txt", until=UNTIL, instance=INSTANCE, days=1).left_out == []
    assembly.close()


def test_a_gauge_is_computed_once_a_day_at_least_and_told_every_three_hours(
    tickets: Any, configure: Configure, empty_database: str, plugins: Path, tmp_path: Path
) -> None:
    write_query(plugins, "open", NOW, labels=["queue"])
    _, points = written(assemble(configure(empty_database)), tmp_path, seconds_per_query=0)
    [found] = points.values()
    midnights = [at for at, value in found.items() if at == value]
    assert midnights == [ago(2.5), ago(1.5), ago(0.5), ago(0)]
    assert [at for at in found if at >= ago(2)] == [ago(2) + hour * HOUR for hour in range(0, 49, 3)]
    assert found[ago(0) - 3 * HOUR] == ago(0.5)


def test_a_gauge_has_a_value_from_the_first_moment_of_a_history_that_ends_at_any_time(
    tickets: Any, configure: Configure, empty_database: str, plugins: Path, tmp_path: Path
) -> None:
    write_query(plugins, "open", NOW, labels=["queue"])
    until = UNTIL + timedelta(minutes=5)
    _, points = written(assemble(configure(empty_database)), tmp_path, until=until, seconds_per_query=0)
    [found] = points.values()
    first = until.timestamp() - 2 * DAY
    assert found[first] == ago(2.5)
    moments_after = [at for at in found if at >= first]
    assert max(later - earlier for earlier, later in pairwise(moments_after)) == 3 * HOUR


def test_a_gauge_that_is_read_less_often_than_the_history_tells_has_a_value_from_the_first_moment_too(
    tickets: Any, configure: Configure, empty_database: str, plugins: Path, tmp_path: Path
) -> None:
    write_query(plugins, "open", NOW, labels=["queue"], every="48h")
    _, points = written(assemble(configure(empty_database)), tmp_path, seconds_per_query=0)
    [found] = points.values()
    assert ago(2) in found
    assert found[ago(2)] <= ago(2)


def test_a_quick_gauge_is_computed_every_hour_and_more_often_of_late(
    tickets: Any, configure: Configure, empty_database: str, plugins: Path, tmp_path: Path
) -> None:
    write_query(plugins, "open", NOW, labels=["queue"], every="1m")
    _, points = written(assemble(configure(empty_database)), tmp_path, seconds_per_query=60)
    [found] = points.values()
    assert all(at == value for at, value in found.items())
    assert sum(ago(2) <= at < ago(1) for at in found) == 24
    assert sum(ago(0) - HOUR <= at < ago(0) for at in found) == 60


def test_several_sources_share_a_family_and_a_histogram_has_all_its_series(
    tickets: Any, configure: Configure, empty_database: str, plugins: Path, tmp_path: Path
) -> None:
    sql = "SELECT t.queue, t.opened_at, 90 AS kpi_wait_seconds FROM tickets AS t"
    more: dict[str, Any] = {"type": "histogram", "buckets": [60, 120], "unit": "seconds"}
    write_query(plugins, "wait", sql, labels=["queue"], cursor="opened_at", metric="kpi_wait_seconds", **more)
    sources = {name: {"dsn": empty_database, "labels": {"tenant": name}} for name in ("acme", "globex")}
    _, points = written(assemble(configure(sources)), tmp_path)
    text = (tmp_path / "history.txt").read_text()
    assert text.count("# TYPE kpi_wait_seconds histogram\n") == 1
    assert text.endswith("# EOF\n")
    last = {series: values[ago(0)] for series, values in points.items()}
    expected = {}
    for tenant in sources:
        labels = f"instance={INSTANCE},job=kpi_exporter,queue=support,tenant={tenant}"
        for bound, count in (("60.0", 0), ("120.0", 12), ("+Inf", 12)):
            series = labels.replace(",queue", f",le={bound},queue")
            expected[f"kpi_wait_seconds_bucket{{{series}}}"] = count
        expected |= {f"kpi_wait_seconds_count{{{labels}}}": 12, f"kpi_wait_seconds_sum{{{labels}}}": 12 * 90}
    assert last == expected


def test_what_has_no_history_and_what_fails_is_named_and_the_rest_is_written(
    tickets: Any, configure: Configure, empty_database: str, plugins: Path, tmp_path: Path
) -> None:
    write_query(plugins, "open", OPEN, labels=["queue"])
    present = write_query(plugins, "present", "SELECT count(*) AS kpi_present FROM tickets AS t")
    present.write_text(present.read_text().replace("-- every", "-- history: false\n-- every"))
    write_query(plugins, "broken", "SELECT count(*) / 0 AS kpi_broken FROM tickets AS t")
    history, points = written(assemble(configure(empty_database)), tmp_path)
    assert {series.split("{")[0] for series in points} == {"kpi_open"}
    assert sorted(history.left_out) == [
        "broken on app: the server refused: division by zero",
        "present on app: it can tell the present only (history: false)",
    ]


def test_a_database_that_cannot_be_reached_is_told(configure: Configure, plugins: Path, tmp_path: Path) -> None:
    write_query(plugins, "one", "SELECT 1 AS kpi_one")
    with pytest.raises(SourceDown, match="could not reach the source app"):
        written(assemble(configure("postgresql://x@127.0.0.1:1/x")), tmp_path)


def test_progress_is_told_query_by_query(
    configure: Configure, empty_database: str, plugins: Path, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        write_query(plugins, name, f"SELECT 1 AS kpi_{name}")
    steps: list[tuple[int, int]] = []
    written(assemble(configure(empty_database)), tmp_path, progress=lambda *step: steps.append(step))
    assert steps == [(1, 2), (2, 2)]


def test_what_promtool_refuses_is_told_and_nothing_is_left(tmp_path: Path, program: Callable[[str], Path]) -> None:
    text = tmp_path / "text"
    text.write_text("# TYPE kpi_x gauge\nkpi_x 1 1790000000\n")
    with pytest.raises(ProgramError, match=r"could not make blocks of .*text: .*EOF"):
        load_blocks(program("promtool"), text, tmp_path / "data")


@pytest.fixture
def joined(
    app: psycopg.Connection[Any],
    configure: Configure,
    empty_database: str,
    plugins: Path,
    tmp_path: Path,
    program: Callable[[str], Path],
) -> Iterator[tuple[Prometheus, Running, datetime]]:
    """30 days with a ticket every ten minutes in Prometheus, then the exporter; the first scrape is yet to come."""
    prometheus, promtool = program("prometheus"), program("promtool")
    app.execute("CREATE TABLE tickets (queue text NOT NULL, opened_at timestamptz NOT NULL)")
    app.execute(
        "INSERT INTO tickets SELECT 'support', now() - n * interval '10 minutes' FROM generate_series(0, 5000) AS n"
    )
    write_query(
        plugins,
        "opened",
        OPENED,
        labels=["queue"],
        cursor="opened_at",
        settle="1s",
        type="counter",
        metric="kpi_opened_total",
    )
    write_query(plugins, "open", OPEN, labels=["queue"])
    until = datetime.now(UTC).replace(microsecond=0)
    port = free_port()
    config = configure(empty_database, listen=f"127.0.0.1:{port}")
    data = Prometheus.data_dir(tmp_path / "prometheus")
    assert fill(config, promtool, data, until=until, instance=config.listen).left_out == []
    assert [path.name for path in data.parent.iterdir()] == ["data"]
    running = Running(config)
    try:
        with Prometheus(
            prometheus, tmp_path / "prometheus", config.listen, free_port(), interval="1s", lookback=LOOKBACK
        ) as started:
            yield started, running, until
    finally:
        running.service.stop()


def test_prometheus_serves_the_history_and_the_exporter_counts_on_from_it(
    joined: tuple[Prometheus, Running, datetime],
) -> None:
    prometheus, running, until = joined

    def value(expression: str, at: datetime) -> float:
        parameters = {"query": expression, "time": str(at.timestamp())}
        answer = requests.get(f"{prometheus.url}/api/v1/query", params=parameters, timeout=5).json()
        [series] = answer["data"]["result"]
        return float(series["value"][1])

    assert value("sum(increase(kpi_opened_total[1d]))", until) == pytest.approx(144, abs=2)
    assert value("sum(increase(kpi_opened_total[1d]))", until - timedelta(days=20)) == pytest.approx(144, abs=4)
    assert value("sum(kpi_open)", until - timedelta(days=20, minutes=59)) == 288
    held = value("sum(kpi_opened_total)", until)
    assert held == pytest.approx(31 * 144, abs=8)  # its first moment is up to an hour late
    running.start()
    running.wait_for_runs(1, "opened")
    assert running.value("kpi_opened_total{queue=support}") == pytest.approx(held, abs=1), "a reset would begin at 144"
