-- One row per service that was probed in the window, and window.
-- windows: 15m, 1d, 7d, 30d
SELECT p.service, w."window",
       count(*) FILTER (WHERE p.success)::numeric / count(*) AS kpi_service_uptime_ratio,
       count(*) FILTER (WHERE NOT p.success) AS kpi_service_failed_probes
  FROM windows AS w
  JOIN uptime_probes AS p ON p.probed_at > as_of - w.span AND p.probed_at <= as_of
 GROUP BY 1, 2
