-- One row per route of a service: how long its answers took in the chosen time, the slowest first.
SELECT a.service AS "Service",
       coalesce(a.method, 'unknown') AS "Method",
       coalesce(split_part(a.route, '?', 1), 'unknown') AS "Route",
       count(*) AS "Requests",
       percentile_cont(0.5) WITHIN GROUP (ORDER BY a.response_time_ms) / 1000 AS p50,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY a.response_time_ms) / 1000 AS p95,
       count(*) FILTER (WHERE a.status_code >= 500)::numeric / count(*) AS "Errors"
  FROM api_metrics AS a
 WHERE $__timeFilter(a."time")
   AND a.service ~ '^(${service:regex})$'
 GROUP BY 1, 2, 3
 ORDER BY p95 DESC, 4 DESC
 LIMIT 20
