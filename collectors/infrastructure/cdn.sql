-- One row per region of the CDN with requests in the last hour. Each report counts as often as it had requests; one
-- that lacks a value, or tells a percentage that is none, is left out of that value alone.
WITH reports AS (
         SELECT c.region, c.requests,
                c.avg_response_time_ms AS milliseconds,
                CASE WHEN c.cache_hit_rate BETWEEN 0 AND 100 THEN c.cache_hit_rate END AS hits,
                CASE WHEN c.error_rate BETWEEN 0 AND 100 THEN c.error_rate END AS errors
           FROM cdn_metrics AS c
          WHERE c.recorded_at > as_of - interval '1 hour'
            AND c.recorded_at <= as_of
     )
SELECT region,
       sum(milliseconds * requests) / nullif(sum(requests) FILTER (WHERE milliseconds IS NOT NULL), 0) / 1000
       AS kpi_cdn_response_time_seconds,
       sum(hits * requests) / nullif(sum(requests) FILTER (WHERE hits IS NOT NULL), 0) / 100
       AS kpi_cdn_cache_hit_ratio,
       sum(errors * requests) / nullif(sum(requests) FILTER (WHERE errors IS NOT NULL), 0) / 100
       AS kpi_cdn_error_ratio,
       round(sum(errors * requests) / 100) AS kpi_cdn_failed_requests
  FROM reports
 GROUP BY 1
