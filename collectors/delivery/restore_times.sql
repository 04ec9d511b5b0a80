-- One row per resolved incident that a deployment to production caused; however many caused it, it counts once. What
-- caused it is often found in a post-mortem only, so it is read three days after its end.
-- every: 5m
-- cursor: resolved_at
-- settle: 3d
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
