-- One row per objective: what was promised, and the share of good probes or requests in the chosen time.
WITH probed AS (
         SELECT p.service, avg(p.success::int) AS good
           FROM uptime_probes AS p
          WHERE $__timeFilter(p.probed_at)
          GROUP BY 1
     ),
     requested AS (
         SELECT t.slo_id,
                avg(CASE WHEN t.sli = 'latency' THEN a.response_time_ms <= 1000 * t.threshold_seconds
                         ELSE coalesce(a.status_code, 0) < 500
                    END::int) AS good
           FROM slo_targets AS t
           JOIN api_metrics AS a ON a.service = t.service AND $__timeFilter(a."time")
          WHERE t.sli IN ('latency', 'error_rate')
          GROUP BY 1
     )
SELECT t.service AS "Service",
       replace(t.sli, '_', ' ') AS "Kind",
       t.threshold_seconds AS "Fast enough",
       t.objective AS "Target",
       coalesce(p.good, r.good) AS "Current",
       (1 - coalesce(p.good, r.good)) / (1 - t.objective) AS "Budget used"
  FROM slo_targets AS t
  LEFT JOIN probed AS p ON p.service = t.service AND t.sli = 'availability'
  LEFT JOIN requested AS r ON r.slo_id = t.slo_id
 WHERE t.service ~ '^(${service:regex})$'
 ORDER BY 6 DESC NULLS LAST, 1, 2
