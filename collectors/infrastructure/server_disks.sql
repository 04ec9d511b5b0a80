-- One row per server and disk that reported in the last hour: the newest use of the disk. What
-- is no share is passed over.
SELECT DISTINCT ON (s.server, s.mount)
       s.server,
       s.mount,
       s.disk_ratio AS kpi_disk_utilization_ratio
  FROM server_metrics AS s
 WHERE s."time" > as_of - interval '1 hour'
   AND s."time" <= as_of
   AND s.disk_ratio BETWEEN 0 AND 1
 ORDER BY s.server, s.mount, s."time" DESC
