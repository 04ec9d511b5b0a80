"""The migrations: one readable `.sql` file each in `versions/`, beside a small file that names its predecessor."""

from pathlib import Path
from typing import Any, cast

import psycopg
from alembic import op

VERSIONS = Path(__file__).with_name("versions")


def run_sql(name: str) -> None:
    """Run `versions/<name>` as one script on the connection of the running migration."""
    connection = cast("psycopg.Connection[Any]", op.get_bind().connection.driver_connection)
    connection.execute((VERSIONS / name).read_bytes())
