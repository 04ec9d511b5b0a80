-- One row per user type and window: distinct active users, and their growth over the window before.
-- An activity that carries only its date counts as done at the end of that day.
-- every: 5m
-- timeout: 30s
WITH activity AS (
         SELECT coalesce(user_type, 'unknown') AS user_type, user_id, occurred_at AS moment
           FROM user_activity_metrics
          WHERE activity_type IN ('app_open', 'login')
            AND occurred_at > as_of - (SELECT 2 * max(span) FROM windows)
            AND occurred_at <= as_of
          UNION ALL
         SELECT coalesce(user_type, 'unknown'), user_id, (activity_date + 1)::timestamptz
           FROM user_activity_metrics
          WHERE activity_type IN ('app_open', 'login')
            AND occurred_at IS NULL
            AND activity_date >= (as_of - (SELECT 2 * max(span) FROM windows))::date
            AND activity_date < as_of::date
     ),
     users AS (
         SELECT w."window", a.user_type, a.user_id,
                bool_or(a.moment > as_of - w.span) AS active,
                bool_or(a.moment <= as_of - w.span) AS active_before
           FROM windows AS w
           JOIN activity AS a ON a.moment > as_of - 2 * w.span
          GROUP BY 1, 2, 3
     ),
     counts AS (
         SELECT "window", user_type,
                count(*) FILTER (WHERE u.active) AS users,
                count(*) FILTER (WHERE u.active_before) AS users_before
           FROM windows AS w
          CROSS JOIN (SELECT DISTINCT user_type FROM users) AS known
           LEFT JOIN users AS u USING ("window", user_type)
          GROUP BY 1, 2
     )
SELECT user_type, "window",
       users AS kpi_active_users,
       (users - users_before)::numeric / nullif(users_before, 0) AS kpi_active_users_growth_ratio
  FROM counts
