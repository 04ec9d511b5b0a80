-- One row per feature, segment and window: its users, and those of them who were active for each active user, over
-- the same complete days. What was used in the longest window but not in a shorter one has 0 there.
-- every: 15m
-- timeout: 30s
WITH days AS (
         SELECT w."window", (as_of - w.span)::date AS first_day, as_of::date AS end_day
           FROM windows AS w
     ),
     active AS (
         SELECT DISTINCT d."window", a.user_id
           FROM days AS d
           JOIN user_activity_metrics AS a ON a.activity_date >= d.first_day AND a.activity_date < d.end_day
          WHERE a.activity_type IN ('app_open', 'login')
     ),
     used AS (
         SELECT DISTINCT d."window", f.feature_name AS feature, coalesce(f.segment, 'unknown') AS segment, f.user_id
           FROM days AS d
           JOIN feature_usage_metrics AS f ON f.usage_date >= d.first_day AND f.usage_date < d.end_day
     ),
     counts AS (
         SELECT feature, segment, "window",
                count(u.user_id) AS users,
                count(a.user_id) AS users_active
           FROM windows AS w
          CROSS JOIN (SELECT DISTINCT feature, segment FROM used) AS known
           LEFT JOIN used AS u USING (feature, segment, "window")
           LEFT JOIN active AS a USING ("window", user_id)
          GROUP BY 1, 2, 3
     )
SELECT c.feature, c.segment, c."window",
       c.users AS kpi_feature_users,
       c.users_active::numeric / everybody.users AS kpi_feature_adoption_ratio
  FROM counts AS c
  LEFT JOIN (SELECT "window", count(*) AS users FROM active GROUP BY 1) AS everybody USING ("window")
