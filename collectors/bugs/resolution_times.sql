-- One row per bug that was resolved. Bugs are few, so the first run goes back far enough to find some of each severity.
-- It is read an hour late, for trackers that are copied every hour.
-- every: 5m
-- cursor: resolved_at
-- settle: 1h
-- backfill: 30d
SELECT coalesce(b.project, 'unknown') AS project,
       lower(b.severity) AS severity,
       b.resolved_at,
       extract(epoch FROM b.resolved_at - b.created_at) AS kpi_bug_resolution_time_seconds
  FROM bug_metrics AS b
