-- One row per deployment that ended.
-- every: 5m
-- cursor: finished_at
-- backfill: 30d
SELECT d.service, d.environment, d.finished_at,
       extract(epoch FROM d.finished_at - d.started_at) AS kpi_deployment_duration_seconds
  FROM deployments AS d
