-- One row per test of a run, whether it passed, failed or was skipped. The first run goes back far enough to find
-- each suite, also on a Monday.
-- every: 5m
-- cursor: execution_date
-- settle: 5m
-- backfill: 7d
SELECT coalesce(t.suite, 'unknown') AS suite,
       CASE WHEN t.passed THEN 'passed' WHEN NOT t.passed THEN 'failed' ELSE 'skipped' END AS result,
       t.execution_date,
       1 AS kpi_test_executions_total
  FROM test_execution_metrics AS t
