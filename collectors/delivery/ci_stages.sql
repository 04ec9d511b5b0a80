-- One row per repository and window with scans or tests that passed or failed; the kind that never ran has no ratio.
-- every: 5m
WITH stages AS (
         SELECT b.repo, w."window",
                b.stage = 'security_scan' AS is_scan,
                b.status = 'success' AS has_passed
           FROM windows AS w
           JOIN ci_builds AS b ON b.finished_at > as_of - w.span AND b.finished_at <= as_of
          WHERE b.finished_at > as_of - (SELECT max(span) FROM windows)
            AND b.stage IN ('security_scan', 'performance_test')
            AND b.status IN ('success', 'failure')
     )
SELECT s.repo, s."window",
       count(*) FILTER (WHERE s.has_passed AND s.is_scan)::numeric
       / nullif(count(*) FILTER (WHERE s.is_scan), 0) AS kpi_security_scan_pass_ratio,
       count(*) FILTER (WHERE s.has_passed AND NOT s.is_scan)::numeric
       / nullif(count(*) FILTER (WHERE NOT s.is_scan), 0) AS kpi_performance_test_pass_ratio
  FROM stages AS s
 GROUP BY 1, 2
