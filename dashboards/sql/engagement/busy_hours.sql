-- One row per weekday and hour: users who were active then, on an average day of the chosen time.
WITH days AS (
         SELECT generate_series($__timeFrom()::timestamptz::date, $__timeTo()::timestamptz::date, '1 day') AS day
     ),
     weekdays AS (
         SELECT extract(isodow FROM d.day) AS number, to_char(min(d.day), 'Dy') AS weekday, count(*) AS days
           FROM days AS d
          GROUP BY 1
     ),
     active AS (
         SELECT extract(isodow FROM a.occurred_at) AS number,
                extract(hour FROM a.occurred_at) AS hour,
                count(DISTINCT (a.activity_date, a.user_id)) AS users
           FROM user_activity_metrics AS a
          WHERE $__timeFilter(a.occurred_at)
          GROUP BY 1, 2
     )
SELECT w.weekday AS "Weekday",
       to_char(h.hour, 'FM00') AS hour,
       round(coalesce(a.users, 0)::numeric / w.days) AS users
  FROM weekdays AS w
 CROSS JOIN generate_series(0, 23) AS h (hour)
  LEFT JOIN active AS a ON a.number = w.number AND a.hour = h.hour
 ORDER BY w.number, h.hour
