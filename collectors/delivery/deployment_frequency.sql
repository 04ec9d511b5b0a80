-- One row per service that was deployed to production in the last 90 days, and window. What was rolled back had reached
-- users and counts; what failed before it did does not.
-- every: 5m
WITH finished AS (
         SELECT d.service, d.environment, d.finished_at, d.result
           FROM deployments AS d
          WHERE d.environment = 'production'
            AND d.finished_at > as_of - interval '90 days'
            AND d.finished_at <= as_of
     )
SELECT f.service, f.environment, w."window",
       count(*) FILTER (WHERE f.result IN ('success', 'rolled_back') AND f.finished_at > as_of - w.span)
       / (extract(epoch FROM w.span) / 86400) AS kpi_deployments_per_day
  FROM windows AS w
 CROSS JOIN finished AS f
 GROUP BY 1, 2, 3, w.span
