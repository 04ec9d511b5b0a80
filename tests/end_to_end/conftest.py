"""Fixtures for what is proven from end to end: a healthy company in the database, and all the programs behind it."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.end_to_end.chain import Chain
from tests.end_to_end.receivers import Receivers
from tests.uncounted import uncounted
from warehouse.demo import load
from warehouse.embedded import EmbeddedPostgres
from warehouse.migrate import migrate

_DAYS = 9
"""Of history; enough for a week of complete days."""


@pytest.fixture(scope="session")
def healthy(postgres: EmbeddedPostgres) -> str:
    """The name of a database with the demo company up to now, to clone."""
    name = "template_healthy"
    with psycopg.connect(postgres.dsn(), autocommit=True) as administrator:
        administrator.execute(f"CREATE DATABASE {name}")
        migrate(postgres.dsn(name))
        with uncounted():
            load(postgres.dsn(name), seed=7, until=datetime.now(UTC), days=_DAYS)
        administrator.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
    return name


@pytest.fixture(scope="session")
def chains(
    postgres: EmbeddedPostgres,
    healthy: str,
    program: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., AbstractContextManager[Chain]]:
    """`with chains() as chain:` runs all programs over a company of its own, with receivers of its own."""
    programs = {name: program(name) for name in ("prometheus", "alertmanager")}

    @contextmanager
    def run(haste: float = 20) -> Iterator[Chain]:  # an alert outlives a gap of 18 seconds, as busy machines have
        name = f"test_{uuid.uuid4().hex[:12]}"
        folder = tmp_path_factory.mktemp("chain")
        with psycopg.connect(postgres.dsn(), autocommit=True) as administrator:
            administrator.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*map(sql.Identifier, (name, healthy)))
            )
            try:
                with (
                    Receivers(folder) as receivers,
                    Chain(folder, postgres.dsn(name), receivers, programs.__getitem__, haste) as chain,
                ):
                    yield chain
            finally:
                administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    return run
