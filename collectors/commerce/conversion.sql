-- One row per window: distinct users who paid for each distinct user who viewed, over the same complete days.
-- every: 5m
-- timeout: 30s
WITH days AS (
         SELECT w."window", (as_of - w.span)::date AS first_day, as_of::date AS end_day
           FROM windows AS w
     ),
     viewers AS (
         SELECT d."window", count(DISTINCT v.user_id) AS users
           FROM days AS d
           JOIN story_view_metrics AS v ON v.view_date >= d.first_day AND v.view_date < d.end_day
          GROUP BY 1
     ),
     payers AS (
         SELECT d."window", count(DISTINCT p.user_id) AS users
           FROM days AS d
           JOIN payment_metrics AS p ON p.payment_date >= d.first_day AND p.payment_date < d.end_day
          WHERE p.status = 'completed'
          GROUP BY 1
     )
SELECT "window",
       coalesce(p.users, 0)::numeric / v.users AS kpi_conversion_ratio
  FROM viewers AS v
  LEFT JOIN payers AS p USING ("window")
