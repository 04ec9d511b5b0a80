"""More tables of app performance: page loads and background jobs."""

from warehouse.migrations import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run_sql("0008_frontend_and_jobs.sql")
