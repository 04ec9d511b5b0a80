"""Before its first run a query is described by the server, not run; what does not fit is told with file and line."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from collectors.errors import CollectError, QueryFailed, QueryRefused, TableMissing
from collectors.query import Query
from collectors.source import savepoint
from metrics import COUNT, SECONDS, Counter, Gauge, Histogram
from warehouse.embedded import EmbeddedPostgres

TICKETS = Gauge("kpi_tickets", "Open tickets.", unit=COUNT, labels=("queue",), owner="support")
CLOSED = Counter("kpi_closed_total", "Closed tickets.", unit=COUNT, labels=("queue",), owner="support")
AGES = Histogram("kpi_age_seconds", "Age.", unit=SECONDS, labels=("queue",), owner="support", buckets=(60, 3600))
DECLARED = (TICKETS, CLOSED, AGES)
ORDERS = "CREATE TABLE orders (id int, queue text, placed_at timestamptz, placed timestamp, day date, span interval)"

Write = Callable[[str], Query]


@pytest.fixture
def query(tmp_path: Path) -> Write:
    """`query(text)`: the query of a file with this text, whose collector declares the metrics above."""

    def write(text: str) -> Query:
        path = tmp_path / "orders.sql"
        path.write_text(text, encoding="utf-8")
        return Query(path, DECLARED)

    return write


@pytest.fixture
def database(empty_database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a database with the table `orders` alone."""
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(ORDERS)
        yield connection


def refused(made: Callable[[], object]) -> list[str]:
    """The lines of the refusal, without the folder."""
    with pytest.raises(QueryRefused) as error:
        made()
    return [line[line.index("orders.sql") :] for line in str(error.value).splitlines()]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("SELECT queue,\n       count(*) AS kpi_ticket\n  FROM orders GROUP BY 1",
         ["orders.sql:2: kpi_ticket is no metric of this collector; did you mean kpi_tickets?"]),
        ("SELECT 1 AS kpi_revenue_amount",
         ["orders.sql:1: kpi_revenue_amount is no metric of this collector; declare it, or name the column "
          "differently"]),
        ("SELECT queue FROM orders", ["orders.sql:1: no column is named like a metric of this collector"]),
        ("-- cursor: placed_at\nSELECT queue, placed_at,\n1 AS kpi_tickets FROM orders",
         ["orders.sql:3: kpi_tickets is a gauge, and a query with a cursor feeds counters and histograms only"]),
        ("SELECT queue,\n1 AS kpi_tickets, 2 AS kpi_age_seconds FROM orders",
         ["orders.sql:2: kpi_tickets is a gauge, and a query without cursor that feeds a histogram feeds nothing "
          "else"]),
        ("SELECT queue, 1 AS kpi_closed_total, 2 AS kpi_age_seconds FROM orders",
         ["orders.sql:1: kpi_closed_total is a counter, and a query without cursor that feeds a histogram feeds "
          "nothing else"]),
        ("SELECT queue, now() AS kpi_tickets;\nDELETE FROM orders",
         ["orders.sql:1: a query must not ask for the time; use as_of instead of now()",
          "orders.sql:1: one statement per file: nothing may follow the semicolon"]),
        ("-- evry: 5m\nSELECT current_date,\n1 AS kpi_ticket",
         ["orders.sql:1: evry: no such key; the keys are backfill, cursor, every, history, metrics, settle, timeout, "
          "windows",
          "orders.sql:2: a query must not ask for the time; use as_of instead of current_date"]),
        ("-- metrics:\n--   - {name: kpi_tickets, help: X., unit: count, owner: me}\nSELECT 1 AS kpi_tickets",
         ["orders.sql:2: kpi_tickets is declared already"]),
        ("-- metrics:\n--   - {name: kpi_x, help: X., unit: seconds, owner: me}\nSELECT 1 AS kpi_x",
         ["orders.sql:2: could not declare kpi_x: The name of a metric in seconds must end in '_seconds'."]),
    ],
)  # fmt: skip
def test_what_the_text_alone_can_tell_is_told_without_a_server(query: Write, text: str, sentences: list[str]) -> None:
    assert refused(lambda: query(text)) == sentences


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "orders.sql"
    path.write_bytes(b"SELECT '\xe9' AS queue, 1 AS kpi_tickets")
    with pytest.raises(QueryRefused, match=r"orders\.sql: could not read the file: .*utf-8.*"):
        Query(path, DECLARED)
    with pytest.raises(QueryRefused, match=r"nowhere\.sql: could not read the file: .*No such file"):
        Query(tmp_path / "nowhere.sql", DECLARED)


