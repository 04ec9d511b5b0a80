"""Fixtures for all tests: a real PostgreSQL, a fresh database per test, the demo company, and the programs we meet."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.uncounted import uncounted
from warehouse.embedded import EmbeddedPostgres
from warehouse.migrate import migrate

_MEMORY = Path("/dev/shm")
_ROOM = 4 << 30
DEMO_UNTIL = datetime(2026, 11, 1, 12, tzinfo=UTC)
_OTHER_NAMES = {
    "alertmanager": ("prometheus-alertmanager",),
    "chromium": ("chromium-browser", "google-chrome"),
    "prometheus-sql-exporter": ("sql_exporter",),
}


def pytest_configure() -> None:
    """Temporary files lie in memory where there is room for them: the tests make hundreds of thousands."""
    if "TMPDIR" not in os.environ and _MEMORY.is_dir():
        about = os.statvfs(_MEMORY)
        if about.f_bavail * about.f_frsize >= _ROOM and not about.f_flag & os.ST_NOEXEC:
            os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


@pytest.fixture(scope="session")
def program() -> Callable[[str], Path]:
    """`program("promtool")` is the path of an installed program; without it the test is skipped, or fails in CI."""

    def find(name: str) -> Path:
        for candidate in (name, *_OTHER_NAMES.get(name, ())):
            path = shutil.which(candidate) or shutil.which(candidate, path="/usr/sbin:/sbin")
            if path:
                return Path(path)
        reason = f"{name} is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}, and in CI no test may be skipped")
        pytest.skip(reason)

    return find


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One server per test process, tuned for speed. A test that stops it must start it again."""
    directory = Path(tempfile.mkdtemp(prefix="kpi-test-"))
    settings = {
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": "200",
        "shared_buffers": "128MB",
        "max_wal_size": "128MB",
        "min_wal_size": "32MB",
        "autovacuum": "off",
        "timezone": "UTC",
    }
    try:
        with EmbeddedPostgres(directory / "data", settings) as server:
            yield server
    finally:
        shutil.rmtree(directory)


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres) -> str:
    """The name of a migrated, empty database to clone."""
    with _administrator(postgres) as administrator:
        administrator.execute("CREATE DATABASE template_empty")
        migrate(postgres.dsn("template_empty"))
        administrator.execute("ALTER DATABASE template_empty WITH ALLOW_CONNECTIONS false")
    return "template_empty"


@pytest.fixture(scope="session")
def demo_template(postgres: EmbeddedPostgres) -> str:
    """The name of a database with the demo company: 120 days up to DEMO_UNTIL, a twentieth of its usual size."""
    from warehouse.demo import load

    with _administrator(postgres) as administrator:
        administrator.execute("CREATE DATABASE template_demo")
        migrate(postgres.dsn("template_demo"))
        with uncounted():
            load(postgres.dsn("template_demo"), seed=7, scale=0.05, until=DEMO_UNTIL)
        administrator.execute("ALTER DATABASE template_demo WITH ALLOW_CONNECTIONS false")
    return "template_demo"


@pytest.fixture
def database(postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    """The DSN of a database of this test alone, with empty contract tables."""
    with _clone(postgres, template) as dsn:
        yield dsn


@pytest.fixture
def demo_database(postgres: EmbeddedPostgres, demo_template: str) -> Iterator[str]:
    """The DSN of a database of this test alone, with the demo company."""
    with _clone(postgres, demo_template) as dsn:
        yield dsn


@pytest.fixture
def empty_database(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The DSN of a database of this test alone, without any tables."""
    with _clone(postgres, "template1") as dsn:
        yield dsn


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    """An autocommit connection to `database`."""
    with psycopg.connect(database, autocommit=True) as connected:
        yield connected


@contextmanager
def _administrator(postgres: EmbeddedPostgres) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres.dsn(), autocommit=True) as connected:
        yield connected


@contextmanager
def _clone(postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    identifiers = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
    with _administrator(postgres) as administrator:
        copy = sql.SQL("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")  # the faster one without fsync
        administrator.execute(copy.format(**identifiers))
    try:
        yield postgres.dsn(name)
    finally:
        with _administrator(postgres) as administrator:
            administrator.execute(sql.SQL("DROP DATABASE IF EXISTS {name} WITH (FORCE)").format(**identifiers))
