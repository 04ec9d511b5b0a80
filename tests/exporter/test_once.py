"""`kpi once`: readings on the terminal, in the text format and as JSON."""

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.exporter.support import kpi, samples, write_config, write_python, write_query

GOLDEN = Path(__file__).with_name("golden") / "demo.txt"
MOMENT = "2026-11-01T12:00Z"


@pytest.fixture
def shop(tmp_path: Path, empty_database: str, app: psycopg.Connection[Any]) -> Path:
    """A folder with a configuration, a gauge, a counter and a histogram."""
    app.execute("CREATE TABLE sales (sold_at timestamptz, shop text, seconds float8)")
    app.execute("INSERT INTO sales SELECT '2026-11-01 10:00Z', 'books', 0.5 * n FROM generate_series(1, 3) AS n")
    app.execute("INSERT INTO sales SELECT '2026-11-01 11:30Z', '[red]food', 2")
    plugins = tmp_path / "plugins"
    write_query(
        plugins, "sales", "SELECT shop, count(*) * 1000.5 AS kpi_sales FROM sales WHERE sold_at <= as_of GROUP BY 1",
        labels=["shop"],
    )  # fmt: skip
    duration = {"name": "kpi_duration_seconds", "help": "How long.", "owner": "tests", "unit": "seconds"}
    write_query(
        plugins, "sold", "SELECT sold_at, 1 AS kpi_sold_total, seconds AS kpi_duration_seconds FROM sales",
        metric="kpi_sold_total", type="counter", cursor="sold_at", settle="1m", backfill="1h",
        also=[{**duration, "type": "histogram", "buckets": [1, 2.5]}],
    )  # fmt: skip
    write_config(tmp_path, {"app": {"dsn": empty_database, "labels": {"tenant": "acme"}}})
    return tmp_path


def test_a_table_shows_each_series_with_its_value_and_source(shop: Path) -> None:
    ended = kpi("once", "--as-of", MOMENT, folder=shop)
    assert (ended.returncode, ended.stderr) == (0, "")
    rows = [line.split() for line in ended.stdout.splitlines()]
    assert rows == [
        ["metric", "labels", "value", "source"],
        ["kpi_sales", "shop=[red]food", "1,000.50", "app"],
        ["kpi_sales", "shop=books", "3,001.50", "app"],
        ["kpi_duration_seconds", "1", "observations,", "mean", "2", "app"],
        ["kpi_sold_total", "1", "app"],
    ]


def test_text_is_what_a_scrape_would_get_with_the_labels_of_the_source(shop: Path) -> None:
    ended = kpi("once", "--as-of", MOMENT, "--format", "text", folder=shop)
    assert samples(ended.stdout) == {
        "kpi_sales{shop=[red]food,tenant=acme}": 1000.5,
        "kpi_sales{shop=books,tenant=acme}": 3001.5,
        "kpi_sold_total{tenant=acme}": 1,
        "kpi_duration_seconds_bucket{le=1.0,tenant=acme}": 0,
        "kpi_duration_seconds_bucket{le=2.5,tenant=acme}": 1,
        "kpi_duration_seconds_bucket{le=+Inf,tenant=acme}": 1,
        "kpi_duration_seconds_count{tenant=acme}": 1,
        "kpi_duration_seconds_sum{tenant=acme}": 2,
    }


def test_json_holds_readings_that_programs_can_read(shop: Path) -> None:
    readings = json.loads(kpi("once", "--as-of", MOMENT, "--format", "json", folder=shop).stdout)
    place = {"collector": "sales", "part": "sales", "source": "app"}
    assert {"metric": "kpi_sales", "labels": {"shop": "books"}, "value": 3001.5, **place} in readings
    (histogram,) = [reading for reading in readings if reading["metric"] == "kpi_duration_seconds"]
    assert histogram["value"] == {"buckets": {"1.0": 0, "2.5": 1, "+Inf": 1}, "sum": 2}


