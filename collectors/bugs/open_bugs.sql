-- One row per project and severity: the bugs that were open at the moment, and the age of the oldest. The moments of a
-- bug decide, not its status, which tells the present only. Issues are bugs by the name that teams give them.
-- every: 5m
WITH open_bugs AS (
         SELECT coalesce(b.project, 'unknown') AS project, lower(b.severity) AS severity, b.created_at
           FROM bug_metrics AS b
          WHERE b.resolved_at IS NULL
            AND b.created_at <= as_of
          UNION ALL
         SELECT coalesce(b.project, 'unknown'), lower(b.severity), b.created_at
           FROM bug_metrics AS b
          WHERE b.resolved_at > as_of
            AND b.created_at <= as_of
     ),
     seen AS (
         SELECT project, severity
           FROM open_bugs
          UNION
         SELECT coalesce(b.project, 'unknown'), lower(b.severity)
           FROM bug_metrics AS b
          WHERE b.created_at > as_of - interval '90 days'
            AND b.created_at <= as_of
          UNION
         SELECT coalesce(b.project, 'unknown'), lower(b.severity)
           FROM bug_metrics AS b
          WHERE b.resolved_at > as_of - interval '90 days'
            AND b.resolved_at <= as_of
     ),
     severities AS (
         SELECT severity
           FROM (VALUES ('critical'), ('high'), ('medium'), ('low')) AS usual (severity)
          UNION
         SELECT severity
           FROM seen
     )
SELECT p.project, s.severity,
       count(o.created_at) AS kpi_bugs_open,
       count(o.created_at) AS kpi_issues_open,
       extract(epoch FROM as_of - min(o.created_at)) AS kpi_oldest_open_bug_age_seconds
  FROM (SELECT DISTINCT project FROM seen) AS p
 CROSS JOIN severities AS s
  LEFT JOIN open_bugs AS o USING (project, severity)
 GROUP BY 1, 2
