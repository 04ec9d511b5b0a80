-- One row per system: its access reviews that were due in a year, or before and are still missing.
-- every: 15m
SELECT r.system_name AS system,
       count(*) FILTER (WHERE r.completed_at <= r.due_at)::numeric / count(*) AS kpi_access_reviews_completed_ratio,
       count(*) FILTER (WHERE r.completed_at IS NULL OR r.completed_at > as_of) AS kpi_access_reviews_overdue
  FROM access_reviews AS r
 WHERE r.due_at <= as_of
   AND (r.due_at > as_of - interval '365 days' OR r.completed_at IS NULL OR r.completed_at > as_of)
 GROUP BY 1
