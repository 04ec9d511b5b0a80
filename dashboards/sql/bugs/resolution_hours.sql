-- One row per weekday and hour: the mean hours that the bugs of the chosen projects took which were resolved in it, in
-- the chosen time.
SELECT to_char(date '2024-01-01' + w.weekday - 1, 'Dy') AS "Weekday",
       to_char(h.hour, 'FM00') AS hour,
       avg(extract(epoch FROM b.resolved_at - b.created_at)) / 3600 AS hours
  FROM generate_series(1, 7) AS w (weekday)
 CROSS JOIN generate_series(0, 23) AS h (hour)
  LEFT JOIN bug_metrics AS b
    ON extract(isodow FROM b.resolved_at) = w.weekday
   AND extract(hour FROM b.resolved_at) = h.hour
   AND b.resolved_at >= b.created_at
   AND $__timeFilter(b.resolved_at)
   AND coalesce(b.project, 'unknown') ~ '^(${project:regex})$'
 GROUP BY w.weekday, h.hour
 ORDER BY w.weekday, h.hour
