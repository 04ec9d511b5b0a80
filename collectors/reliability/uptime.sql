-- One row per service that was probed in the window, and window. These are all probes of a month: what has to be known
-- at once is told by recent_uptime.sql.
-- every: 5m
SELECT p.service, w."window",
       count(*) FILTER (WHERE p.success)::numeric / count(*) AS kpi_service_uptime_ratio,
       count(*) FILTER (WHERE NOT p.success) AS kpi_service_failed_probes
  FROM windows AS w
  JOIN uptime_probes AS p ON p.probed_at > as_of - w.span AND p.probed_at <= as_of
 GROUP BY 1, 2
