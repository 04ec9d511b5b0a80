-- One row per window: the features that were released in it, 0 where there were none.
-- every: 15m
-- windows: 7d, 30d, 90d
SELECT w."window",
       count(f.feature_id) AS kpi_features_released
  FROM windows AS w
  LEFT JOIN features AS f ON f.released_at > as_of - w.span AND f.released_at <= as_of
 GROUP BY 1
