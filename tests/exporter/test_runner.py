"""Runs of parts against a real database: each outcome, and what is served after it."""

import random
import string
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from psycopg import sql

from exporter.config import CollectorSettings
from tests.exporter.support import wait_for, write_python, write_query

Run = Callable[..., Any]
Connection = psycopg.Connection[Any]


def activity(connection: Connection, application: str) -> list[str]:
    """The statements that run for an application now."""
    rows = connection.execute(
        "SELECT query FROM pg_stat_activity WHERE application_name = %s AND state = 'active'", [application]
    )
    return [query for (query,) in rows]


class TestQueries:
    def test_a_bad_query_leaves_the_others_of_its_collector_alone(
        self, run: Run, plugins: Path, empty_database: str, app: Connection
    ) -> None:
        app.execute("CREATE TABLE orders (n int)")
        app.execute("INSERT INTO orders VALUES (1), (0)")
        shop = plugins / "shop"
        write_query(shop, "good", "SELECT 7 AS kpi_good")
        write_query(shop, "divides", "SELECT sum(1 / n) AS kpi_divides FROM orders")
        write_query(shop, "misspelt", "SELECT sum(numbr) AS kpi_misspelt FROM orders")
        write_query(shop, "waits", "SELECT length(pg_sleep(5)::text) AS kpi_waits", timeout="200ms")
        write_query(shop, "zeal", "SELECT count(*) AS kpi_zeal FROM orders")
        service = run(empty_database)
        for name in ("divides", "misspelt", "waits"):
            service.wait_for_state("down", name)
        for name in ("good", "zeal"):
            assert service.wait_for_state("up", name).error == ""
        assert service.part("divides").error == "the server refused: division by zero"
        assert service.part("waits").error == "cancelled on the server after 0.2 s"
        assert 'misspelt.sql:9: column "numbr" does not exist' in service.part("misspelt").error
        found = service.samples()
        assert (found["kpi_good"], found["kpi_zeal"]) == (7, 2)
        runs = {
            outcome
            for name, outcome in (("divides", "error"), ("misspelt", "refused"), ("waits", "timeout"))
            if found[f"kpi_exporter_collector_runs_total{{collector=shop,outcome={outcome},part={name},source=app}}"]
        }
        assert runs == {"error", "refused", "timeout"}

    def test_a_query_that_outruns_its_timeout_no_longer_runs_on_the_server(
        self, run: Run, plugins: Path, empty_database: str, app: Connection
    ) -> None:
        slow = "SELECT count(*) AS kpi_slow FROM generate_series(1, 1e9)"
        write_query(plugins, "slow", slow, timeout="500ms", every="1h")
        service = run(empty_database)
        wait_for(lambda: any(slow in query for query in activity(app, "kpi_exporter/slow")))
        service.wait_for_state("down", "slow")
        assert activity(app, "kpi_exporter/slow") == []

    def test_a_locked_table_gives_up_after_the_lock_timeout_of_the_source(
        self, run: Run, plugins: Path, empty_database: str, app: Connection
    ) -> None:
        app.execute("CREATE TABLE orders (n int)")
        write_query(plugins, "orders", "SELECT count(*) AS kpi_orders FROM orders")
        write_query(plugins, "other", "SELECT 1 AS kpi_other")
        with psycopg.connect(empty_database) as holder:
            holder.execute("LOCK TABLE orders")
            service = run({"app": {"dsn": empty_database, "lock_timeout": 0.1}})
            locked = "a table is locked by another session, and lock_timeout ran out"
            assert service.wait_for_state("down", "orders").error == locked
            assert service.runs("orders", outcome="timeout") >= 1
            service.wait_for_state("up", "other")
        service.wait_for_state("up", "orders")
        with psycopg.connect(empty_database) as holder:  # and once the query is known to the exporter, just so
            holder.execute("LOCK TABLE orders")
            assert service.wait_for_state("down", "orders").error == locked
            assert service.value("kpi_orders") == 0

    def test_the_result_of_a_run_replaces_the_former_one_whole(
        self, run: Run, plugins: Path, empty_database: str, app: Connection
    ) -> None:
        app.execute("CREATE TABLE orders AS VALUES ('books', 3), ('food', 4)")
        query = "SELECT column1 AS shop, column2 AS kpi_orders FROM orders"
        write_query(plugins, "orders", query, labels=["shop"])
        service = run(empty_database, stale_after_intervals=1000)
        service.wait_for_state("up", "orders")
        assert service.value("kpi_orders{shop=food}") == 4
        app.execute("DELETE FROM orders WHERE column1 = 'food'")
        wait_for(lambda: service.value("kpi_orders{shop=food}") is None)
        assert service.value("kpi_orders{shop=books}") == 3
        app.execute("DELETE FROM orders")
        wait_for(lambda: service.value("kpi_orders{shop=books}") is None)
        assert service.part("orders").state == "up"

    def test_an_absent_contract_table_turns_a_query_off_with_one_line_until_it_appears(
        self, run: Run, plugins: Path, empty_database: str, app: Connection, log: list[Any]
    ) -> None:
        write_query(plugins, "views", "SELECT count(*) AS kpi_views FROM story_view_metrics")
        service = run(empty_database)
        missing = "off: the contract table story_view_metrics is missing; 'kpi check' prints the view to create"
        assert service.wait_for_state("off", "views").error == missing
        service.wait_for_runs(2, "views", outcome="off")
        (event,) = [event for event in log if event["event"] == "part failed"]
        assert (event["log_level"], event["error"]) == ("info", missing)
        assert "kpi_exporter_collector_up{collector=views,part=views,source=app}" not in service.samples()
        app.execute("CREATE TABLE story_view_metrics ()")
        assert service.wait_for_state("up", "views").error == ""
        assert service.value("kpi_views") == 0
        app.execute("DROP TABLE story_view_metrics")
        service.wait_for_state("off", "views")

    def test_another_absent_table_is_a_fault_with_file_and_line(
        self, run: Run, plugins: Path, empty_database: str
    ) -> None:
        path = write_query(plugins, "orders", "SELECT count(*) AS kpi_orders\n  FROM orders")
        service = run(empty_database)
        assert service.wait_for_state("down", "orders").error == f'{path}:10: relation "orders" does not exist'

    def test_values_that_are_no_number_give_no_sample_and_are_counted(
        self, run: Run, plugins: Path, empty_database: str
    ) -> None:
        values = "(VALUES ('a', 1.5), ('b', NULL), ('c', 'NaN'), ('d', 'Infinity'), ('e', '-Infinity')) AS v(shop, n)"
        write_query(plugins, "orders", f"SELECT shop, n::float8 AS kpi_orders FROM {values}", labels=["shop"])
        service = run(empty_database)
        service.wait_for_state("up", "orders")
        found = service.samples()
        assert {series for series in found if series.startswith("kpi_orders")} == {"kpi_orders{shop=a}"}
        runs = service.runs("orders")
        found = service.samples()
        dropped = "kpi_exporter_collector_readings_dropped_total{{collector=orders,part=orders,reason={},source=app}}"
        for reason, each in (("null", 1), ("not_finite", 3)):
            assert found[dropped.format(reason)] >= each * runs
            assert found[dropped.format(reason)] % each == 0

    def test_a_label_value_of_any_characters_comes_back_as_it_was(
        self, run: Run, plugins: Path, empty_database: str, app: Connection
    ) -> None:
        odd = ['"', "\\", "\n", "\\n", '\\"', "a\r\nb", "\t", "}", "{", ",", "=", " # EOF", "ü", "日本", "🙂", "\x7f"]
        choice = random.Random(5)
        odd += ["".join(choice.choices(string.printable, k=40)) for _ in range(100)]
        app.execute("CREATE TABLE orders (shop text)")
        app.cursor().executemany("INSERT INTO orders VALUES (%s)", [(value,) for value in odd])
        write_query(plugins, "orders", "SELECT shop, 1 AS kpi_orders FROM orders", labels=["shop"])
        service = run(empty_database)
        service.wait_for_state("up", "orders")
        text = service.service.exposition.body(openmetrics=False, gzip=False).decode()
        (family,) = [family for family in text_string_to_metric_families(text) if family.name == "kpi_orders"]
        assert {sample.labels["shop"] for sample in family.samples} == set(odd)

    def test_bytes_that_are_no_utf8_are_shown_escaped(self, run: Run, plugins: Path, postgres: Any) -> None:
        """A database in SQL_ASCII hands out whatever bytes were put in."""
        with psycopg.connect(postgres.dsn(), autocommit=True) as administrator:
            administrator.execute("CREATE DATABASE ascii ENCODING SQL_ASCII TEMPLATE template0 LOCALE 'C'")
            try:
                with psycopg.connect(postgres.dsn("ascii"), autocommit=True) as connection:
                    connection.execute("CREATE TABLE orders AS SELECT convert_from('\\x636166e9', 'SQL_ASCII') AS shop")
                write_query(plugins, "orders", "SELECT shop, 1 AS kpi_orders FROM orders", labels=["shop"])
                service = run(postgres.dsn("ascii"))
                service.wait_for_state("up", "orders")
                assert service.value("kpi_orders{shop=caf\\xe9}") == 1
                service.service.stop()
            finally:
                administrator.execute("DROP DATABASE ascii WITH (FORCE)")

    def test_a_series_that_comes_twice_is_refused_by_name(self, run: Run, plugins: Path, empty_database: str) -> None:
        query = "SELECT shop, 1 AS kpi_orders FROM (VALUES ('a'), ('a')) AS v(shop)"
        write_query(plugins, "orders", query, labels=["shop"])
        service = run(empty_database)
        assert 'kpi_orders{shop="a"}: each series must come once' in service.wait_for_state("down", "orders").error

    def test_a_hundred_thousand_label_values_are_cut_to_the_cap_and_the_rest_is_other(
        self, run: Run, plugins: Path, empty_database: str
    ) -> None:
        query = "SELECT n::text AS shop, n AS kpi_orders FROM generate_series(1, 100000) AS n"
        write_query(plugins, "orders", query, labels=["shop"], every="1h", cap=10, other=["shop"])
        service = run(empty_database)
        service.wait_for_state("up", "orders")
        found = service.samples()
        orders = {series: value for series, value in found.items() if series.startswith("kpi_orders")}
        assert orders == {
            **{f"kpi_orders{{shop={n}}}": n for n in range(100_000 - 8, 100_001)},
            "kpi_orders{shop=other}": sum(range(1, 100_000 - 8)),
        }
        labels = "collector=orders,part=orders,reason=over_cap,source=app"
        assert found[f"kpi_exporter_collector_readings_dropped_total{{{labels}}}"] == 100_000 - 9

    def test_more_rows_than_the_source_allows_fail(self, run: Run, plugins: Path, empty_database: str) -> None:
        query = "SELECT n::text AS shop, 1 AS kpi_orders FROM generate_series(1, {}) AS n"
        write_query(plugins, "fits", query.format(100).replace("orders", "fits"), labels=["shop"])
        path = write_query(plugins, "orders", query.format(101), labels=["shop"])
        service = run({"app": {"dsn": empty_database, "max_rows": 100}})
        part = service.wait_for_state("down", "orders")
        assert part.error == f"{path}: more than 100 rows; aggregate in the query, or raise max_rows"
        assert service.runs("orders", outcome="too_many_rows") >= 1
        service.wait_for_state("up", "fits")

    def test_a_session_that_the_server_ends_is_told_for_the_rest_of_the_run(
        self, run: Run, plugins: Path, empty_database: str
    ) -> None:
        shop = plugins / "shop"
        write_query(shop, "first", "SELECT 1 AS kpi_first")
        write_query(shop, "kills", "SELECT count(pg_terminate_backend(pg_backend_pid())) AS kpi_kills")
        write_query(shop, "later", "SELECT 1 AS kpi_later")
        service = run(empty_database)
        for name in ("kills", "later"):
            assert service.wait_for_state("down", name).source_down
        assert service.reason_down() == "lost the source app: terminating connection due to administrator command"
        assert service.part("first").last_success is not None

    def test_a_transaction_is_read_only_and_bears_the_name_of_the_collector(
        self, run: Run, plugins: Path, empty_database: str, app: Connection
    ) -> None:
        app.execute("CREATE SEQUENCE numbers")
        write_query(plugins, "writes", "SELECT nextval('numbers') AS kpi_writes")
        facts = "current_setting('application_name') AS name, current_setting('transaction_isolation') AS isolation"
        write_query(plugins, "reads", f"SELECT {facts}, 1 AS kpi_reads", labels=["name", "isolation"])
        service = run(empty_database)
        error = service.wait_for_state("down", "writes").error
        assert error == "the server refused: cannot execute nextval() in a read-only transaction"
        service.wait_for_state("up", "reads")
        assert service.value("kpi_reads{isolation=repeatable read,name=kpi_exporter/reads}") == 1

    def test_events_that_arrive_during_a_slow_query_before_are_counted(
        self, run: Run, plugins: Path, empty_database: str, app: Connection
    ) -> None:
        """All queries of a run share a snapshot, so no cursor may move past the moment when it was taken."""
        app.execute("CREATE TABLE sales (sold_at timestamptz DEFAULT clock_timestamp())")
        shop = plugins / "shop"
        slow = "SELECT count(*) AS kpi_first FROM sales, pg_sleep(0.7)"
        write_query(shop, "first", slow, every="300ms")
        write_query(
            shop,
            "sales",
            "SELECT sold_at, 1 AS kpi_sales_total FROM sales",
            every="300ms",
            metric="kpi_sales_total",
            type="counter",
            cursor="sold_at",
            settle="50ms",
        )
        app.execute("INSERT INTO sales DEFAULT VALUES")
        service = run(empty_database)
        service.wait_for_state("up", "sales")
        inserted = 1
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            app.execute("INSERT INTO sales DEFAULT VALUES")
            inserted += 1
            time.sleep(0.02)
        wait_for(lambda: service.value("kpi_sales_total") == inserted, 5)