def test_a_byte_order_mark_does_not_hide_the_header(tmp_path: Path) -> None:
    path = tmp_path / "orders.sql"
    path.write_bytes(b"\xef\xbb\xbf-- every: 5m\nSELECT queue, 1 AS kpi_tickets FROM orders")
    assert Query(path, DECLARED).interval == 300


def test_tables_and_functions_may_be_named_like_metrics(query: Write, database: psycopg.Connection[Any]) -> None:
    database.execute("CREATE TABLE kpi_targets (queue text, goal int)")
    database.execute("CREATE FUNCTION kpi_double(x int) RETURNS int LANGUAGE sql AS 'SELECT 2 * x'")
    made = query(
        "SELECT kpi_targets.queue, kpi_double(goal) AS kpi_tickets FROM kpi_targets\n"
        "UNION ALL SELECT t.queue, 1 FROM orders JOIN kpi_targets AS t ON false"
    )
    assert made.metrics == (TICKETS,)
    assert [column.name for column in made.preflight(database)] == ["queue", "kpi_tickets"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("SELECT queue,\n       count(*) AS kpi_tickets,\n       max(colour) AS x\n  FROM orders GROUP BY 1",
         ['orders.sql:3: column "colour" does not exist']),
        ("-- One row.\n\nSELECT queue, count(*) AS kpi_tickets\n  FROM orders\n WHERE queu = 'a' GROUP BY 1",
         ['orders.sql:5: column "queu" does not exist. Perhaps you meant to reference the column "orders.queue".']),
        ("SELECT 'Grüße', 'größer' AS queue,\n'ö' || kpi_tickets\nFROM orders",
         ['orders.sql:2: column "kpi_tickets" does not exist']),
        ("SELECT queue, count(*) AS kpi_tickets\n  FROM orders\n GROP BY queue",
         ['orders.sql:3: syntax error at or near "BY"']),
        ("SELECT queue, count(*) AS kpi_tickets\n  FROM orders\n GROUP BY\n\n",
         ["orders.sql:5: the query ends too early"]),
        ("SELECT queue,\n1 /* AS kpi_tickets FROM orders", ["orders.sql:1: no column is named like a metric"]),
        ("SELECT queue, 1 AS kpi_tickets\n/* FROM orders", ['orders.sql:2: unterminated /* comment at or near "/*']),
        ("SELECT count(*) AS kpi_tickets FROM orders",
         ["orders.sql:1: the label queue of kpi_tickets is no column of the result"]),
        ("SELECT queue,\n       id AS number,\n       1 AS kpi_tickets FROM orders",
         ["orders.sql:2: the column number is neither a metric nor a label of kpi_tickets"]),
        ("SELECT queue, 1, 1 AS kpi_tickets FROM orders",
         ["orders.sql:1: the column ?column? is neither a metric nor a label of kpi_tickets"]),
        ("SELECT queue, queue, 1 AS kpi_tickets FROM orders", ["orders.sql:1: two columns are called queue"]),
        ("SELECT queue,\n       'many' AS kpi_tickets FROM orders", ["orders.sql:2: kpi_tickets is not a number"]),
        ("SELECT queue, true AS kpi_tickets FROM orders", ["orders.sql:1: kpi_tickets is not a number"]),
        ("SELECT queue, span AS kpi_tickets FROM orders",
         ["orders.sql:1: kpi_tickets is not a number; write extract(epoch FROM …)"]),
        ("SELECT queue, id AS other FROM (SELECT *, 1 AS kpi_tickets FROM orders) q",
         ["orders.sql:1: kpi_tickets is mentioned, but no column of the result is called so"]),
        ("WITH gone AS (DELETE FROM orders RETURNING *) SELECT queue, 1 AS kpi_tickets FROM gone",
         ["orders.sql:1: WITH clause containing a data-modifying statement must be at the top level"]),
        ("SELECT queue, 1 AS kpi_tickets INTO copied FROM orders",
         ["orders.sql:1: SELECT ... INTO is not allowed here"]),
        ("SELECT queue, count(*) AS kpi_tickets FROM shops.orders GROUP BY 1",
         ['orders.sql:1: relation "shops.orders" does not exist']),
        ("SELECT queue,\n shops.number() AS kpi_tickets FROM orders", ['orders.sql:2: schema "shops" does not exist']),
        ("SELECT queue, 1 / 0 AS kpi_tickets FROM orders", ["orders.sql:1: division by zero"]),
        ("SELECT queue, moment_n AS kpi_tickets FROM orders", ['orders.sql:1: column "moment_n" does not exist']),
        ("-- cursor: colour\n-- every: 5m\nSELECT queue, 1 AS kpi_closed_total FROM orders",
         ["orders.sql:1: the cursor colour is no column of the result"]),
        ("-- every: 5m\n-- cursor: placed\nSELECT queue, placed, 1 AS kpi_closed_total FROM orders AS cursor",
         ["orders.sql:2: the cursor placed must be a timestamptz or a date; write … AT TIME ZONE 'UTC'"]),
        ("-- cursor: id\nSELECT queue, id, 1 AS kpi_closed_total FROM orders",
         ["orders.sql:1: the cursor id must be a timestamptz or a date"]),
    ],
)  # fmt: skip
def test_what_only_the_server_can_tell_is_told_with_its_line(
    query: Write, database: psycopg.Connection[Any], text: str, sentences: list[str]
) -> None:
    assert [line[: len(sentence)] for line, sentence in zip(
        refused(lambda: query(text).preflight(database)), sentences, strict=True
    )] == sentences  # fmt: skip


