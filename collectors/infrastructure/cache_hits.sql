-- One row per Redis server with lookups in the last hour. Its counters grow since its start: what a report adds is the
-- difference to the report before, or all of it where the counters began anew. A report up to an hour before the span
-- is where its first difference begins.
WITH reports AS (
         SELECT r.instance, r."time", r.keyspace_hits AS hits, r.keyspace_misses AS misses,
                lag(r.keyspace_hits) OVER before AS hits_before,
                lag(r.keyspace_misses) OVER before AS misses_before
           FROM redis_metrics AS r
          WHERE r."time" > as_of - interval '2 hours'
            AND r."time" <= as_of
            AND r.keyspace_hits IS NOT NULL
            AND r.keyspace_misses IS NOT NULL
         WINDOW before AS (PARTITION BY r.instance ORDER BY r."time")
     ),
     lookups AS (
         SELECT n.instance,
                CASE WHEN n.began_anew THEN n.hits ELSE n.hits - n.hits_before END AS hits,
                CASE WHEN n.began_anew THEN n.misses ELSE n.misses - n.misses_before END AS misses
           FROM (SELECT *, hits < hits_before OR misses < misses_before AS began_anew FROM reports) AS n
          WHERE n."time" > as_of - interval '1 hour'
            AND n.hits_before IS NOT NULL
     )
SELECT instance AS cache,
       sum(hits) / nullif(sum(hits) + sum(misses), 0) AS kpi_cache_hit_ratio
  FROM lookups
 GROUP BY 1
