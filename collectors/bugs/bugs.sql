-- One row per project, severity and window: the bugs reported and those fixed in it. The projects are those that had
-- any bug in the last 90 days; the four usual severities are there even when no bug has them. Issues are bugs by the
-- name that teams give them.
-- every: 5m
WITH events AS (
         SELECT coalesce(b.project, 'unknown') AS project, lower(b.severity) AS severity,
                b.created_at AS moment, 'reported' AS event
           FROM bug_metrics AS b
          WHERE b.created_at > as_of - interval '90 days'
            AND b.created_at <= as_of
          UNION ALL
         SELECT coalesce(b.project, 'unknown'), lower(b.severity), b.resolved_at, 'fixed'
           FROM bug_metrics AS b
          WHERE b.resolved_at > as_of - interval '90 days'
            AND b.resolved_at <= as_of
     ),
     severities AS (
         SELECT severity
           FROM (VALUES ('critical'), ('high'), ('medium'), ('low')) AS usual (severity)
          UNION
         SELECT severity
           FROM events
     )
SELECT p.project, s.severity, w."window",
       count(*) FILTER (WHERE e.event = 'reported') AS kpi_bugs_reported,
       count(*) FILTER (WHERE e.event = 'reported') AS kpi_issues_opened,
       count(*) FILTER (WHERE e.event = 'fixed') AS kpi_bugs_fixed,
       count(*) FILTER (WHERE e.event = 'fixed') AS kpi_issues_resolved
  FROM windows AS w
 CROSS JOIN (SELECT DISTINCT project FROM events) AS p
 CROSS JOIN severities AS s
  LEFT JOIN events AS e ON e.project = p.project AND e.severity = s.severity AND e.moment > as_of - w.span
 GROUP BY 1, 2, 3
