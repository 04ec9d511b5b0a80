-- One row per project: the newest coverage, in percent, that was reported for the whole of it within 90 days. Those of
-- components cannot be put together, because nothing says how many symbols each has.
-- every: 15m
SELECT DISTINCT ON (1)
       c.project,
       c.metric_value / 100 AS kpi_documentation_coverage_ratio
  FROM code_metrics AS c
 WHERE c.metric_type = 'documentation_coverage'
   AND c.component IS NULL
   AND c.metric_value IS NOT NULL
   AND c."timestamp" > as_of - interval '90 days'
   AND c."timestamp" <= as_of
 ORDER BY 1, c."timestamp" DESC, c.id DESC
