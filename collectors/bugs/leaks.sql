-- One row per project and window in which at least 5 bugs were found: the share of them that users met first.
-- every: 5m
-- windows: 7d, 30d, 90d
SELECT coalesce(b.project, 'unknown') AS project,
       w."window",
       count(*) FILTER (WHERE b.found_in_production)::numeric / count(*) AS kpi_bug_leak_ratio
  FROM bug_metrics AS b
  JOIN windows AS w ON b.created_at > as_of - w.span
 WHERE b.created_at > as_of - (SELECT max(span) FROM windows)
   AND b.created_at <= as_of
 GROUP BY 1, 2
HAVING count(*) >= 5
