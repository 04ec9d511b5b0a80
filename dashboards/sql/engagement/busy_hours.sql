-- One row per weekday and hour: users who were active in that hour, on average over the whole hours of the chosen time.
WITH span AS (
         SELECT date_trunc('hour', $__timeFrom()::timestamptz + interval '1 hour' - interval '1 microsecond') AS first,
                date_trunc('hour', $__timeTo()::timestamptz) AS last
     ),
     times AS (
         SELECT extract(isodow FROM moment) AS weekday, extract(hour FROM moment) AS hour, count(*) AS times
           FROM span AS s
          CROSS JOIN generate_series(s.first, s.last - interval '1 hour', interval '1 hour') AS moment
          GROUP BY 1, 2
     ),
     active AS (
         SELECT extract(isodow FROM a.occurred_at) AS weekday,
                extract(hour FROM a.occurred_at) AS hour,
                count(DISTINCT (date_trunc('hour', a.occurred_at), a.user_id)) AS users
           FROM span AS s
           JOIN user_activity_metrics AS a ON a.occurred_at >= s.first AND a.occurred_at < s.last
          GROUP BY 1, 2
     )
SELECT to_char(date '2024-01-01' + w.weekday::int - 1, 'Dy') AS "Weekday",
       to_char(h.hour, 'FM00') AS hour,
       round(CASE WHEN t.times > 0 THEN coalesce(a.users, 0)::numeric / t.times END) AS users
  FROM (SELECT DISTINCT weekday FROM times) AS w
 CROSS JOIN generate_series(0, 23) AS h (hour)
  LEFT JOIN times AS t ON t.weekday = w.weekday AND t.hour = h.hour
  LEFT JOIN active AS a ON a.weekday = w.weekday AND a.hour = h.hour
 ORDER BY w.weekday, h.hour
