-- One row per service and window in which a failure began: an incident of severity critical or high. Failures that
-- overlap are one stretch of time in failure; a stretch counts as far as it lies in the window, an open one until as_of.
-- every: 5m
-- windows: 30d, 90d
WITH known AS (
         SELECT coalesce(i.service, 'unknown') AS service,
                i.started_at,
                greatest(least(coalesce(i.resolved_at, as_of), as_of), i.started_at) AS until
           FROM incidents AS i
          WHERE i.kind = 'reliability'
            AND lower(i.severity) IN ('critical', 'high')
            AND coalesce(i.resolved_at, 'infinity') > as_of - (SELECT max(span) FROM windows)
            AND coalesce(i.detected_at, i.started_at) <= as_of
            AND i.started_at <= as_of
     ),
     failures AS (
         SELECT w."window", k.service, k.until,
                extract(epoch FROM as_of - (as_of - w.span)) AS seconds,
                greatest(k.started_at, as_of - w.span) AS since,
                k.started_at > as_of - w.span AS began_in_it
           FROM windows AS w
           JOIN known AS k ON k.until > as_of - w.span
     ),
     in_order AS (
         SELECT f.*,
                max(until) OVER (PARTITION BY "window", service ORDER BY since, until
                                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS former_until
           FROM failures AS f
     )
SELECT service, "window",
       (seconds
        - sum(extract(epoch FROM greatest(until - greatest(since, former_until), interval '0'))))
       / nullif(count(*) FILTER (WHERE began_in_it), 0) AS kpi_mean_time_between_failures_seconds
  FROM in_order
 GROUP BY 1, 2, seconds
