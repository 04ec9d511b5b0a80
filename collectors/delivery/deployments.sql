-- One row per deployment that ended, and result: 1 for the result of its end, 0 for the others, so that their counters
-- exist before the first failure. What is rolled back later was a success then.
-- Deployments are rare, so the first run goes back far enough to find each service.
-- every: 5m
-- cursor: finished_at
-- backfill: 30d
WITH ended AS (
         SELECT d.service, d.environment, d.finished_at,
                CASE WHEN d.result = 'rolled_back' AND d.rolled_back_at > d.finished_at THEN 'success'
                     ELSE d.result
                END AS result
           FROM deployments AS d
          WHERE d.finished_at IS NOT NULL
     )
SELECT e.service, e.environment, r.result, e.finished_at,
       CASE WHEN e.result = r.result THEN 1 ELSE 0 END AS kpi_deployments_total
  FROM ended AS e
 CROSS JOIN (VALUES ('success'), ('failure'), ('rolled_back')) AS r (result)
