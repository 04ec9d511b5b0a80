-- One row per severity: the share of the patches due in 90 days that came in time. An older one that is still missing
-- counts, too: it is the worst of all.
-- every: 15m
SELECT lower(v.severity) AS severity,
       count(*) FILTER (WHERE v.fixed_at <= v.patch_due_at)::numeric / count(*) AS kpi_patch_compliance_ratio
  FROM vulnerabilities AS v
 WHERE v.patch_due_at <= as_of
   AND (v.patch_due_at > as_of - interval '90 days'
        OR ((v.fixed_at IS NULL OR v.fixed_at > as_of) AND (v.accepted_at IS NULL OR v.accepted_at > as_of)))
   AND v.discovered_at <= as_of
   AND (v.accepted_at IS NULL OR v.accepted_at > v.patch_due_at)
 GROUP BY 1
