-- One row per segment and window: the mean share of all features that an active user of the segment used, over
-- complete days. A user belongs to a segment by any feature use in the longest window, so that one who was active but
-- used nothing counts with 0.
-- every: 15m
-- timeout: 30s
WITH days AS (
         SELECT w."window", (as_of - w.span)::date AS first_day, as_of::date AS end_day
           FROM windows AS w
     ),
     used AS (
         SELECT f.usage_date, f.feature_name, coalesce(f.segment, 'unknown') AS segment, f.user_id
           FROM feature_usage_metrics AS f
          WHERE f.usage_date >= (SELECT min(first_day) FROM days)
            AND f.usage_date < as_of::date
     ),
     active AS (
         SELECT DISTINCT d."window", d.first_day, a.user_id
           FROM days AS d
           JOIN user_activity_metrics AS a ON a.activity_date >= d.first_day AND a.activity_date < d.end_day
          WHERE a.activity_type IN ('app_open', 'login')
     ),
     users AS (
         SELECT u.segment, a."window", u.user_id,
                count(DISTINCT u.feature_name) FILTER (WHERE u.usage_date >= a.first_day) AS features
           FROM active AS a
           JOIN used AS u USING (user_id)
          GROUP BY 1, 2, 3
     )
SELECT segment, "window",
       avg(features) / (SELECT count(DISTINCT feature_name) FROM used) AS kpi_feature_usage_breadth_ratio
  FROM users
 GROUP BY 1, 2