class TestPython:
    def test_a_collector_that_raises_is_named_with_its_error_and_its_trace_is_logged(
        self, run: Run, plugins: Path, empty_database: str, log: list[Any]
    ) -> None:
        write_python(plugins, "yield TICKETS.reading(1, queue='a')", "raise KeyError('no such queue')")
        write_query(plugins, "orders", "SELECT 1 AS kpi_orders")
        service = run(empty_database)
        assert service.wait_for_state("down", "tickets").error == "KeyError: 'no such queue'"
        service.wait_for_state("up", "orders")
        assert service.value("kpi_tickets{queue=a}") is None
        service.wait_for_runs(2, "tickets", source="", outcome="error")
        (event,) = [event for event in log if event.get("part") == "tickets"]
        assert event["exception"].startswith("Traceback (most recent call last):")
        assert event["exception"].endswith("KeyError: 'no such queue'")

    @pytest.mark.parametrize("end", ["SystemExit(7)", "KeyboardInterrupt"])
    def test_a_collector_that_would_end_the_process_fails_like_others(self, run: Run, plugins: Path, end: str) -> None:
        write_python(plugins, f"raise {end}")
        service = run({})
        part = service.wait_for_state("down", "tickets")
        assert part.error.startswith(end.partition("(")[0])

    def test_the_moment_is_that_of_the_server_whatever_the_clock_of_this_machine_says(
        self, run: Run, plugins: Path, empty_database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ahead = Mock(now=lambda zone: datetime.now(zone) + timedelta(hours=1))
        monkeypatch.setattr("exporter.job.datetime", ahead)
        write_query(plugins, "moment", "SELECT extract(epoch FROM as_of) AS kpi_moment")
        service = run(empty_database)
        service.wait_for_state("up", "moment")
        assert service.value("kpi_moment") == pytest.approx(time.time(), abs=60)

    def test_a_collector_without_a_source_needs_none(self, run: Run, plugins: Path) -> None:
        write_python(plugins, "yield TICKETS.reading(3, queue='a')")
        service = run({})
        service.wait_for_state("up", "tickets")
        assert service.value("kpi_tickets{queue=a}") == 3

    def test_a_collector_with_a_source_reads_the_snapshot_and_bears_the_labels_of_the_source(
        self, run: Run, plugins: Path, empty_database: str
    ) -> None:
        lines = "n, = run.connection.execute('SELECT 5').fetchone()", "yield TICKETS.reading(n, queue='a')"
        write_python(plugins, *lines, needs_source=True)
        service = run({"app": {"dsn": empty_database, "labels": {"tenant": "acme"}}})
        service.wait_for_state("up", "tickets")
        assert service.value("kpi_tickets{queue=a,tenant=acme}") == 5

    def test_state_that_a_collector_leaves_comes_back_in_its_next_run(self, run: Run, plugins: Path) -> None:
        lines = "run.state['n'] = run.state.get('n', 0) + 1", "yield TICKETS.reading(run.state['n'], queue='a')"
        write_python(plugins, *lines)
        service = run({})
        wait_for(lambda: (service.value("kpi_tickets{queue=a}") or 0) >= 3)

    def test_a_connection_of_its_own_that_fails_is_the_fault_of_the_collector_alone(
        self, run: Run, plugins: Path, empty_database: str
    ) -> None:
        lines = "import psycopg", f"psycopg.connect('{empty_database}&port=1')", "yield"
        write_python(plugins, *lines)
        service = run(empty_database)
        part = service.wait_for_state("down", "tickets")
        assert part.error.startswith("OperationalError: ")
        assert service.value("kpi_exporter_source_up{source=app}") == 1
        service.wait_for_runs(2, "tickets", source="", outcome="error")

    def test_a_collector_that_loses_its_source_says_so_for_the_whole_source(
        self, run: Run, plugins: Path, empty_database: str
    ) -> None:
        lines = "from collectors.errors import SourceDown", "raise SourceDown('the helpdesk is away')"
        write_python(plugins, *lines, needs_source=True)
        service = run(empty_database)
        service.wait_for_state("down", "tickets")
        assert service.reason_down() == "the helpdesk is away"
        assert service.runs("tickets", outcome="source_down") >= 1
        assert service.value("kpi_exporter_source_up{source=app}") == 0
        service.wait_for_runs(2, "tickets", outcome="skipped")  # the breaker refused these, and nobody asked

    def test_a_collector_without_a_source_that_says_so_tells_it_of_itself(
        self, run: Run, plugins: Path, log: list[Any]
    ) -> None:
        lines = "from collectors.errors import SourceDown", "raise SourceDown('the helpdesk is away')"
        write_python(plugins, *lines)
        service = run({})
        assert service.wait_for_state("down", "tickets").error == "the helpdesk is away"
        service.wait_for_runs(2, "tickets", source="", outcome="source_down")
        assert [(event["event"], event["outcome"]) for event in log] == [("part failed", "source_down")]

    def test_a_piece_that_is_missing_is_told_once_with_the_reason_and_once_when_it_is_back(
        self, run: Run, plugins: Path, log: list[Any], tmp_path: Path
    ) -> None:
        away = tmp_path / "away"
        away.touch()
        reason = "away: {run.as_of}"  # another one in each run
        miss = f"if os.path.exists('{away}'): run.miss('queue b', OSError(f'{reason}'))"
        write_python(plugins, "import os", "yield TICKETS.reading(1, queue='a')", miss)
        service = run({})
        part = service.wait_for_state("up", "tickets")
        assert list(part.missing) == ["queue b"]
        assert part.missing["queue b"].startswith("OSError: away: 2")
        service.wait_for_runs(2, "tickets", source="")
        away.unlink()
        wait_for(lambda: not service.part("tickets").missing)
        service.wait_for_runs(2, "tickets", source="")
        where = {"collector": "tickets", "part": "tickets", "source": "", "piece": "queue b"}
        assert log == [
            {"event": "piece is missing", **where, "error": part.missing["queue b"], "log_level": "warning"},
            {"event": "piece is back", **where, "log_level": "info"},
        ]

    def test_the_reason_of_a_missing_piece_tells_no_secret(self, run: Run, plugins: Path, log: list[Any]) -> None:
        write_python(plugins, "run.miss('queue b', OSError('no http:' + '//me:s3cr3t@host'))", "yield from ()")
        service = run({})
        part = service.wait_for_state("up", "tickets")
        assert part.missing == {"queue b": "OSError (message withheld: it may hold a secret)"}
        (event,) = wait_for(lambda: log)
        assert event["error"] == part.missing["queue b"]

    def test_a_run_past_its_timeout_publishes_nothing(self, run: Run, plugins: Path) -> None:
        write_python(plugins, "import time", "time.sleep(0.4)", "yield TICKETS.reading(3, queue='a')")
        service = run({})
        assert service.wait_for_state("down", "tickets").error == "takes longer than its timeout of 0.3 s"
        assert service.value("kpi_tickets{queue=a}") is None
        assert service.runs("tickets", source="", outcome="timeout") >= 1

    @pytest.mark.parametrize("seconds", [0.4, 1.5])
    def test_a_run_past_its_timeout_leaves_the_others_of_its_source_alone(
        self, run: Run, plugins: Path, empty_database: str, monkeypatch: pytest.MonkeyPatch, seconds: float
    ) -> None:
        """With 1.5 s its connection is cut before it comes to an end."""
        monkeypatch.setattr("collectors.source._GRACE", 0.2)
        monkeypatch.setattr("collectors.watchdog._CANCEL_SECONDS", 0.2)
        write_python(
            plugins, "import time", f"time.sleep({seconds})", "yield TICKETS.reading(3, queue='a')", needs_source=True
        )
        write_query(plugins, "orders", "SELECT 1 AS kpi_orders")
        service = run(empty_database)
        assert service.wait_for_state("down", "tickets").error == "takes longer than its timeout of 0.3 s"
        service.wait_for_runs(2, "tickets", outcome="timeout")
        service.wait_for_runs(2, "orders")
        assert service.value("kpi_tickets{queue=a}") is None
        assert (service.runs("tickets"), service.runs("tickets", outcome="source_down")) == (0, 0)
        assert (service.runs("orders", outcome="source_down"), service.runs("orders", outcome="skipped")) == (0, 0)
        assert service.value("kpi_exporter_source_up{source=app}") == 1

    def test_a_run_whose_connection_is_cut_is_told_as_a_timeout(
        self, run: Run, plugins: Path, empty_database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("collectors.source._GRACE", 0.1)
        monkeypatch.setattr("collectors.watchdog._CANCEL_SECONDS", 0.1)
        lines = "import time", "time.sleep(1)", "run.connection.execute('SELECT 1')", "yield"
        write_python(plugins, *lines, needs_source=True)
        service = run(empty_database)
        error = service.wait_for_state("down", "tickets").error
        assert error == "the run on the source app did not end within 0.3 s and was cut off"
        wait_for(lambda: service.runs("tickets", outcome="timeout") >= 1)
        assert service.value("kpi_exporter_source_up{source=app}") == 1

    def test_a_run_that_cannot_even_begin_is_told_for_each_part(
        self, run: Run, plugins: Path, empty_database: str, monkeypatch: pytest.MonkeyPatch, log: list[Any]
    ) -> None:
        def refuse(*_: object) -> None:
            raise RuntimeError("can't start new thread")

        write_query(plugins / "shop", "orders", "SELECT 1 AS kpi_orders")
        write_query(plugins / "shop", "stock", "SELECT 1 AS kpi_stock")
        with monkeypatch.context() as context:
            context.setattr("collectors.watchdog.Watchdog.__enter__", refuse)
            service = run(empty_database)
            for name in ("orders", "stock"):
                assert service.wait_for_state("down", name).error == "RuntimeError: can't start new thread"
                labels = f"collector=shop,outcome=error,part={name},source=app"
                assert service.samples()[f"kpi_exporter_collector_runs_total{{{labels}}}"] >= 1
        for name in ("orders", "stock"):
            service.wait_for_state("up", name)
        assert "can't start new thread" in next(event for event in log if event.get("part") == "orders")["exception"]

    def test_a_metric_that_the_collector_does_not_declare_is_refused(self, run: Run, plugins: Path) -> None:
        more = 'Gauge("kpi_more", "More.", unit=COUNT, owner="tests")'
        write_python(plugins, "yield TICKETS.reading(1, queue='a')", f"yield {more}.reading(1)")
        service = run({})
        assert service.wait_for_state("down", "tickets").error == (
            "ValueError: could not publish kpi_more: a part may yield only the metrics that it declares, "
            "here kpi_tickets"
        )
        assert not [series for series in service.samples() if series.startswith(("kpi_more", "kpi_tickets"))]

    @pytest.mark.parametrize(
        ("line", "shown"),
        [
            ("import http.client; http.client.HTTPSConnection('s3cr3t@host:x@y')", "InvalidURL"),
            ("raise ValueError('bad url: ' + 'http:' + '//s3cr3t')", "ValueError"),
            ("raise ValueError('Password=' + 's3cr3t')", "ValueError"),
        ],
    )
    def test_a_message_that_may_hold_a_secret_is_withheld_everywhere(
        self, run: Run, plugins: Path, log: list[Any], line: str, shown: str
    ) -> None:
        write_python(
            plugins, "try:", f"    {line}", "except Exception as error:", "    raise error from error", "yield"
        )
        service = run({})
        part = service.wait_for_state("down", "tickets")
        assert part.error == f"{shown} (message withheld: it may hold a secret)"
        (event,) = wait_for(lambda: [event for event in log if event.get("part") == "tickets"])
        assert event["error"] == part.error
        assert "tickets.py:" in event["exception"]
        assert event["exception"].endswith(part.error)
        assert "s3cr3t" not in str(event)

    def test_a_run_that_always_outlasts_its_timeout_is_told_once(
        self, run: Run, plugins: Path, log: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("exporter.runner._GRACE", 0.0)
        write_python(plugins, "import time", "time.sleep(1.2)", "yield TICKETS.reading(3, queue='a')")
        service = run({})
        service.wait_for_runs(2, "tickets", source="", outcome="timeout")
        assert len([event for event in log if event.get("part") == "tickets"]) == 1

    def test_a_secret_in_the_cause_of_an_error_is_withheld_from_the_log(
        self, run: Run, plugins: Path, log: list[Any]
    ) -> None:
        lines = "try:", "    int('me@s3cr3t')", "except ValueError as e:", "    raise KeyError('port') from e", "yield"
        write_python(plugins, *lines)
        service = run({})
        assert service.wait_for_state("down", "tickets").error == "KeyError: 'port'"
        assert "s3cr3t" not in str(wait_for(lambda: [event for event in log if event.get("part") == "tickets"]))

    def test_a_run_that_hangs_is_shown_and_delays_no_other(
        self, run: Run, plugins: Path, empty_database: str, monkeypatch: pytest.MonkeyPatch, released: threading.Event
    ) -> None:
        monkeypatch.setattr("exporter.runner._GRACE", 0.0)
        write_python(plugins, "import threading", "threading.released.wait(20)", "yield TICKETS.reading(1, queue='a')")
        write_query(plugins, "orders", "SELECT 1 AS kpi_orders")
        service = run(empty_database)
        service.wait_for_runs(2, "orders")
        part = service.wait_for_state("down", "tickets")
        assert part.error == "takes longer than its timeout of 0.3 s"
        assert service.service.board.ready()
        wait_for(lambda: service.runs("tickets", source="", outcome="skipped") >= 2)
        released.set()
        service.wait_for_state("up", "tickets")

    def test_a_run_that_hangs_is_counted_once_as_a_timeout_and_not_again_at_its_end(
        self, run: Run, plugins: Path, monkeypatch: pytest.MonkeyPatch, released: threading.Event
    ) -> None:
        monkeypatch.setattr("exporter.runner._GRACE", 0.0)
        write_python(plugins, "import threading", "threading.released.wait(20)", "yield TICKETS.reading(1, queue='a')")
        service = run({})
        service.wait_for_state("down", "tickets")
        service.wait_for_runs(3, "tickets", source="", outcome="skipped")
        assert service.runs("tickets", source="", outcome="timeout") == 1
        took = "kpi_exporter_collector_run_duration_seconds_count{collector=tickets,part=tickets,source=}"
        assert service.value(took) is None
        released.set()
        service.wait_for_state("up", "tickets")
        wait_for(lambda: service.runs("tickets", source=""))
        assert service.runs("tickets", source="", outcome="timeout") == 1
        assert (service.value(took) or 0) >= 2  # how long it took at last is known as well

    def test_a_run_that_was_counted_as_a_timeout_is_not_counted_as_a_source_that_is_down(
        self, run: Run, plugins: Path, empty_database: str, monkeypatch: pytest.MonkeyPatch, released: threading.Event
    ) -> None:
        monkeypatch.setattr("exporter.runner._GRACE", 0.0)
        waits = "import threading", "threading.released.wait(20)", "from collectors.errors import SourceDown"
        write_python(plugins, *waits, "raise SourceDown('the helpdesk is away')", needs_source=True)
        service = run(empty_database)
        wait_for(lambda: service.runs("tickets", outcome="timeout") == 1)
        released.set()
        wait_for(service.reason_down)
        skipped = service.runs("tickets", outcome="skipped")
        wait_for(lambda: service.runs("tickets", outcome="skipped") > skipped)  # the breaker refused it
        assert (service.runs("tickets", outcome="timeout"), service.runs("tickets", outcome="source_down")) == (1, 0)


@pytest.fixture
def reader(postgres: Any, empty_database: str) -> Iterator[str]:
    """A DSN with the name of a role that may not read the table `orders`."""
    with psycopg.connect(empty_database, autocommit=True) as administrator:
        administrator.execute("CREATE TABLE orders (n int)")
        administrator.execute("CREATE ROLE reader LOGIN")
    yield empty_database.replace("postgres@", "reader@")
    with psycopg.connect(empty_database, autocommit=True) as administrator:
        administrator.execute(sql.SQL("DROP OWNED BY reader"))
        administrator.execute("DROP ROLE reader")


def test_a_table_that_may_not_be_read_is_told_and_recovers_once_granted(
    run: Run, plugins: Path, reader: str, empty_database: str
) -> None:
    write_query(plugins, "orders", "SELECT count(*) AS kpi_orders FROM orders")
    service = run(reader)
    assert service.wait_for_state("down", "orders").error.endswith("permission denied for table orders")
    with psycopg.connect(empty_database, autocommit=True) as administrator:
        administrator.execute("GRANT SELECT ON orders TO reader")
    service.wait_for_state("up", "orders")
    service.service.stop()


def test_settings_of_a_collector_count_where_a_query_says_nothing(run: Run, plugins: Path, empty_database: str) -> None:
    path = write_query(plugins, "orders", "SELECT length(pg_sleep(0.5)::text) AS kpi_orders")
    path.write_text(path.read_text().replace("-- every: 200ms\n", ""))
    settings = CollectorSettings(interval=0.3, timeout=0.1, stale_after=60)
    service = run(empty_database, collectors={"orders": settings})
    part = service.wait_for_state("down", "orders")
    assert (part.interval, part.error) == (0.3, "cancelled on the server after 0.1 s")
