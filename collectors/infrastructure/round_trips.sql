-- One row per probe that was answered.
-- every: 5m
-- cursor: probed_at
SELECT coalesce(p.probe, 'unknown') AS source,
       p.service AS target,
       p.probed_at,
       p.latency_ms / 1000 AS kpi_network_round_trip_seconds
  FROM uptime_probes AS p
 WHERE p.success
   AND p.latency_ms IS NOT NULL
