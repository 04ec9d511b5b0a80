-- One row per source and severity of the vulnerabilities ever found: those that are open, and those of them whose
-- patch was due. The moments decide, not the status, which tells of today.
-- every: 5m
SELECT v.source,
       lower(v.severity) AS severity,
       count(*) FILTER (WHERE o.is_open) AS kpi_vulnerabilities_open,
       count(*) FILTER (WHERE o.is_open AND v.patch_due_at <= as_of) AS kpi_vulnerabilities_overdue
  FROM vulnerabilities AS v
 CROSS JOIN LATERAL (SELECT (v.fixed_at IS NULL OR v.fixed_at > as_of)
                            AND (v.accepted_at IS NULL OR v.accepted_at > as_of) AS is_open) AS o
 WHERE v.discovered_at <= as_of
 GROUP BY 1, 2
