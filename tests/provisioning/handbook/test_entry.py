"""What the entry of a metric tells."""

from collections.abc import Mapping
from pathlib import Path

import promql_parser
import pytest

from collectors import Collector, SqlCollector
from dashboards import Board, row, stat, trend
from metrics.commerce import CONVERSION, REVENUE
from provisioning.handbook.entry import Entry, Mention, entries, span

MONEY = Board("money", "Commerce", "Money", "About money.", [row(stat(REVENUE, by="currency", window="30d"))])
WAY = Board("way", "Commerce", "Way", "About the way.", [row(trend(CONVERSION, window="1d"))])


@pytest.fixture
def found(collectors: Mapping[str, Collector]) -> dict[str, Entry]:
    return {entry.metric.name: entry for entry in entries(collectors, [MONEY, WAY])}


def facts(entry: Entry) -> dict[str, str]:
    return {fact.name: str(fact) for fact in entry.facts}


def test_a_gauge_of_a_query_tells_all_there_is_to_know(found: dict[str, Entry]) -> None:
    assert facts(found["kpi_conversion_ratio"]) == {
        "type": "gauge",
        "unit": "ratio",
        "labels": "window",
        "windows": "1d, 7d, 30d",
        "owner": "product",
        "better": "higher",
        "warning": "2 %",
        "series limit": "1,000 for each source; the largest stay",
        "collector": "commerce",
        "file": "collectors/commerce/conversion.sql",
        "tables": "story_view_metrics, payment_metrics",
        "runs": "every 5 min",
        "history": "yes, for any moment of the past",
        "boards": "Commerce / Way",
    }


def test_a_histogram_tells_its_buckets_and_levels_and_how_events_are_counted(found: dict[str, Entry]) -> None:
    told = facts(found["kpi_http_request_duration_seconds"])
    assert told["buckets"] == "50 ms, 100 ms, 200 ms, 500 ms, 1 s, 2 s, 5 s, 10 s"
    assert (told["target"], told["warning"], told["critical"]) == ("200 ms", "500 ms", "1 s")
    assert told["series limit"] == "300 for each source; the rest is added up as other route"
    assert told["counts"] == "each event once, 60 s after its time"
    assert "windows" not in told


def test_pieces_of_facts_say_what_they_name(found: dict[str, Entry]) -> None:
    pieces = {fact.name: fact.value for fact in found["kpi_revenue_amount"].facts}
    assert pieces["tables"] == (Mention("payment_metrics", "table"),)
    assert pieces["file"] == (Mention("collectors/commerce/revenue.sql", "file"),)
    assert pieces["boards"] == (Mention("Commerce / Money", "board"),)
    assert pieces["labels"][0] == Mention("currency", "code")


def test_windows_are_told_only_where_the_query_reads_them(found: dict[str, Entry]) -> None:
    assert found["kpi_user_stickiness_ratio"].windows == ("30d",)
    assert found["kpi_apdex_score"].windows == ()
    assert found["kpi_agents"].windows == ()


def test_what_a_header_declares_has_an_entry_with_the_path_of_its_file(found: dict[str, Entry], plugins: Path) -> None:
    told = facts(found["kpi_open_tickets"])
    assert told["collector"] == "tickets"
    assert told["file"] == "…/plugins/tickets.sql"
    assert (told["windows"], told["tables"], told["runs"]) == ("12h, 2d", "payment_metrics", "every 5 min")


def test_a_collector_in_python_tells_its_file_and_nothing_of_queries(found: dict[str, Entry], plugins: Path) -> None:
    told = facts(found["kpi_agents"])
    assert (told["file"], told["runs"]) == ("…/plugins/agents.py", "every 2 h")
    assert told.keys().isdisjoint({"tables", "history", "windows", "counts", "boards"})


def test_a_window_of_its_own_making_is_not_taken_for_one_of_the_header(tmp_path: Path) -> None:
    path = tmp_path / "own.sql"
    path.write_text(
        "-- metrics:\n--   - {name: kpi_own, help: Own., unit: count, owner: tests, labels: [window]}\n"
        "SELECT '90d' AS \"window\", 1 AS kpi_own\n"
    )
    (entry, *_) = entries({"own": SqlCollector.from_file(path)})
    assert (entry.windows, entry.example) == ((), "kpi_own")


def test_what_a_query_cannot_tell_of_the_past_is_said(tmp_path: Path) -> None:
    path = tmp_path / "now.sql"
    path.write_text(
        "-- history: false\n-- metrics:\n--   - {name: kpi_now, help: Now., unit: count, owner: tests}\n"
        "SELECT 1 AS kpi_now\n"
    )
    (entry, *_) = entries({"now": SqlCollector.from_file(path)})
    assert facts(entry)["history"] == "no, the present only"
    assert facts(entry)["labels"] == "none"


def test_the_exporters_own_metrics_come_last_and_no_other_external_ones(found: dict[str, Entry]) -> None:
    own = [entry.metric.name for entry in found.values() if not entry.domain]
    assert "kpi_exporter_collector_up" in own
    assert all(name.startswith("kpi_exporter_") for name in own)
    assert list(found)[-len(own) :] == own
    assert facts(found["kpi_exporter_collector_up"])["collector"] == "none, the exporter itself tells it"


def test_intervals_of_the_configuration_take_the_place_of_those_declared(collectors: Mapping[str, Collector]) -> None:
    changed = entries(collectors, intervals={("commerce", "revenue"): 900.0})
    told = {entry.metric.name: facts(entry)["runs"] for entry in changed if entry.domain == "commerce"}
    assert told["kpi_revenue_amount"] == "every 15 min"
    assert told["kpi_offers_submitted"] == "every 60 s"


def test_metrics_stand_in_the_order_of_their_declaration(collectors: Mapping[str, Collector]) -> None:
    names = [entry.metric.name for entry in entries(collectors) if entry.domain == "commerce"]
    assert names == [metric.name for metric in collectors["commerce"].metrics]


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("kpi_apdex_score", "kpi_apdex_score"),
        ("kpi_revenue_amount", 'kpi_revenue_amount{window="30d"}'),
        ("kpi_crashes_per_1000_devices", 'kpi_crashes_per_1000_devices{window="1d"}'),
        ("kpi_open_tickets", 'kpi_open_tickets{window="2d"}'),
        ("kpi_http_requests_total", "sum by (service, method, status) (rate(kpi_http_requests_total[5m]))"),
        (
            "kpi_session_duration_seconds",
            "histogram_quantile(0.95, sum by (le) (rate(kpi_session_duration_seconds_bucket[7d])))",
        ),
        (
            "kpi_exporter_config_last_reload_success_timestamp_seconds",
            "time() - kpi_exporter_config_last_reload_success_timestamp_seconds",
        ),
    ],
)
def test_the_example_fits_the_type(found: dict[str, Entry], name: str, query: str) -> None:
    assert found[name].example == query


def test_every_example_is_promql(found: dict[str, Entry]) -> None:
    for entry in found.values():
        promql_parser.parse(entry.example)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.5, "0.5 s"), (60, "60 s"), (90, "90 s"), (300, "5 min"), (3600, "1 h"), (5400, "90 min"), (2_592_000, "30 d")],
)
def test_lengths_of_time_are_in_the_largest_whole_unit(seconds: float, text: str) -> None:
    assert span(seconds) == text
