-- One row per service, kind of objective and window: how many of the 5-minute slots before as_of, of those with probes
-- or requests, met every target of that kind. Requests are read once for each threshold of their service, not for each of
-- its targets; date_part numbers the slots exactly, and in half the time that extract takes for its decimals.
-- every: 1h
-- timeout: 60s
WITH spans AS (
         SELECT "window", as_of - span AS since, extract(epoch FROM as_of - (as_of - span)) AS seconds
           FROM windows
     ),
     longest AS (
         SELECT min(since) AS since
           FROM spans
     ),
     targets AS (
         SELECT t.service, t.sli, t.objective, 1000 * t.threshold_seconds AS milliseconds
           FROM slo_targets AS t
          WHERE t.agreed_at <= as_of
     ),
     thresholds AS (
         SELECT DISTINCT t.service, l.milliseconds
           FROM targets AS t
           LEFT JOIN targets AS l ON l.service = t.service AND l.sli = 'latency'
          WHERE t.sli IN ('latency', 'error_rate')
     ),
     probed AS (
         SELECT p.service,
                floor(date_part('epoch', as_of - p.probed_at) / 300) AS slot,
                count(*) FILTER (WHERE p.success)::numeric / count(*) AS good
           FROM longest AS l
           JOIN uptime_probes AS p ON p.probed_at > l.since AND p.probed_at <= as_of
          GROUP BY 1, 2
     ),
     requested AS (
         SELECT a.service, t.milliseconds,
                floor(date_part('epoch', as_of - a."time") / 300) AS slot,
                count(*) FILTER (WHERE a.response_time_ms <= t.milliseconds)::numeric / count(*) AS fast,
                count(*) FILTER (WHERE coalesce(a.status_code, 0) < 500)::numeric / count(*) AS answered
           FROM longest AS l
           JOIN api_metrics AS a ON a."time" > l.since AND a."time" <= as_of
           JOIN thresholds AS t ON t.service = a.service
          GROUP BY 1, 2, 3
     ),
     slots AS (
         SELECT t.service, t.sli, p.slot, p.good >= t.objective AS met
           FROM targets AS t
           JOIN probed AS p ON p.service = t.service
          WHERE t.sli = 'availability'
          UNION ALL
         SELECT t.service, t.sli, r.slot, CASE t.sli WHEN 'latency' THEN r.fast ELSE r.answered END >= t.objective
           FROM targets AS t
           JOIN requested AS r ON r.service = t.service
          WHERE t.sli = 'error_rate'
             OR t.sli = 'latency' AND r.milliseconds = t.milliseconds
     ),
     judged AS (
         SELECT service, sli, slot, bool_and(met) AS met
           FROM slots
          GROUP BY 1, 2, 3
     )
SELECT j.service, j.sli AS sla, s."window",
       avg(j.met::int) AS kpi_sla_compliance_ratio
  FROM spans AS s
  JOIN judged AS j ON j.slot * 300 < s.seconds
 GROUP BY 1, 2, 3
