-- One row per test of a run, and result: 1 for its own, 0 for the others, so that their counters exist before the first
-- failure. The first run goes back far enough to find each suite, also on a Monday.
-- every: 5m
-- cursor: execution_date
-- settle: 5m
-- backfill: 7d
SELECT coalesce(t.suite, 'unknown') AS suite,
       r.result,
       t.execution_date,
       CASE WHEN t.passed IS NOT DISTINCT FROM r.passed THEN 1 ELSE 0 END AS kpi_test_executions_total
  FROM test_execution_metrics AS t
 CROSS JOIN (VALUES ('passed', true), ('failed', false), ('skipped', NULL)) AS r (result, passed)
