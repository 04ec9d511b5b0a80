-- One row per HTTP request. The parameters of an address are cut off, in case the source records them.
-- cursor: time
SELECT a.service,
       coalesce(a.method, 'unknown') AS method,
       coalesce(split_part(a.route, '?', 1), 'unknown') AS route,
       coalesce(a.status_code::text, 'unknown') AS status,
       a."time",
       1 AS kpi_http_requests_total
  FROM api_metrics AS a
