-- One row per service, environment and window with deployments. One that is rolled back later was a success until then.
-- every: 5m
SELECT d.service, d.environment, w."window",
       count(*) FILTER (WHERE d.result = 'success' OR d.result = 'rolled_back' AND d.rolled_back_at > as_of)::numeric
       / count(*) AS kpi_deployment_success_ratio
  FROM windows AS w
  JOIN deployments AS d ON d.finished_at > as_of - w.span AND d.finished_at <= as_of
 GROUP BY 1, 2, 3
