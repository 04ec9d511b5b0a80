"""The alerts that users define, and what came of all alerts."""

from warehouse.migrations import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_sql("0004_alerts.sql")
