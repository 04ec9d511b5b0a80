-- One row per service that was probed in the last 15 minutes.
SELECT p.service,
       count(*) FILTER (WHERE p.success)::numeric / count(*) AS kpi_service_recent_uptime_ratio,
       count(*) FILTER (WHERE NOT p.success) AS kpi_service_recent_failed_probes
  FROM uptime_probes AS p
 WHERE p.probed_at > as_of - interval '15 minutes'
   AND p.probed_at <= as_of
 GROUP BY 1
