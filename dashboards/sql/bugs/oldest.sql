-- One row per bug of the chosen projects that is open at the end of the chosen time, the gravest and oldest first.
SELECT b.bug_id AS "Bug",
       coalesce(b.project, 'unknown') AS "Project",
       coalesce(b.component, 'unknown') AS "Component",
       lower(b.severity) AS "Severity",
       CASE WHEN b.found_in_production THEN 'yes' ELSE 'no' END AS "Escaped",
       b.created_at AS "Reported"
  FROM bug_metrics AS b
 WHERE b.created_at <= $__timeTo()::timestamptz
   AND (b.resolved_at > $__timeTo()::timestamptz OR b.resolved_at IS NULL)
   AND coalesce(b.project, 'unknown') ~ '^(${project:regex})$'
 ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], lower(b.severity)), b.created_at, 1
 LIMIT 20
