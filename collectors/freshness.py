"""When the newest row of each contract table came: what tells silence of the business from silence of a pipeline."""

from collections.abc import Iterable

from psycopg import sql

from collectors.contract import Collector, Run
from collectors.errors import Off
from metrics import Reading
from metrics.freshness import CADENCE, NEWEST_ROW, NO_CADENCE

_MOMENT = {
    "offer_metrics": "created_at",
    "auction_participation_metrics": "created_at",
    "payment_metrics": "payment_date",
    "user_activity_metrics": "occurred_at",
    "api_metrics": "time",
    "mobile_metrics": "recorded_at",
    "crash_reports": "created_at",
    "deployments": "finished_at",
    "ci_builds": "finished_at",
    "bug_metrics": "created_at",
    "code_metrics": "timestamp",
    "test_execution_metrics": "execution_date",
    "server_metrics": "time",
    "database_metrics": "recorded_at",
    "redis_metrics": "time",
    "cdn_metrics": "recorded_at",
    "page_loads": "recorded_at",
    "jobs": "enqueued_at",
    "vulnerabilities": "discovered_at",
    "access_reviews": "completed_at",
    "training_assignments": "completed_at",
    "compliance_controls": "last_assessed_at",
    "recurring_checks": "finished_at",
    "users": "created_at",
    "incidents": "started_at",
    "uptime_probes": "probed_at",
    "slo_targets": "agreed_at",
    "story_metrics": "done_at",
    "wip_limits": "set_at",
    "pull_request_metrics": "created_at",
    "features": "released_at",
    "manual_metric_values": "entered_at",
}
_DAY = {
    "story_view_metrics": "view_date",
    "conversion_metrics": "event_date",
    "user_activity_metrics": "activity_date",
    "user_session_metrics": "session_date",
    "user_retention_metrics": "cohort_date",
    "feature_usage_metrics": "usage_date",
    "static_analysis_metrics": "scan_date",
    "sprint_metrics": "starts_on",
}
_PRESENT = """
    SELECT name
      FROM unnest(%s::text[]) AS name
     WHERE has_table_privilege(to_regclass(quote_ident(name)), 'SELECT') -- NULL for a table that is absent
"""
# Each maximum is one step down the index of its column: no rows are read.
_NEWEST_MOMENT = "(SELECT max({column}) FROM {table} WHERE {column} <= %(as_of)s)"
_NEWEST_DAY = """
    (SELECT least((day + 1)::timestamptz, %(as_of)s)
       FROM (SELECT max({column}) AS day FROM {table} WHERE {column} <= %(as_of)s::timestamptz::date) AS newest
      WHERE day IS NOT NULL)
"""


class Freshness(Collector):
    """Reads the newest row of every contract table that is there; a table without rows gives nothing.

    The tables are asked for in one statement. Which ones are there and may be read is asked before, because a statement
    that names another one fails as a whole.
    """

    name = "freshness"
    metrics = (NEWEST_ROW,)
    needs_source = True

    def check(self, run: Run) -> bool:
        """Whether there is a table that it can tell of."""
        if not self._present(run):
            raise Off("off: none of the contract tables is there and may be read")
        return True

    def collect(self, run: Run) -> Iterable[Reading]:
        present = self._present(run)
        if not present:
            return
        for table, newest in run.database(self.name).execute(statement(present), {"as_of": run.as_of}):
            if newest is not None:
                yield NEWEST_ROW.reading(float(newest), table=table)

    def _present(self, run: Run) -> list[str]:
        return [name for (name,) in run.database(self.name).execute(_PRESENT, [[*CADENCE, *NO_CADENCE]])]


def statement(tables: Iterable[str]) -> sql.Composed:
    """The statement that is sent: a row for each table."""
    return sql.SQL(" UNION ALL ").join(map(_newest, tables))


def _newest(table: str) -> sql.Composed:
    """One row: the table, and when its newest row came, in Unix time. A moment is told rather than its day."""
    found = [
        sql.SQL(text).format(column=sql.Identifier(columns[table]), table=sql.Identifier(table))
        for columns, text in ((_MOMENT, _NEWEST_MOMENT), (_DAY, _NEWEST_DAY))
        if table in columns
    ]
    newest = sql.SQL("coalesce({})").format(sql.SQL(", ").join(found))
    return sql.SQL("SELECT {}, extract(epoch FROM {})").format(sql.Literal(table), newest)


COLLECTOR = Freshness()
