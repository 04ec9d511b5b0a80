-- One row per repository: the newest score of the whole of it, on the tool's scale of 0 to 100.
-- every: 15m
SELECT DISTINCT ON (c.project)
       c.project AS repo,
       c.metric_value AS kpi_static_analysis_score
  FROM code_metrics AS c
 WHERE c.metric_type = 'static_analysis_score'
   AND nullif(c.component, 'all') IS NULL
   AND c."timestamp" > as_of - interval '90 days'
   AND c."timestamp" <= as_of
   AND c.metric_value BETWEEN 0 AND 100
 ORDER BY c.project, c."timestamp" DESC, c.id DESC
