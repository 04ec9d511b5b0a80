-- One row per operating system and statistic, over what devices reported in the last 5 minutes. The source counts in
-- MB of 1,048,576 bytes.
WITH memory AS (
         SELECT coalesce(m.device_os, 'unknown') AS device_os,
                avg(m.memory_usage_mb) AS mean,
                percentile_cont(0.95) WITHIN GROUP (ORDER BY m.memory_usage_mb) AS p95
           FROM mobile_metrics AS m
          WHERE m.metric_name = 'memory_usage'
            AND m.recorded_at > as_of - interval '5 minutes'
            AND m.recorded_at <= as_of
          GROUP BY 1
     )
SELECT m.device_os, s.statistic,
       s.megabytes * 1048576 AS kpi_app_memory_usage_bytes
  FROM memory AS m
 CROSS JOIN LATERAL (VALUES ('mean', m.mean), ('p95', m.p95)) AS s (statistic, megabytes)
