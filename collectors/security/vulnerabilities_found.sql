-- One row per vulnerability when it is discovered. They are rare, and scanners hand over their results late.
-- every: 5m
-- cursor: discovered_at
-- settle: 30m
-- backfill: 90d
SELECT v.source,
       lower(v.severity) AS severity,
       v.discovered_at,
       1 AS kpi_vulnerabilities_found_total
  FROM vulnerabilities AS v
