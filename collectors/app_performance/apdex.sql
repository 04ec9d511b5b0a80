-- One row per service with requests in the last 5 minutes. A request scores 1 when it took at most T = 0.5 s, a half
-- when it took at most 4T, and 0 when it took longer or failed.
WITH scores AS (
         SELECT a.service,
                avg(CASE WHEN a.status_code >= 500 THEN 0
                         WHEN a.response_time_ms <= 500 THEN 1
                         WHEN a.response_time_ms <= 2000 THEN 0.5
                         ELSE 0
                    END) AS apdex
           FROM api_metrics AS a
          WHERE a."time" > as_of - interval '5 minutes'
            AND a."time" <= as_of
          GROUP BY 1
     )
SELECT service,
       apdex AS kpi_apdex_score,
       100 * apdex AS kpi_performance_score
  FROM scores
