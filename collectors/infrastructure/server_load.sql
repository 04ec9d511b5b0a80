-- One row per server that reported in the last hour: the newest use of its processors, and of its memory, that it told.
-- What is no share is passed over, and so is a row that tells of a disk only. Of several rows of a moment, one that
-- names its service comes first, then the order of the disks decides.
WITH loads AS (
         SELECT s.server, s.service,
                CASE WHEN s.cpu_ratio BETWEEN 0 AND 1 THEN s.cpu_ratio END AS cpu,
                CASE WHEN s.memory_ratio BETWEEN 0 AND 1 THEN s.memory_ratio END AS memory,
                row_number() OVER (ORDER BY s."time" DESC, s.service NULLS LAST, s.mount) AS age
           FROM server_metrics AS s
          WHERE s."time" > as_of - interval '1 hour'
            AND s."time" <= as_of
     )
SELECT coalesce((array_agg(service ORDER BY age))[1], 'unknown') AS service,
       server,
       (array_agg(cpu ORDER BY age) FILTER (WHERE cpu IS NOT NULL))[1] AS kpi_cpu_utilization_ratio,
       (array_agg(memory ORDER BY age) FILTER (WHERE memory IS NOT NULL))[1] AS kpi_memory_utilization_ratio
  FROM loads
 WHERE cpu IS NOT NULL
    OR memory IS NOT NULL
 GROUP BY server