def test_another_moment_gives_its_own_values_whatever_its_time_zone(shop: Path) -> None:
    def sold(moment: str) -> float:
        return samples(kpi("once", "sold", "--as-of", moment, "--format", "text", folder=shop).stdout).get(
            "kpi_sold_total{tenant=acme}", 0
        )

    assert sold("2026-11-01T10:30") == sold("2026-11-01T12:30+02:00") == 3
    assert sold("2026-11-01") == 0


@pytest.mark.parametrize("output", ["table", "text", "json"])
def test_what_is_not_finite_gives_no_sample_in_any_format(tmp_path: Path, empty_database: str, output: str) -> None:
    odd = "SELECT v::float8 AS kpi_odd, v AS shop FROM (VALUES ('1'), ('NaN'), ('infinity')) AS t (v)"
    write_query(tmp_path / "plugins", "odd", odd, labels=["shop"])
    write_config(tmp_path, {"app": empty_database})
    ended = kpi("once", "odd", "--format", output, folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert not re.search("nan|inf", ended.stdout, re.IGNORECASE)
    assert "kpi_odd" in ended.stdout


def test_nothing_is_left_behind(shop: Path) -> None:
    before = sorted(shop.rglob("*"))
    kpi("once", folder=shop)
    assert [path for path in sorted(shop.rglob("*")) if path not in before and "__pycache__" not in path.parts] == []


def test_an_unknown_collector_or_a_bad_moment_ends_with_2(shop: Path) -> None:
    ended = kpi("once", "sails", "sold", folder=shop)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "there is no collector called sails; there are: sales, sold\n"
    ended = kpi("once", "--as-of", "yesterday", folder=shop)
    assert ended.returncode == 2
    assert ended.stderr == "--as-of: expected a time such as 2026-11-01 or 2026-11-01T12:00+01:00, got 'yesterday'\n"


def test_what_fails_is_told_and_the_rest_is_printed(shop: Path) -> None:
    plugins = shop / "plugins"
    write_query(plugins, "divides", "SELECT 1 / (count(*) - 4) AS kpi_divides FROM sales")
    write_query(plugins, "twice", "SELECT 'a' AS shop, 1 AS kpi_twice FROM sales", labels=["shop"])
    write_python(plugins, "yield TICKETS.reading(1, queue='a')", "raise KeyError('no queue')")
    ended = kpi("once", "--format", "text", "--as-of", MOMENT, folder=shop)
    assert ended.returncode == 1
    assert sorted(ended.stderr.splitlines()) == [
        "divides: the server refused: division by zero",
        "tickets: KeyError: 'no queue'",
        'twice: ValueError: could not publish kpi_twice{shop="a"}: each series must come once, and this one came twice',
    ]
    assert len(samples(ended.stdout)) == 8


def test_a_collector_that_outlasts_its_timeout_fails_as_it_would_in_the_exporter(shop: Path) -> None:
    write_python(shop / "plugins", "import time", "time.sleep(0.4)", "yield TICKETS.reading(1, queue='a')")
    ended = kpi("once", "tickets", "--format", "text", folder=shop)
    told = "tickets: takes longer than its timeout of 0.3 s\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", told)


def test_a_source_that_is_lost_on_the_way_is_told_once(shop: Path) -> None:
    write_query(shop / "plugins", "kills", "SELECT count(pg_terminate_backend(pg_backend_pid())) AS kpi_kills")
    write_query(shop / "plugins", "last", "SELECT 1 AS kpi_last")
    ended = kpi("once", "kills", "last", "--format", "text", folder=shop)
    lost = "lost the source app: terminating connection due to administrator command\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", lost)


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01",
        "0001-01-01T00:00+14:00",
        "1969-12-31T23:59",
        "9999-12-31T23:00-10:00",
        "9999-12-31T23:59:59.999999-23:59",
    ],
)
def test_a_moment_that_cannot_be_ends_with_2(shop: Path, moment: str) -> None:
    ended = kpi("once", "sold", "--as-of", moment, folder=shop)
    assert (ended.returncode, ended.stdout) == (2, "")
    expected = f"--as-of: expected a time from 1970 until now, got '{moment}'; without a zone it is UTC\n"
    assert ended.stderr == expected


