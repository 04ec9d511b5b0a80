-- One row per test that was executed. Skipped ones took no time, and would make the others look fast.
-- every: 5m
-- cursor: execution_date
-- settle: 5m
-- backfill: 7d
SELECT coalesce(t.suite, 'unknown') AS suite,
       t.execution_date,
       t.execution_time_seconds AS kpi_test_execution_duration_seconds
  FROM test_execution_metrics AS t
 WHERE t.passed IS NOT NULL
   AND t.execution_time_seconds IS NOT NULL
