-- One row per course of security training: the share of the assignments due in a year that are completed.
-- every: 15m
SELECT t.course,
       count(*) FILTER (WHERE t.completed_at <= as_of)::numeric / count(*) AS kpi_security_training_completed_ratio
  FROM training_assignments AS t
 WHERE t.category = 'security'
   AND t.due_at > as_of - interval '365 days'
   AND t.due_at <= as_of
 GROUP BY 1
