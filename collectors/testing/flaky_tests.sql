-- One row per suite and window: the tests that both passed and failed on the same commit. A test that fails on one
-- commit and passes on the next is broken or mended, not flaky.
-- every: 5m
WITH runs AS (
         SELECT coalesce(t.suite, 'unknown') AS suite, t.test_name, t.commit_sha, t.passed, t.execution_date
           FROM test_execution_metrics AS t
          WHERE t.execution_date > as_of - (SELECT max(span) FROM windows)
            AND t.execution_date <= as_of
            AND t.passed IS NOT NULL
     ),
     flaky AS (
         SELECT DISTINCT w."window", r.suite, r.test_name
           FROM windows AS w
           JOIN runs AS r ON r.execution_date > as_of - w.span
          WHERE r.commit_sha IS NOT NULL
          GROUP BY w."window", r.suite, r.test_name, r.commit_sha
         HAVING bool_or(r.passed) AND NOT bool_and(r.passed)
     )
SELECT s.suite, w."window",
       count(f.test_name) AS kpi_flaky_tests
  FROM windows AS w
 CROSS JOIN (SELECT DISTINCT suite FROM runs) AS s
  LEFT JOIN flaky AS f USING ("window", suite)
 GROUP BY 1, 2
