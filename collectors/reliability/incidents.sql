-- One row per incident, when it was noticed. It is read half an hour late, for trackers that are copied now and then.
-- Incidents are rare, so the first run goes back far enough to find some.
-- every: 5m
-- cursor: noticed_at
-- settle: 30m
-- backfill: 30d
SELECT coalesce(i.service, 'unknown') AS service,
       lower(i.severity) AS severity,
       coalesce(i.detected_at, i.started_at) AS noticed_at,
       1 AS kpi_incidents_total
  FROM incidents AS i
 WHERE i.kind = 'reliability'
