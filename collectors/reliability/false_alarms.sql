-- One row per severity and window in which alerts ended. What nobody judged was no false alarm.
-- every: 15m
-- windows: 30d, 90d
SELECT coalesce(nullif(lower(e.severity), ''), 'unknown') AS severity, w."window",
       avg(coalesce(e.is_false_positive, false)::int) AS kpi_alert_false_positive_ratio
  FROM windows AS w
  JOIN alert_events AS e ON coalesce(e.resolved_at, 'infinity') > as_of - w.span
                        AND coalesce(e.resolved_at, 'infinity') <= as_of
 GROUP BY 1, 2
