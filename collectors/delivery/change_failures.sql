-- One row per service and window with deployments to production. A deployment fails from the moment when it is rolled
-- back, or when the incident that it caused is noticed.
-- every: 5m
WITH finished AS (
         SELECT d.service, d.finished_at,
                d.result = 'rolled_back' AND coalesce(d.rolled_back_at, d.finished_at) <= as_of
                OR d.caused_incident_id IS NOT NULL
                   AND coalesce(i.detected_at, i.started_at, d.finished_at) <= as_of AS has_failed
           FROM deployments AS d
           LEFT JOIN incidents AS i ON i.incident_id = d.caused_incident_id
          WHERE d.environment = 'production'
            AND d.finished_at > as_of - (SELECT max(span) FROM windows)
            AND d.finished_at <= as_of
     )
SELECT f.service, w."window",
       count(*) FILTER (WHERE f.has_failed)::numeric / count(*) AS kpi_change_failure_ratio
  FROM windows AS w
  JOIN finished AS f ON f.finished_at > as_of - w.span
 GROUP BY 1, 2