@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M%z"])
def test_a_moment_that_has_not_been_ends_with_2_and_one_that_has_just_been_is_taken(shop: Path, form: str) -> None:
    ahead = f"{datetime.now(UTC) + timedelta(minutes=5):{form}}"
    ended = kpi("once", "sold", "--as-of", ahead, folder=shop)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"--as-of: expected a time from 1970 until now, got '{ahead}'; without a zone it is UTC\n"
    assert kpi("once", "sold", "--as-of", f"{datetime.now(UTC):{form}}", folder=shop).returncode == 0


def test_what_tells_the_present_only_says_so_once_for_each_source(tmp_path: Path, empty_database: str) -> None:
    names = "acme", "globex"
    write_config(tmp_path, {name: {"dsn": empty_database, "labels": {"tenant": name}} for name in names}, built_in=True)
    ended = kpi("once", "postgresql", "redis", "--as-of", "2026-10-01", folder=tmp_path)
    assert (ended.returncode, ended.stdout.split()) == (0, ["metric", "labels", "value", "source"])
    told = "it can tell the present only, not 2026-10-01 00:00 UTC"
    assert ended.stderr.splitlines() == [
        f"postgresql of the source acme: {told}",
        f"postgresql of the source globex: {told}",
        f"redis: {told}",
    ]


def test_a_failure_names_its_source_where_there_are_several(tmp_path: Path, empty_database: str) -> None:
    write_query(tmp_path / "plugins", "divides", "SELECT 1 / (count(*) - 1) AS kpi_divides FROM (VALUES (1)) AS one")
    write_config(tmp_path, {name: {"dsn": empty_database, "labels": {"tenant": name}} for name in ("acme", "globex")})
    ended = kpi("once", "divides", folder=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        f"divides of the source {name}: the server refused: division by zero" for name in ("acme", "globex")
    ]


def test_the_row_limit_of_the_source_holds(tmp_path: Path, empty_database: str) -> None:
    query = "SELECT n::text AS shop, 1 AS kpi_orders FROM generate_series(1, 11) AS n"
    write_query(tmp_path / "plugins", "orders", query, labels=["shop"])
    write_config(tmp_path, {"app": {"dsn": empty_database, "max_rows": 10}})
    ended = kpi("once", folder=tmp_path)
    assert ended.returncode == 1
    assert "more than 10 rows" in ended.stderr


def in_order(text: str) -> str:
    """The lines of each family in the order of their labels, so that two files can be compared."""

    def labels(line: str) -> str:
        return re.sub(r',?le="[^"]*"', "", line[line.find("{") : line.rfind("}")]) if "{" in line else ""

    families = [family.splitlines(keepends=True) for family in re.split(r"(?=^# HELP)", text, flags=re.MULTILINE)]
    return "".join(line for lines in families for line in (*lines[:2], *sorted(lines[2:], key=labels)))


def test_the_demo_company_at_a_fixed_moment_gives_what_the_golden_file_says(tmp_path: Path, demo_database: str) -> None:
    """Every built-in metric at once. After a wanted change, write the file anew and look at what has changed:

    KPI_WRITE_GOLDEN=1 pytest tests/exporter/test_once.py -k golden && git diff tests/exporter/golden
    """
    write_config(tmp_path, {"app": demo_database}, built_in=True)
    ended = kpi("once", "--as-of", MOMENT, "--format", "text", folder=tmp_path)
    assert ended.returncode == 0
    without = [line for line in ended.stderr.splitlines() if "it can tell the present only" not in line]
    assert without == [], "what has no history is told, and nothing else"
    if os.environ.get("KPI_WRITE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(in_order(ended.stdout))
    golden = GOLDEN.read_text()
    families, expected = (list(text_string_to_metric_families(text)) for text in (ended.stdout, golden))
    told, wanted = ({(f.name, f.type, f.documentation) for f in found} for found in (families, expected))
    assert told == wanted
    # The last digit of a sum depends on the order in which a server adds.
    assert samples(ended.stdout) == pytest.approx(samples(golden), rel=1e-9)
