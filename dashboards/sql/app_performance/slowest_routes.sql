-- One row per route of a service: how long its answers took in the chosen time, the slowest first.
SELECT a.service,
       coalesce(a.method, 'unknown') AS method,
       coalesce(split_part(a.route, '?', 1), 'unknown') AS route,
       count(*) AS requests,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY a.response_time_ms) / 1000 AS p50,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY a.response_time_ms) / 1000 AS p95,
       count(*) FILTER (WHERE a.status_code >= 500)::numeric / count(*) AS errors
  FROM api_metrics AS a
 WHERE $__timeFilter(a."time")
   AND a.service ~ '^(${service:regex})$'
 GROUP BY 1, 2, 3
 ORDER BY p95 DESC, requests DESC
 LIMIT 20
