-- One row per service and severity: when its newest incident began, once somebody noticed it.
SELECT coalesce(i.service, 'unknown') AS service,
       lower(i.severity) AS severity,
       max(extract(epoch FROM i.started_at)) AS kpi_last_incident_timestamp_seconds
  FROM incidents AS i
 WHERE i.started_at > as_of - interval '90 days'
   AND coalesce(i.detected_at, i.started_at) <= as_of
 GROUP BY 1, 2