@pytest.mark.parametrize("cursor", ["placed_at", "day"])
def test_an_instant_and_a_date_are_cursors(query: Write, database: psycopg.Connection[Any], cursor: str) -> None:
    made = query(f"-- cursor: {cursor}\nSELECT queue, {cursor}, 1 AS kpi_closed_total FROM orders")
    assert [column.name for column in made.preflight(database)] == ["queue", cursor, "kpi_closed_total"]


@pytest.mark.parametrize("kind", ["smallint", "int", "bigint", "real", "float8", "numeric(9,2)", "money_like"])
def test_every_kind_of_number_is_a_value(query: Write, database: psycopg.Connection[Any], kind: str) -> None:
    database.execute("CREATE DOMAIN money_like AS numeric(12, 2) CHECK (VALUE >= 0)")
    query(f"SELECT queue, 1::{kind} AS kpi_tickets FROM orders").preflight(database)


def test_as_of_and_windows_are_in_scope(query: Write, database: psycopg.Connection[Any]) -> None:
    query(
        'SELECT w."window" AS queue, count(o.id) AS kpi_tickets FROM windows AS w\n'
        "LEFT JOIN orders AS o ON o.placed_at > as_of - w.span AND o.placed_at <= as_of GROUP BY 1"
    ).preflight(database)


def test_a_missing_contract_table_is_told_apart_from_a_fault(query: Write, database: psycopg.Connection[Any]) -> None:
    for table in ("payment_metrics", "PAYMENT_METRICS", '"payment_metrics"', "public.payment_metrics"):
        with pytest.raises(TableMissing) as missing:
            query(f"SELECT status AS queue, 1 AS kpi_tickets FROM orders, {table}").preflight(database)
        assert missing.value.table == "payment_metrics"
        assert str(missing.value) == (
            "off: the contract table payment_metrics is missing; 'kpi check' prints the view to create"
        )


