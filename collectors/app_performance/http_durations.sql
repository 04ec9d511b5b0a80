-- One row per HTTP request. The parameters of an address are cut off, in case the source records them.
-- cursor: time
SELECT a.service,
       coalesce(a.method, 'unknown') AS method,
       coalesce(split_part(a.route, '?', 1), 'unknown') AS route,
       a."time",
       a.response_time_ms / 1000 AS kpi_http_request_duration_seconds
  FROM api_metrics AS a
