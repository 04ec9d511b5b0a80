-- One row per incident, when it was resolved. Its end is often written down afterwards, so it is read half an hour late.
-- every: 5m
-- cursor: resolved_at
-- settle: 30m
-- backfill: 30d
SELECT coalesce(i.service, 'unknown') AS service,
       lower(i.severity) AS severity,
       i.resolved_at,
       extract(epoch FROM i.resolved_at - i.started_at) AS kpi_incident_resolution_time_seconds
  FROM incidents AS i
 WHERE i.kind = 'reliability'
