-- One row per incident, when somebody took it. Whoever took it at once may have done so before it was noticed by the
-- clock of another: that is no time, and no fault of the source. It is read half an hour late, for trackers that are
-- copied now and then.
-- every: 5m
-- cursor: acknowledged_at
-- settle: 30m
-- backfill: 30d
SELECT coalesce(i.service, 'unknown') AS service,
       lower(i.severity) AS severity,
       i.acknowledged_at,
       extract(epoch FROM i.acknowledged_at - coalesce(i.detected_at, i.started_at)) AS kpi_incident_acknowledge_time_seconds
  FROM incidents AS i
 WHERE i.kind = 'reliability'
   AND i.acknowledged_at >= coalesce(i.detected_at, i.started_at)
