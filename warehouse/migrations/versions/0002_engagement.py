"""The tables of engagement."""

from warehouse.migrations import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_sql("0002_engagement.sql")
