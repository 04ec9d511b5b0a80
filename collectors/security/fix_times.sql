-- One row per vulnerability when it is fixed. One that is said to be fixed before it was found tells no time.
-- every: 5m
-- cursor: fixed_at
-- settle: 30m
-- backfill: 90d
SELECT lower(v.severity) AS severity,
       v.fixed_at,
       extract(epoch FROM v.fixed_at - v.discovered_at) AS kpi_vulnerability_fix_time_seconds
  FROM vulnerabilities AS v
 WHERE v.fixed_at >= v.discovered_at
