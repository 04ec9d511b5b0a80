-- One row per project: the newest coverage, in percent, that was reported for the whole of it within 90 days. Nothing
-- says how many symbols a component has, so components weigh by their lines of code.
-- every: 15m
WITH newest AS (
         SELECT DISTINCT ON (1, 2, 3)
                c.project, nullif(c.component, 'all') AS component, c.metric_type, c.metric_value
           FROM code_metrics AS c
          WHERE c.metric_type IN ('documentation_coverage', 'total_lines')
            AND (c.metric_type = 'total_lines' OR c.metric_value <= 100)
            AND c.metric_value >= 0
            AND c."timestamp" > as_of - interval '90 days'
            AND c."timestamp" <= as_of
          ORDER BY 1, 2, 3, c."timestamp" DESC, c.id DESC
     ),
     components AS (
         SELECT project, component,
                max(metric_value) FILTER (WHERE metric_type = 'documentation_coverage') AS coverage,
                max(metric_value) FILTER (WHERE metric_type = 'total_lines') AS lines
           FROM newest
          GROUP BY 1, 2
     )
SELECT project,
       coalesce(max(coverage) FILTER (WHERE component IS NULL),
                sum(coverage * lines) / nullif(sum(lines) FILTER (WHERE coverage IS NOT NULL), 0))
           / 100 AS kpi_documentation_coverage_ratio
  FROM components
 GROUP BY 1
