-- One row per security incident when it is detected: break-ins begin long before somebody notices, and what counted
-- from its beginning would be read too late. It is read half an hour late, for trackers that are copied now and then.
-- every: 5m
-- cursor: noticed_at
-- settle: 30m
-- backfill: 90d
SELECT lower(i.severity) AS severity,
       coalesce(i.detected_at, i.started_at) AS noticed_at,
       1 AS kpi_security_incidents_total
  FROM incidents AS i
 WHERE i.kind = 'security'
