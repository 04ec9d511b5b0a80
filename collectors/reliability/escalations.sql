-- One row per escalated incident, when it reached its present level. The table keeps no other, so one that is escalated
-- again before it is read counts at the level that it reached last, and never at those before. It is read half an hour
-- late, for trackers that are copied now and then.
-- every: 5m
-- cursor: escalated_at
-- settle: 30m
-- backfill: 30d
SELECT coalesce(i.service, 'unknown') AS service,
       i.escalation_level AS level,
       i.escalated_at,
       1 AS kpi_incident_escalations_total
  FROM incidents AS i
 WHERE i.kind = 'reliability'
   AND i.escalation_level > 0
