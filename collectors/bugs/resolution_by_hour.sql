-- One row per ISO weekday and hour, in the time zone of the source, in which bugs of the last 30 days were resolved.
-- every: 15m
SELECT extract(isodow FROM b.resolved_at)::int AS day_of_week,
       extract(hour FROM b.resolved_at)::int AS hour,
       avg(extract(epoch FROM b.resolved_at - b.created_at)) AS kpi_bug_resolution_time_mean_seconds
  FROM bug_metrics AS b
 WHERE b.resolved_at > as_of - interval '30 days'
   AND b.resolved_at <= as_of
   AND b.resolved_at >= b.created_at
 GROUP BY 1, 2
