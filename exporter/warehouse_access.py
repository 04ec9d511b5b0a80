"""Connections to the warehouse, in which the exporter keeps its own tables."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from collectors.source import describe_error
from exporter.config_warehouse import Warehouse

_CONNECT_SECONDS = 5
_STATEMENT_TIMEOUT = "10s"
_LOCK_TIMEOUT = "5s"


class WarehouseError(Exception):
    """The warehouse cannot be reached, or refuses."""


@contextmanager
def opened(
    warehouse: Warehouse, application: str, session: Mapping[str, str] | None = None
) -> Iterator[psycopg.Connection[Any]]:
    """As `connect`; whatever the database says within it comes as a sentence. Raises WarehouseError."""
    try:
        with connect(warehouse, application, session) as connection:
            yield connection
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
        text = f"could not use the warehouse: {describe_error(error)}; run 'kpi migrate' on it"
        raise WarehouseError(text) from error
    except psycopg.errors.LockNotAvailable as error:
        raise WarehouseError("could not use the warehouse: somebody else is writing to it; try again") from error
    except psycopg.Error as error:
        raise WarehouseError(f"could not use the warehouse: {describe_error(error)}") from error


def connect(
    warehouse: Warehouse, application: str, session: Mapping[str, str] | None = None
) -> psycopg.Connection[Any]:
    """A new connection, which commits at the end of its `with`. `session` are more of its settings.

    Raises psycopg.Error.
    """
    dsn = warehouse.dsn.get_secret_value() if warehouse.dsn else ""
    connection = psycopg.connect(
        dsn,
        prepare_threshold=None,  # behind a pooler the next transaction may be elsewhere
        connect_timeout=_CONNECT_SECONDS,
        keepalives_idle=30,
        keepalives_interval=10,
        keepalives_count=3,
        application_name=f"kpi_exporter/{application}",
        client_encoding="UTF8",
    )
    settings = {"statement_timeout": _STATEMENT_TIMEOUT, "lock_timeout": _LOCK_TIMEOUT, "timezone": "UTC"}
    settings.update(session or {})
    if warehouse.search_path:
        settings["search_path"] = sql.SQL(", ").join(map(sql.Identifier, warehouse.search_path)).as_string(connection)
    try:
        for name, value in settings.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        connection.commit()
    except BaseException:
        connection.close()
        raise
    return connection
