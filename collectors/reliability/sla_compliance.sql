-- One row per service, kind of objective and window: how many of the 5-minute slots before as_of, of those with probes
-- or requests, met every target of that kind.
-- every: 15m
WITH spans AS (
         SELECT "window", as_of - span AS since, extract(epoch FROM as_of - (as_of - span)) AS seconds
           FROM windows
     ),
     longest AS (
         SELECT min(since) AS since
           FROM spans
     ),
     probed AS (
         SELECT p.service,
                floor(extract(epoch FROM as_of - p.probed_at) / 300) AS slot,
                avg(p.success::int) AS answered
           FROM longest AS l
           JOIN uptime_probes AS p ON p.probed_at > l.since AND p.probed_at <= as_of
          GROUP BY 1, 2
     ),
     requested AS (
         SELECT t.slo_id,
                floor(extract(epoch FROM as_of - a."time") / 300) AS slot,
                avg(CASE WHEN t.sli = 'latency' THEN a.response_time_ms <= 1000 * t.threshold_seconds
                         ELSE coalesce(a.status_code, 0) < 500
                    END::int) AS good
           FROM longest AS l
           JOIN slo_targets AS t ON t.sli IN ('latency', 'error_rate') AND t.agreed_at <= as_of
           JOIN api_metrics AS a ON a.service = t.service AND a."time" > l.since AND a."time" <= as_of
          GROUP BY 1, 2
     ),
     slots AS (
         SELECT t.service, t.sli, p.slot, p.answered >= t.objective AS met
           FROM slo_targets AS t
           JOIN probed AS p ON p.service = t.service
          WHERE t.sli = 'availability'
            AND t.agreed_at <= as_of
          UNION ALL
         SELECT t.service, t.sli, r.slot, r.good >= t.objective
           FROM slo_targets AS t
           JOIN requested AS r ON r.slo_id = t.slo_id
     ),
     judged AS (
         SELECT service, sli, slot, bool_and(met) AS met
           FROM slots
          WHERE met IS NOT NULL
          GROUP BY 1, 2, 3
     )
SELECT j.service, j.sli AS sla, s."window",
       avg(j.met::int) AS kpi_sla_compliance_ratio
  FROM spans AS s
  JOIN judged AS j ON j.slot * 300 < s.seconds
 GROUP BY 1, 2, 3
