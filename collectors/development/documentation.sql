-- One row per project: the newest coverage, in percent, that was reported for the whole of it within 90 days, unless
-- that of a component was reported later. Nothing says how many symbols a component has, so components weigh by their
-- lines of code, and one without lines does not count.
-- every: 15m
WITH newest AS (
         SELECT DISTINCT ON (1, 2, 3)
                c.project, nullif(c.component, 'all') AS component, c.metric_type, c.metric_value,
                c."timestamp" AS reported
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
                max(metric_value) FILTER (WHERE metric_type = 'total_lines') AS lines,
                max(reported) FILTER (WHERE metric_type = 'documentation_coverage') AS reported
           FROM newest
          GROUP BY 1, 2
     )
SELECT project,
       CASE WHEN max(reported) FILTER (WHERE component IS NULL) = max(reported)
            THEN max(coverage) FILTER (WHERE component IS NULL)
            ELSE sum(coverage * lines) FILTER (WHERE component IS NOT NULL)
                 / sum(lines) FILTER (WHERE component IS NOT NULL)
       END / 100 AS kpi_documentation_coverage_ratio
  FROM components
 WHERE coverage IS NOT NULL
   AND (component IS NULL OR lines > 0)
 GROUP BY 1
