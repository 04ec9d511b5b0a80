-- One row per severity of what penetration tests ever found: the findings that are open.
-- every: 5m
SELECT lower(v.severity) AS severity,
       count(*) FILTER (WHERE (v.fixed_at IS NULL OR v.fixed_at > as_of)
                          AND (v.accepted_at IS NULL OR v.accepted_at > as_of)) AS kpi_penetration_test_findings_open
  FROM vulnerabilities AS v
 WHERE v.source = 'pentest'
   AND v.discovered_at <= as_of
 GROUP BY 1
