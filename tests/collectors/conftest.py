"""Rows in, readings out: how the queries of the built-in collectors are tested."""

import pkgutil
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

import collectors
from collectors import SqlCollector
from metrics import Metric

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
_KEYS = {
    "payment_metrics": "payment_id",
    "offer_metrics": "offer_id",
    "user_session_metrics": "session_id",
    "crash_reports": "crash_id",
    "deployments": "deployment_id",
    "ci_builds": "build_id",
    "bug_metrics": "bug_id",
    "features": "feature_id",
    "incidents": "incident_id",
    "jobs": "job_id",
    "vulnerabilities": "vulnerability_id",
    "access_reviews": "review_id",
    "training_assignments": "assignment_id",
    "users": "user_id",
    "slo_targets": "slo_id",
    "story_metrics": "story_id",
    "pull_request_metrics": "pr_id",
}


@pytest.fixture(scope="session")
def built_in() -> tuple[SqlCollector, ...]:
    """The collectors that come with the project: every package below `collectors`."""
    packages = [module.name for module in pkgutil.iter_modules(collectors.__path__) if module.ispkg]
    return tuple(import_module(f"collectors.{package}").COLLECTOR for package in packages)


@pytest.fixture
def insert(connection: psycopg.Connection[Any]) -> Callable[[str, str], None]:
    """`insert(table, rows)` writes rows given as a drawing: a line of column names, then a line per row.

    Cells are separated by `|`, and `-` is NULL. A text key that is left out is filled in.
    """

    def write(table: str, rows: str) -> None:
        names, *lines = [[cell.strip() for cell in line.split("|")] for line in rows.strip().splitlines()]
        key = [_KEYS[table]] if table in _KEYS and _KEYS[table] not in names else []
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, [*names, *key])),
            sql.SQL(", ").join([sql.Placeholder()] * (len(names) + len(key))),
        )
        for line in lines:
            cells = [None if cell == "-" else cell for cell in line]
            connection.execute(statement, [*cells, *(str(uuid4()) for _ in key)])

    return write


@pytest.fixture
def read(connection: psycopg.Connection[Any], built_in: tuple[SqlCollector, ...]) -> Callable[..., dict[str, Any]]:
    """`read(METRIC)` gives its values at noon of 1 November 2026 (a Sunday), by label values: `{"USD art 1d": 10.0}`.

    The label values stand in the order of the declaration. `at` is another moment.
    """

    def values(metric: Metric, at: datetime = NOON) -> dict[str, Any]:
        queries = [query for collector in built_in for query in collector.queries if metric in query.metrics]
        return {
            " ".join(reading.labels): reading.value
            for query in queries
            for _, reading in query.read(connection, [at])
            if reading.metric is metric
        }

    return values
