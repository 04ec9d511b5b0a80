-- One row per HTTP request; those that were let through add 0, so that the counter exists before the first rejection.
-- cursor: time
SELECT a.service,
       coalesce(a.client_class, 'unknown') AS client_class,
       a."time",
       CASE WHEN a.status_code = 429 THEN 1 ELSE 0 END AS kpi_http_requests_throttled_total
  FROM api_metrics AS a
