-- One row per severity and window in which alerts ended. What nobody judged was no false alarm. When an
-- alert was judged is not known, so what was known in the past is not either.
-- every: 15m
-- history: false
-- windows: 30d, 90d
WITH ended AS (
         SELECT coalesce(nullif(lower(e.severity), ''), 'unknown') AS severity,
                e.resolved_at,
                coalesce(e.is_false_positive, false) AS was_false
           FROM alert_events AS e
          WHERE coalesce(e.resolved_at, 'infinity') > as_of - (SELECT max(span) FROM windows)
            AND coalesce(e.resolved_at, 'infinity') <= as_of
     )
SELECT e.severity, w."window",
       avg(e.was_false::int) AS kpi_alert_false_positive_ratio
  FROM windows AS w
  JOIN ended AS e ON e.resolved_at > as_of - w.span
 GROUP BY 1, 2
