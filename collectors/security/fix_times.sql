-- One row per vulnerability when it is fixed. One whose risk was accepted first was in no hurry, and tells no time.
-- every: 5m
-- cursor: fixed_at
-- settle: 30m
-- backfill: 90d
SELECT lower(v.severity) AS severity,
       v.fixed_at,
       extract(epoch FROM v.fixed_at - v.discovered_at) AS kpi_vulnerability_fix_time_seconds
  FROM vulnerabilities AS v
 WHERE coalesce(v.accepted_at >= v.fixed_at, true)
