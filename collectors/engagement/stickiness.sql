-- One row per user type: mean daily active users for each active user, over the same 30 complete days. The mean is
-- over all days, also those without any active user.
-- every: 15m
-- timeout: 30s
-- windows: 30d
WITH users AS (
         SELECT w."window", coalesce(a.user_type, 'unknown') AS user_type, a.user_id,
                as_of::date - (as_of - w.span)::date AS days,
                count(DISTINCT a.activity_date) AS active_days
           FROM windows AS w
           JOIN user_activity_metrics AS a
             ON a.activity_date >= (as_of - w.span)::date AND a.activity_date < as_of::date
          WHERE a.activity_type IN ('app_open', 'login')
          GROUP BY 1, 2, 3, 4
     )
SELECT user_type, "window",
       sum(active_days) / days / count(*) AS kpi_user_stickiness_ratio
  FROM users
 GROUP BY user_type, "window", days
