-- One row per suite and window: the share of passed tests among those that passed or failed.
-- every: 5m
SELECT coalesce(t.suite, 'unknown') AS suite,
       w."window",
       count(*) FILTER (WHERE t.passed)::numeric / count(*) AS kpi_test_pass_ratio
  FROM test_execution_metrics AS t
  JOIN windows AS w ON t.execution_date > as_of - w.span
 WHERE t.execution_date > as_of - (SELECT max(span) FROM windows)
   AND t.execution_date <= as_of
   AND t.passed IS NOT NULL
 GROUP BY 1, 2
