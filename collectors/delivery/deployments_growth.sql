-- One row for production: its deployments of the last 365 days against those of the 365 days before. Without a
-- deployment that is older than both years, nobody knows whether the earlier one is complete.
-- every: 1h
WITH years AS (
         SELECT d.environment,
                count(*) FILTER (WHERE d.finished_at > as_of - interval '365 days') AS this_year,
                count(*) FILTER (WHERE d.finished_at <= as_of - interval '365 days') AS year_before
           FROM deployments AS d
          WHERE d.environment = 'production'
            AND d.result IN ('success', 'rolled_back')
            AND d.finished_at > as_of - interval '730 days'
            AND d.finished_at <= as_of
          GROUP BY 1
     )
SELECT environment,
       (y.this_year - y.year_before)::numeric / nullif(y.year_before, 0) AS kpi_deployments_year_growth_ratio
  FROM years AS y
 WHERE (SELECT min(d.finished_at) FROM deployments AS d WHERE d.environment = y.environment)
       <= as_of - interval '730 days'
