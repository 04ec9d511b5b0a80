-- One row per server that reported in the last hour: the newest use of its processors and its memory. A row that tells
-- of a disk only is passed over.
SELECT DISTINCT ON (s.server)
       coalesce(s.service, 'unknown') AS service,
       s.server,
       s.cpu_ratio AS kpi_cpu_utilization_ratio,
       s.memory_ratio AS kpi_memory_utilization_ratio
  FROM server_metrics AS s
 WHERE s."time" > as_of - interval '1 hour'
   AND s."time" <= as_of
   AND (s.cpu_ratio IS NOT NULL OR s.memory_ratio IS NOT NULL)
 ORDER BY s.server, s."time" DESC
