"""Migrations on a real server."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from warehouse import migrate as migrating
from warehouse.contract import OWN_TABLES, TABLES
from warehouse.migrate import migrate

ALL_TABLES = {*TABLES, *OWN_TABLES, "kpi_schema_version"}


def tables_in(dsn: str, schema: str) -> set[str]:
    with psycopg.connect(dsn) as connected:
        return {row[0] for row in connected.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,))}


def test_migrating_twice_changes_nothing(empty_database: str) -> None:
    for _ in range(2):
        migrate(empty_database)
        assert tables_in(empty_database, "public") == ALL_TABLES


def test_missing_schema_is_made_and_other_schemas_stay_empty(empty_database: str) -> None:
    migrate(empty_database, schema="Acme 50%")
    assert tables_in(empty_database, "Acme 50%") == ALL_TABLES
    assert tables_in(empty_database, "public") == set()


def test_two_schemas_of_one_database_are_migrated_on_their_own(empty_database: str) -> None:
    for schema in ("acme", "globex"):
        migrate(empty_database, schema=schema)
    assert tables_in(empty_database, "acme") == tables_in(empty_database, "globex") == ALL_TABLES


def test_migrations_at_the_same_time_do_not_meet(empty_database: str, database: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(migrate, [empty_database, database] * 8, ["public", "acme"] * 8))
    assert tables_in(empty_database, "public") == ALL_TABLES
    assert tables_in(database, "acme") == ALL_TABLES


def test_failed_migration_leaves_the_database_as_it_was(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connected:
        connected.execute("CREATE TABLE api_metrics (mine integer)")  # in the way of the last migration
    with pytest.raises(psycopg.errors.DuplicateTable):
        migrate(empty_database)
    assert tables_in(empty_database, "public") == {"api_metrics"}


def test_every_migration_is_one_sql_file_beside_its_version_file() -> None:
    versions = Path(migrating.__file__).parent / "migrations" / "versions"
    names = {kind: [file.stem for file in sorted(versions.glob(f"*.{kind}"))] for kind in ("py", "sql")}
    assert names["py"] == names["sql"]
    assert [int(name[:4]) for name in names["sql"]] == list(range(1, len(names["sql"]) + 1))
    assert len(names["sql"]) >= 12


def test_whoever_deletes_rows_finds_those_that_refer_to_them_by_an_index(database: str) -> None:
    references_without_index = """
        SELECT f.conrelid::regclass::text, pg_get_constraintdef(f.oid)
          FROM pg_constraint AS f
         WHERE f.contype = 'f'
           AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = f.conrelid AND i.indkey[0] = f.conkey[1])
    """
    with psycopg.connect(database) as connected:
        assert connected.execute(references_without_index).fetchall() == []
