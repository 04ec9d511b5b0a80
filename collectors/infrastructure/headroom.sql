-- One row per resource and server: what the 95th percentile of its utilisation left in the last 7 days. Of several
-- disks it is the fullest one that counts. What is no share is passed over.
-- every: 15m
WITH busy AS (
         SELECT r.resource, s.server, s.mount, percentile_cont(0.95) WITHIN GROUP (ORDER BY r.used) AS p95
           FROM server_metrics AS s
          CROSS JOIN LATERAL (VALUES ('cpu', s.cpu_ratio), ('memory', s.memory_ratio), ('disk', s.disk_ratio))
             AS r (resource, used)
          WHERE s."time" > as_of - interval '7 days'
            AND s."time" <= as_of
            AND r.used BETWEEN 0 AND 1
          GROUP BY 1, 2, 3
     )
SELECT resource,
       server,
       1 - max(p95) AS kpi_resource_headroom_ratio
  FROM busy
 GROUP BY 1, 2
