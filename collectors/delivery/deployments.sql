-- One row per deployment that ended. Its result is that of its end: what is rolled back later was a success then.
-- Deployments are rare, so the first run goes back far enough to find each service.
-- cursor: finished_at
-- backfill: 30d
SELECT d.service, d.environment,
       CASE WHEN d.result = 'rolled_back' AND d.rolled_back_at > d.finished_at THEN 'success'
            ELSE d.result
       END AS result,
       d.finished_at,
       1 AS kpi_deployments_total
  FROM deployments AS d
