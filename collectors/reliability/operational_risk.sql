-- One row per service that is probed or has an objective: 100 when it is at risk, otherwise 0. A day burnt its budget
-- too fast when the share of probes that failed is above what the strictest objective for availability allows.
-- every: 5m
WITH promised AS (
         SELECT t.service, max(t.objective) FILTER (WHERE t.sli = 'availability') AS objective
           FROM slo_targets AS t
          WHERE t.agreed_at <= as_of
          GROUP BY 1
     ),
     probed AS (
         SELECT p.service, avg(p.success::int) AS uptime
           FROM uptime_probes AS p
          WHERE p.probed_at > as_of - interval '1 day'
            AND p.probed_at <= as_of
          GROUP BY 1
     ),
     services AS (
         SELECT service, coalesce(uptime < objective, false) AS burns
           FROM promised
           FULL JOIN probed USING (service)
     )
SELECT s.service,
       CASE WHEN s.burns
              OR EXISTS (SELECT FROM incidents AS i
                          WHERE i.service = s.service
                            AND lower(i.severity) = 'critical'
                            AND coalesce(i.resolved_at, 'infinity') > as_of
                            AND coalesce(i.detected_at, i.started_at) <= as_of)
              OR EXISTS (SELECT FROM vulnerabilities AS v
                          WHERE v.asset = s.service
                            AND lower(v.severity) = 'critical'
                            AND v.discovered_at <= as_of
                            AND coalesce(v.fixed_at, 'infinity') > as_of
                            AND coalesce(v.accepted_at, 'infinity') > as_of)
            THEN 100
            ELSE 0
       END AS kpi_operational_risk_score
  FROM services AS s
