-- One row per Redis server that reported in the last hour: its newest memory. The source counts in MB of 1,048,576
-- bytes.
SELECT DISTINCT ON (r.instance)
       r.instance AS cache,
       r.used_memory_mb * 1048576 AS kpi_redis_memory_used_bytes
  FROM redis_metrics AS r
 WHERE r."time" > as_of - interval '1 hour'
   AND r."time" <= as_of
 ORDER BY r.instance, r."time" DESC
