"""The collector of PostgreSQL, against PostgreSQL."""

import os
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from collectors import Run
from collectors.errors import PresentOnly
from collectors.postgresql import COLLECTOR
from metrics import postgresql as m
from tests.exporter.support import wait_for
from warehouse.embedded import EmbeddedPostgres


def read(connection: psycopg.Connection[Any], slow_after: float = 1.0) -> dict[str, float]:
    """What the collector reads, by metric and labels."""
    run = Run(datetime.now(UTC), connection=connection, options={"slow_after": slow_after})
    return {
        " ".join([reading.metric.name, *reading.labels]): float(str(reading.value))
        for reading in COLLECTOR.collect(run)
    }


@pytest.fixture
def others(empty_database: str) -> Iterator[list[psycopg.Connection[Any]]]:
    """Two more connections to the database: one idle, one in an open transaction."""
    with psycopg.connect(empty_database, autocommit=True) as idle, psycopg.connect(empty_database) as open_:
        idle.execute("SELECT 1")
        open_.execute("SELECT 1")
        yield [idle, open_]


def test_connections_are_told_by_state(others: list[psycopg.Connection[Any]], empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        found = read(connection)
        name = connection.info.dbname
    assert {key: value for key, value in found.items() if key.startswith(f"{m.CONNECTIONS} {name}")} == {
        f"{m.CONNECTIONS} {name} active": 1,
        f"{m.CONNECTIONS} {name} idle": 1,
        f"{m.CONNECTIONS} {name} idle in transaction": 1,
    }
    assert found[str(m.CONNECTIONS_LIMIT)] == 197  # 200, less 3 for superusers
    assert found[f"{m.SLOW_STATEMENTS} {name}"] == 0
    assert found[f"{m.LONGEST_TRANSACTION} {name}"] > 0
    assert found[f"{m.DATABASE_SIZE} {name}"] > 1_000_000
    assert not any(key.startswith((str(m.REPLICATION_LAG), str(m.STATEMENTS))) for key in found)


def test_a_transaction_that_began_after_the_question_has_no_age(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection, psycopg.connect(empty_database) as other:
        connection.execute("SELECT 1")
        other.execute("SELECT 1")
        assert read(connection)[f"{m.LONGEST_TRANSACTION} {connection.info.dbname}"] == 0


def test_its_own_statement_and_transaction_do_not_count(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute("SELECT pg_sleep(0.05)")
        found = read(connection, slow_after=0.001)
        name = connection.info.dbname
    assert found[f"{m.SLOW_STATEMENTS} {name}"] == 0
    assert found[f"{m.LONGEST_TRANSACTION} {name}"] == 0


def test_a_transaction_that_began_during_the_run_is_0_old_not_less(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection, psycopg.connect(empty_database) as later:
        connection.execute("SELECT pg_sleep(0.05)")
        later.execute("SELECT 1")
        assert read(connection)[f"{m.LONGEST_TRANSACTION} {connection.info.dbname}"] == 0


def test_a_statement_that_runs_for_long_is_slow(others: list[psycopg.Connection[Any]], empty_database: str) -> None:
    sleeping = threading.Thread(target=lambda: others[0].execute("SELECT pg_sleep(1.5)"))
    sleeping.start()
    with psycopg.connect(empty_database, autocommit=True) as connection:
        key = f"{m.SLOW_STATEMENTS} {connection.info.dbname}"
        assert read(connection, slow_after=60)[key] == 0
        wait_for(lambda: read(connection, slow_after=0.2)[key] == 1)
    sleeping.join()


class Installed(EmbeddedPostgres):
    """A server of the PostgreSQL that is installed: that of the wheel comes without extensions."""

    @property
    def programs(self) -> Path:
        folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        if not folders and os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL is not installed, and in CI no test may be skipped")
        if not folders:
            pytest.skip("PostgreSQL is not installed")
        return folders[-1]


def test_statements_are_counted_where_the_extension_is_there(tmp_path: Path) -> None:
    with (
        Installed(tmp_path / "data", {"shared_preload_libraries": "pg_stat_statements"}) as server,
        psycopg.connect(server.dsn(), autocommit=True) as connection,
    ):
        assert f"{m.STATEMENTS} postgres" not in read(connection)
        connection.execute("CREATE SCHEMA tools; CREATE EXTENSION pg_stat_statements SCHEMA tools")
        connection.execute("SELECT pg_sleep(0.1)")
        found = read(connection, slow_after=0.05)
        assert found[f"{m.STATEMENTS} postgres"] >= 1
        assert 0.1 <= found[f"{m.STATEMENT_DURATION} postgres"] < 5
        assert found[f"{m.SLOW_STATEMENT_KINDS} postgres"] >= 1
        assert read(connection, slow_after=60)[f"{m.SLOW_STATEMENT_KINDS} postgres"] == 0


def test_an_extension_whose_library_is_not_loaded_is_passed_over_and_replicas_are_told(tmp_path: Path) -> None:
    first, second = Installed(tmp_path / "primary"), tmp_path / "standby"
    with first, psycopg.connect(first.dsn(), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        assert not any(key.startswith((str(m.STATEMENTS), str(m.REPLICATION_LAG))) for key in read(connection))
    shutil.copytree(first.directory, second)
    (second / "standby.signal").touch()
    if os.geteuid() == 0:
        owner = first.directory.stat()
        for path in (second, *second.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)
    with first, psycopg.connect(first.dsn(), autocommit=True) as primary:
        (folder,) = primary.execute("SHOW unix_socket_directories").fetchone() or ("",)
        settings = {"primary_conninfo": f"host={folder} user=postgres application_name=replica-1"}
        with Installed(second, settings) as standby, psycopg.connect(standby.dsn(), autocommit=True) as replica:
            wait_for(lambda: 0 <= read(primary).get(f"{m.REPLICATION_LAG} replica-1", -1) < 5)
            primary.execute("CREATE TABLE written (id int)")
            wait_for(lambda: read(replica).get(f"{m.REPLICATION_LAG} this") == 0)
            first.stop()
            wait_for(lambda: read(replica)[f"{m.REPLICATION_LAG} this"] > 0)  # caught up with nobody


def test_it_tells_nothing_of_the_past(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        run = Run(datetime.now(UTC) - timedelta(days=1), connection=connection, live=False)
        with pytest.raises(PresentOnly, match=r"^postgresql: it can tell the present only, not 20\d\d-"):
            list(COLLECTOR.collect(run))
