-- One row per region of the CDN with requests in the last hour. Each report counts as often as it had requests; one
-- that lacks a value is left out of that value alone.
SELECT c.region,
       sum(c.avg_response_time_ms * c.requests) / nullif(sum(c.requests) FILTER (
           WHERE c.avg_response_time_ms IS NOT NULL), 0) / 1000 AS kpi_cdn_response_time_seconds,
       sum(c.cache_hit_rate * c.requests) / nullif(sum(c.requests) FILTER (
           WHERE c.cache_hit_rate IS NOT NULL), 0) / 100 AS kpi_cdn_cache_hit_ratio,
       sum(c.error_rate * c.requests) / nullif(sum(c.requests) FILTER (
           WHERE c.error_rate IS NOT NULL), 0) / 100 AS kpi_cdn_error_ratio,
       round(sum(c.error_rate * c.requests) / 100) AS kpi_cdn_failed_requests
  FROM cdn_metrics AS c
 WHERE c.recorded_at > as_of - interval '1 hour'
   AND c.recorded_at <= as_of
 GROUP BY 1
