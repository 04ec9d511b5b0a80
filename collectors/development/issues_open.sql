-- One row per project and severity: issues that are reported and not resolved, 0 where there are none. A project
-- counts that has an open issue, or resolved one within 90 days.
-- every: 5m
WITH issues AS (
         SELECT coalesce(b.project, 'unknown') AS project, lower(b.severity) AS severity
           FROM bug_metrics AS b
          WHERE b.created_at <= as_of
            AND (b.resolved_at > as_of OR b.resolved_at IS NULL)
     ),
     projects AS (
         SELECT project FROM issues
          UNION
         SELECT coalesce(b.project, 'unknown')
           FROM bug_metrics AS b
          WHERE b.resolved_at > as_of - interval '90 days'
            AND b.resolved_at <= as_of
     ),
     severities AS (
         SELECT severity FROM (VALUES ('critical'), ('high'), ('medium'), ('low')) AS usual (severity)
          UNION
         SELECT severity FROM issues
     )
SELECT project, severity,
       count(i.project) AS kpi_issues_open
  FROM projects
 CROSS JOIN severities
  LEFT JOIN issues AS i USING (project, severity)
 GROUP BY 1, 2
