"""The SELECT-only role on a real server."""

import subprocess
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from warehouse.embedded import EmbeddedPostgres
from warehouse.migrate import MIGRATIONS

SCRIPT = MIGRATIONS.parent / "roles" / "select_only.sql"


def make_role(postgres: EmbeddedPostgres, dsn: str, role: str) -> None:
    subprocess.run(
        [
            postgres.programs / "psql",
            "-X",
            "-q",
            dsn,
            "-v",
            f"role={role}",
            "-v",
            "schema=public",
            "-v",
            "revoke_public=on",
            "-f",
            SCRIPT,
        ],
        check=True,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def role(postgres: EmbeddedPostgres, database: str) -> Iterator[str]:
    name = f"reader_{uuid.uuid4().hex[:8]}"
    make_role(postgres, database, name)
    yield name
    with psycopg.connect(database, autocommit=True) as connected:
        connected.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(name)))


@pytest.fixture
def reader(database: str, role: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database, user=role, autocommit=True) as connected:
        yield connected


def test_role_reads_tables_that_are_there_and_tables_added_later(
    reader: psycopg.Connection[Any], connection: psycopg.Connection[Any]
) -> None:
    connection.execute("CREATE TABLE added_later (n integer)")
    for table in ("payment_metrics", "added_later"):
        assert reader.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone() == (0,)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO conversion_metrics (event_date) VALUES ('2026-11-01')",
        "UPDATE payment_metrics SET status = 'completed'",
        "DELETE FROM payment_metrics",
        "TRUNCATE payment_metrics",
        "DROP TABLE payment_metrics",
        "CREATE TABLE mine (n integer)",
        "CREATE TEMPORARY TABLE mine (n integer)",
        "CREATE ROLE other",
    ],
)
def test_role_cannot_write_even_in_a_transaction_that_it_makes_writable(
    reader: psycopg.Connection[Any], statement: str
) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        reader.execute(statement.encode())
    reader.execute("SET default_transaction_read_only = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(statement.encode())


def test_role_has_limits_on_connections_and_times(reader: psycopg.Connection[Any], role: str) -> None:
    limits = reader.execute("SELECT rolconnlimit, rolsuper FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    assert limits == (10, False)
    assert reader.execute("SHOW statement_timeout").fetchone() == ("5min",)
    assert reader.execute("SHOW lock_timeout").fetchone() == ("5s",)


def test_script_may_be_repeated_and_takes_back_rights_given_meanwhile(
    postgres: EmbeddedPostgres, database: str, connection: psycopg.Connection[Any], role: str
) -> None:
    reader = sql.Identifier(role)
    connection.execute(sql.SQL("GRANT INSERT ON payment_metrics TO {0}; ALTER ROLE {0} CREATEDB").format(reader))
    make_role(postgres, database, role)
    rights = connection.execute(
        "SELECT has_table_privilege(%s, 'payment_metrics', 'INSERT'), rolcreatedb FROM pg_roles WHERE rolname = %s",
        (role, role),
    ).fetchone()
    assert rights == (False, False)
