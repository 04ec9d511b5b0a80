-- One row per window in which a feature was released: the bugs that users met first, for each of these features.
-- every: 15m
-- windows: 30d, 90d
WITH released AS (
         SELECT w."window", w.span, count(*) AS features
           FROM windows AS w
           JOIN features AS f ON f.released_at > as_of - w.span AND f.released_at <= as_of
          GROUP BY 1, 2
     )
SELECT r."window",
       count(b.bug_id)::numeric / r.features AS kpi_defects_per_feature_released
  FROM released AS r
  LEFT JOIN bug_metrics AS b
    ON b.found_in_production AND b.created_at > as_of - r.span AND b.created_at <= as_of
 GROUP BY 1, r.features
