-- One row per project and component: the newest complexity that the analyser reported within 90 days.
-- every: 15m
SELECT DISTINCT ON (1, 2)
       c.project,
       coalesce(c.component, 'all') AS component,
       c.metric_value AS kpi_code_complexity_score
  FROM code_metrics AS c
 WHERE c.metric_type = 'complexity'
   AND c.metric_value IS NOT NULL
   AND c."timestamp" > as_of - interval '90 days'
   AND c."timestamp" <= as_of
 ORDER BY 1, 2, c."timestamp" DESC, c.id DESC
