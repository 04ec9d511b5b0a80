"""Brings a database to the newest version of the contract tables."""

import threading
from pathlib import Path
from typing import Any, cast

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

MIGRATIONS = Path(__file__).with_name("migrations")
_ONE_AT_A_TIME = threading.Lock()  # alembic keeps the running migration in a global
_LOCK = 5_094_117_003  # one migration at a time per database; any number that nobody else uses


def migrate(dsn: str, schema: str = "public") -> None:
    """Create the contract tables in `schema`, or bring them up to date. Does nothing when they are.

    All migrations run in one transaction, so a failed one leaves the database as it was. The version is kept in the
    table `kpi_schema_version` of the same schema. Raises psycopg.Error when the database refuses.
    """
    opened = psycopg.connect(dsn)  # by SQLAlchemy, its errors would come as those of SQLAlchemy
    engine = create_engine("postgresql+psycopg://", creator=lambda: opened, poolclass=NullPool)
    with _ONE_AT_A_TIME, engine.begin() as connection:
        raw = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
        raw.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        found = raw.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone()
        if found is None:  # CREATE SCHEMA IF NOT EXISTS asks for the right to create even where it creates nothing
            raw.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        raw.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema)))
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes.update(connection=connection, schema=schema)
        command.upgrade(config, "head")
