-- One row per feature and window: its uses for each user of it, over complete days.
-- every: 15m
-- timeout: 30s
SELECT f.feature_name AS feature,
       w."window",
       sum(f.use_count)::numeric / count(DISTINCT f.user_id) AS kpi_feature_uses_per_user
  FROM feature_usage_metrics AS f
  JOIN windows AS w ON f.usage_date >= (as_of - w.span)::date
 WHERE f.usage_date >= (as_of - (SELECT max(span) FROM windows))::date
   AND f.usage_date < as_of::date
 GROUP BY 1, 2
