"""The contract tables as data agree with the migrated database."""

import re
from pathlib import Path

import psycopg
import pytest

from warehouse.contract import OWN_TABLES, TABLES, Table, create_view, parse

COLUMNS = """
    SELECT c.relname, a.attname, replace(format_type(a.atttypid, a.atttypmod), 'character', 'char'), NOT a.attnotnull
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = %s AND c.relname <> 'kpi_schema_version'
       AND a.attnum > 0 AND NOT a.attisdropped
     ORDER BY c.relname, a.attnum
"""
SAME_TYPE = {"timestamp with time zone": "timestamptz"}


def columns_in(dsn: str, kind: str) -> list[tuple[str, str, str, bool]]:
    with psycopg.connect(dsn) as connected:
        rows = connected.execute(COLUMNS, (kind,)).fetchall()
    return [(table, name, SAME_TYPE.get(str(type_), str(type_)), nullable) for table, name, type_, nullable in rows]


def test_contract_equals_the_migrated_tables(database: str) -> None:
    expected = [
        (table.name, column.name, column.type, column.nullable)
        for table in sorted([*TABLES.values(), *OWN_TABLES.values()], key=lambda table: table.name)
        for column in table.columns
    ]
    assert columns_in(database, "r") == expected


def test_every_table_says_what_a_row_is() -> None:
    assert len(TABLES) == 39
    every = [*TABLES.values(), *OWN_TABLES.values()]
    assert [table.name for table in every if not table.meaning.startswith("One row per ")] == []


def test_tables_that_the_product_writes_are_no_contract() -> None:
    assert OWN_TABLES.keys() == {"metric_alerts", "alert_events"}
    assert not OWN_TABLES.keys() & TABLES.keys()


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_view_to_fill_in_runs_as_it_is_and_has_the_columns_of_the_table(table: Table, empty_database: str) -> None:
    with psycopg.connect(empty_database) as connected:
        connected.execute(create_view(table).encode())
        assert connected.execute(f'SELECT count(*) FROM "{table.name}"'.encode()).fetchone() == (0,)
    created = [(name, type_) for _, name, type_, _ in columns_in(empty_database, "v")]
    assert created == [(column.name, column.type) for column in table.columns]


def test_view_goes_into_the_schema_asked_for(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connected:
        connected.execute('CREATE SCHEMA "KPI views"')
        connected.execute(create_view(TABLES["payment_metrics"], schema="KPI views").encode())
        found = connected.execute("SELECT schemaname FROM pg_views WHERE viewname = 'payment_metrics'").fetchall()
    assert found == [("KPI views",)]


def test_view_names_the_meaning_of_each_column() -> None:
    text = create_view(TABLES["payment_metrics"])
    assert text.startswith("-- One row per payment attempt.\nCREATE VIEW public.payment_metrics AS\n")
    assert re.search(r"CAST\(NULL AS char\(3\)\) AS currency, +-- ISO 4217 code \(never NULL\)\n", text)


def test_column_without_a_meaning_is_refused_with_file_and_table(tmp_path: Path) -> None:
    file = tmp_path / "0009_tickets.sql"
    file.write_text("-- One row per ticket.\nCREATE TABLE tickets (\n    id text PRIMARY KEY\n);\n")
    with pytest.raises(ValueError, match=r"read 0009_tickets.sql: a column of tickets .* 'id text PRIMARY KEY'"):
        list(parse(file))
