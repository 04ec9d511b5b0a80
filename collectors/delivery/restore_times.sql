-- One row per resolved incident that a deployment to production caused; however many caused it, it counts once. Its end
-- is often written down afterwards, so it is read half an hour late.
-- every: 5m
-- cursor: resolved_at
-- settle: 30m
-- backfill: 90d
SELECT coalesce(i.service, 'unknown') AS service,
       lower(i.severity) AS severity,
       i.resolved_at,
       extract(epoch FROM i.resolved_at - i.started_at) AS kpi_time_to_restore_service_seconds
  FROM incidents AS i
 WHERE EXISTS (
           SELECT
             FROM deployments AS d
            WHERE d.caused_incident_id = i.incident_id
              AND d.environment = 'production'
       )
