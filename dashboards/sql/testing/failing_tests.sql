-- One row per test that failed more than once in ten executions of the chosen time, and whether it is flaky: whether it
-- both passed and failed on one commit.
WITH commits AS (
         SELECT coalesce(t.suite, 'unknown') AS suite, t.test_name,
                count(*) AS executions,
                count(*) FILTER (WHERE NOT t.passed) AS failures,
                t.commit_sha IS NOT NULL AND bool_or(t.passed) AND NOT bool_and(t.passed) AS flaky,
                max(t.execution_date) FILTER (WHERE NOT t.passed) AS last_failure
           FROM test_execution_metrics AS t
          WHERE t.passed IS NOT NULL
            AND $__timeFilter(t.execution_date)
          GROUP BY 1, 2, t.commit_sha
     )
SELECT c.suite AS "Suite",
       c.test_name AS "Test",
       sum(c.executions) AS "Executions",
       sum(c.failures) AS "Failures",
       sum(c.failures) / sum(c.executions) AS "Failure ratio",
       bool_or(c.flaky) AS "Flaky",
       max(c.last_failure) AS "Last failure"
  FROM commits AS c
 GROUP BY 1, 2
HAVING sum(c.failures) > 0.10 * sum(c.executions)
 ORDER BY 5 DESC, 4 DESC, 1, 2
 LIMIT 50
