-- One row per server that reported in the last hour: its newest mean response time.
SELECT DISTINCT ON (s.server)
       s.server,
       s.avg_response_time / 1000 AS kpi_server_response_time_seconds
  FROM server_metrics AS s
 WHERE s."time" > as_of - interval '1 hour'
   AND s."time" <= as_of
   AND s.avg_response_time IS NOT NULL
 ORDER BY s.server, s."time" DESC, s.mount
