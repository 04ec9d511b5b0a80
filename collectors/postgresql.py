"""Asks the PostgreSQL server of a source about itself. A role that is a member of pg_monitor sees all of it."""

from collections.abc import Iterator

from psycopg.sql import SQL, Identifier

from collectors.contract import Collector, Run
from collectors.durations import parse_duration
from collectors.option import Option
from metrics import Metric, Reading
from metrics import postgresql as m

_SELECT: dict[tuple[Metric, ...], str] = {
    (m.CONNECTIONS,): """datname, coalesce(state, 'unknown'), count(*)
        FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname IS NOT NULL GROUP BY 1, 2""",
    (m.CONNECTIONS_LIMIT,): """current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int""",
    (m.SLOW_STATEMENTS, m.LONGEST_TRANSACTION): """datname,
        count(*) FILTER (WHERE state = 'active' AND query_start < now() - %(slow)s * interval '1 s' AND is_other),
        greatest(extract(epoch FROM max(now() - xact_start) FILTER (WHERE is_other)), 0)
        FROM (SELECT *, pid <> pg_backend_pid() AS is_other FROM pg_stat_activity) AS a
        WHERE backend_type = 'client backend' AND datname IS NOT NULL GROUP BY 1""",
    (m.REPLICATION_LAG,): """application_name, coalesce(extract(epoch FROM max(replay_lag)), 0)
        FROM pg_stat_replication GROUP BY 1 UNION ALL SELECT 'this', CASE
            WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver)
            THEN 0 ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END
        WHERE pg_is_in_recovery()""",
    (m.DATABASE_SIZE,): "current_database(), pg_database_size(current_database())",
}
_STATEMENTS = {
    (m.STATEMENTS, m.STATEMENT_DURATION, m.SLOW_STATEMENT_KINDS): """current_database(), coalesce(sum(calls), 0),
        coalesce(sum(total_exec_time), 0) / 1000, count(*) FILTER (WHERE mean_exec_time > 1000 * %(slow)s)
        FROM {} WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"""
}
# The view is of use only where the server has loaded the library behind it, and with it the settings.
_SCHEMA = """SELECT extnamespace::regnamespace::text FROM pg_extension
    WHERE extname = 'pg_stat_statements' AND current_setting('pg_stat_statements.max', true) IS NOT NULL"""


class PostgreSQL(Collector):
    """Tells of connections, statements, replicas and size: by database of the server, or of the source's own alone."""

    name = "postgresql"
    metrics = tuple(metric for fed in (*_SELECT, *_STATEMENTS) for metric in fed)
    needs_source = True
    options = (Option("slow_after", "Time after which a statement counts as slow.", "1s", parse_duration),)

    def collect(self, run: Run) -> Iterator[Reading]:
        run.demand_present(self.name)
        connection = run.database(self.name)
        schema = connection.execute(_SCHEMA).fetchone()
        for fed, select in (_SELECT | _STATEMENTS if schema else _SELECT).items():
            statement = SQL("SELECT " + select).format(Identifier(*(schema or ()), "pg_stat_statements"))
            for row in connection.execute(statement, {"slow": run.options["slow_after"]}):
                labels = dict(zip(fed[0].labels, row, strict=False))
                values = zip(fed, row[len(labels) :], strict=True)
                yield from (metric.reading(float(value), **labels) for metric, value in values if value is not None)


COLLECTOR = PostgreSQL()