def test_a_source_that_is_not_the_warehouse_has_no_tables_of_the_exporter(
    query: Write, database: psycopg.Connection[Any]
) -> None:
    with pytest.raises(TableMissing, match=r"^off: the exporter keeps alert_events in its warehouse, and this source"):
        query("SELECT e.severity AS queue, 1 AS kpi_tickets FROM alert_events AS e").preflight(database)


def test_any_other_missing_table_is_a_fault_of_the_query(query: Write, database: psycopg.Connection[Any]) -> None:
    made = query("SELECT queue, 1 AS kpi_tickets\n  FROM order")
    assert refused(lambda: made.preflight(database))[0].startswith('orders.sql:2: syntax error at or near "order"')
    made = query("SELECT queue, 1 AS kpi_tickets\n  FROM ordres")
    assert refused(lambda: made.preflight(database)) == ['orders.sql:2: relation "ordres" does not exist']


def test_a_role_that_may_not_read_a_table_is_told_before_the_first_run(
    query: Write, database: psycopg.Connection[Any], postgres: EmbeddedPostgres
) -> None:
    role = f"reader_{database.info.dbname}"
    database.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    made = query("SELECT queue, 1 AS kpi_tickets FROM orders")
    try:
        with psycopg.connect(postgres.dsn(database.info.dbname, role)) as reader:
            with pytest.raises(QueryFailed, match=r"orders\.sql: permission denied for table orders$"):
                made.preflight(reader)
            reader.rollback()
            database.execute(sql.SQL("GRANT SELECT ON orders TO {}").format(sql.Identifier(role)))
            made.preflight(reader)
            reader.rollback()
            database.execute("CREATE SCHEMA closed")
            with pytest.raises(QueryFailed, match=r"orders\.sql: permission denied for schema closed$"):
                query("SELECT queue, 1 AS kpi_tickets FROM closed.orders").preflight(reader)
    finally:
        database.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(role)))


def test_nothing_is_run(query: Write, database: psycopg.Connection[Any]) -> None:
    database.execute("INSERT INTO orders VALUES (1, 'post')")
    database.execute("CREATE SEQUENCE steps")
    began = time.monotonic()
    for expression in ("pg_sleep(60)::text", "(1 / (id - id))::text", "nextval('steps')::text"):
        query(f"SELECT {expression} AS queue, 1 AS kpi_tickets FROM orders").preflight(database)
    assert time.monotonic() - began < 5
    assert database.execute("SELECT is_called FROM steps").fetchone() == (False,)


def test_a_locked_table_is_told_as_locked_and_not_as_a_fault(
    query: Write, database: psycopg.Connection[Any], empty_database: str
) -> None:
    made = query("SELECT queue, 1 AS kpi_tickets FROM orders")
    with psycopg.connect(empty_database) as locking, psycopg.connect(empty_database) as reading:
        locking.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        reading.execute("SET lock_timeout = '50ms'")
        with pytest.raises(CollectError, match="a table is locked by another session") as locked, savepoint(reading, 5):
            made.preflight(reading)
        assert locked.value.reason == "timeout"
        locking.rollback()
        made.preflight(reading)


def test_a_connection_that_is_lost_meanwhile_is_told_as_lost(
    query: Write, database: psycopg.Connection[Any], empty_database: str
) -> None:
    made = query("SELECT queue, 1 AS kpi_tickets FROM orders")
    with psycopg.connect(empty_database) as reading:
        with pytest.raises(psycopg.OperationalError), savepoint(reading, 5):  # noqa: PT012
            database.execute("SELECT pg_terminate_backend(%s)", [reading.info.backend_pid])
            made.preflight(reading)
        assert reading.closed


def test_a_refused_query_leaves_the_snapshot_usable_within_its_savepoint(
    query: Write, database: psycopg.Connection[Any], empty_database: str
) -> None:
    with psycopg.connect(empty_database) as reading:
        with pytest.raises(QueryRefused), savepoint(reading, 5):
            query("SELECT queue, nonsense AS kpi_tickets FROM orders").preflight(reading)
        assert reading.execute("SELECT 1").fetchone() == (1,)
