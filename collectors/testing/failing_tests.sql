-- One row per test that failed more than once in ten executions: the 20 with the highest ratio, and of equal ones those
-- that failed more often. What a test was called with stands in brackets, may be any text, and is cut off.
-- every: 5m
-- windows: 7d
SELECT coalesce(t.suite, 'unknown') AS suite,
       left(regexp_replace(t.test_name, '(.)\[.*', '\1'), 120) AS test_name,
       w."window",
       count(*) FILTER (WHERE NOT t.passed)::numeric / count(*) AS kpi_test_failure_ratio
  FROM windows AS w
  JOIN test_execution_metrics AS t ON t.execution_date > as_of - w.span AND t.execution_date <= as_of
 WHERE t.passed IS NOT NULL
 GROUP BY 1, 2, 3
HAVING count(*) FILTER (WHERE NOT t.passed) > 0.10 * count(*)
 ORDER BY 4 DESC, count(*) FILTER (WHERE NOT t.passed) DESC, 1, 2
 LIMIT 20
