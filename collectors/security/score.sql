-- One row for the company: the mean of the parts that have data.
-- every: 15m
WITH parts AS (
         SELECT count(*) FILTER (WHERE v.fixed_at <= v.patch_due_at)::numeric / nullif(count(*), 0) AS part
           FROM vulnerabilities AS v
          WHERE v.patch_due_at <= as_of
            AND (v.patch_due_at > as_of - interval '90 days'
                 OR ((v.fixed_at IS NULL OR v.fixed_at > as_of) AND (v.accepted_at IS NULL OR v.accepted_at > as_of)))
            AND v.discovered_at <= as_of
            AND (v.accepted_at IS NULL OR v.accepted_at > v.patch_due_at)
          UNION ALL
         SELECT count(*) FILTER (WHERE b.status = 'success')::numeric / nullif(count(*), 0)
           FROM ci_builds AS b
          WHERE b.stage = 'security_scan'
            AND b.status IN ('success', 'failure')
            AND b.finished_at > as_of - interval '30 days'
            AND b.finished_at <= as_of
          UNION ALL
         SELECT count(*) FILTER (WHERE t.completed_at <= as_of)::numeric / nullif(count(*), 0)
           FROM training_assignments AS t
          WHERE t.category = 'security'
            AND t.due_at > as_of - interval '365 days'
            AND t.due_at <= as_of
          UNION ALL
         SELECT count(*) FILTER (WHERE r.completed_at <= r.due_at)::numeric / nullif(count(*), 0)
           FROM access_reviews AS r
          WHERE r.due_at <= as_of
            AND (r.due_at > as_of - interval '365 days' OR r.completed_at IS NULL OR r.completed_at > as_of)
     )
SELECT 'company' AS scope,
       100 * avg(part) AS kpi_security_score
  FROM parts
