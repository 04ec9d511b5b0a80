-- One row per severity, those without an alert included.
SELECT s.severity,
       sum(s.alerts) AS kpi_alerts_firing
  FROM (SELECT severity, 0 AS alerts
          FROM (VALUES ('critical'), ('warning'), ('info')) AS known (severity)
         UNION ALL
        SELECT coalesce(nullif(lower(e.severity), ''), 'unknown'), 1
          FROM alert_events AS e
         WHERE coalesce(e.resolved_at, 'infinity') > as_of
           AND e.started_at <= as_of) AS s
 GROUP BY 1
