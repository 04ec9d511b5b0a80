-- One row per project, severity and window: issues reported and issues resolved in it, 0 where there were none. A
-- project counts that had an issue reported or resolved within 90 days.
-- every: 5m
WITH moments AS (
         SELECT coalesce(b.project, 'unknown') AS project, lower(b.severity) AS severity,
                b.created_at AS opened, NULL::timestamptz AS resolved
           FROM bug_metrics AS b
          WHERE b.created_at > as_of - interval '90 days'
            AND b.created_at <= as_of
          UNION ALL
         SELECT coalesce(b.project, 'unknown'), lower(b.severity), NULL, b.resolved_at
           FROM bug_metrics AS b
          WHERE b.resolved_at > as_of - interval '90 days'
            AND b.resolved_at <= as_of
     ),
     severities AS (
         SELECT severity FROM (VALUES ('critical'), ('high'), ('medium'), ('low')) AS usual (severity)
          UNION
         SELECT severity FROM moments
     )
SELECT project, severity, w."window",
       count(m.opened) FILTER (WHERE m.opened > as_of - w.span) AS kpi_issues_opened,
       count(m.resolved) FILTER (WHERE m.resolved > as_of - w.span) AS kpi_issues_resolved
  FROM windows AS w
 CROSS JOIN (SELECT DISTINCT project FROM moments) AS projects
 CROSS JOIN severities
  LEFT JOIN moments AS m USING (project, severity)
 GROUP BY 1, 2, 3
