-- One row per service and severity that had an incident in the last 90 days, or has an open one. An incident is there
-- once somebody noticed it.
WITH known AS (
         SELECT coalesce(i.service, 'unknown') AS service,
                lower(i.severity) AS severity,
                i.started_at,
                coalesce(i.resolved_at, 'infinity') > as_of AS is_open,
                coalesce(i.acknowledged_at, 'infinity') > as_of AS is_untaken
           FROM incidents AS i
          WHERE i.kind = 'reliability'
            AND coalesce(i.resolved_at, 'infinity') > as_of - interval '90 days'
            AND coalesce(i.detected_at, i.started_at) <= as_of
     )
SELECT service, severity,
       count(*) FILTER (WHERE is_open) AS kpi_incidents_open,
       count(*) FILTER (WHERE is_open AND is_untaken) AS kpi_incidents_unacknowledged,
       coalesce(extract(epoch FROM as_of - min(started_at) FILTER (WHERE is_open)), 0)
       AS kpi_oldest_open_incident_age_seconds
  FROM known
 GROUP BY 1, 2
