-- One row per incident that was open in the chosen time, the newest first.
SELECT i.started_at AS "Began",
       i.incident_id AS "Incident",
       coalesce(i.service, 'unknown') AS "Service",
       lower(i.severity) AS "Severity",
       extract(epoch FROM i.detected_at - i.started_at) AS "Noticed after",
       extract(epoch FROM i.acknowledged_at - coalesce(i.detected_at, i.started_at)) AS "Taken after",
       extract(epoch FROM i.resolved_at - i.started_at) AS "Lasted",
       i.escalation_level AS "Escalated to"
  FROM incidents AS i
 WHERE i.kind = 'reliability'
   AND i.started_at <= $__timeTo()
   AND coalesce(i.resolved_at, 'infinity') >= $__timeFrom()
   AND coalesce(i.service, 'unknown') ~ '^(${service:regex})$'
 ORDER BY 1 DESC, 2
 LIMIT 50
