-- One row per deployment to production of the chosen time that failed, was rolled back or caused an incident, the newest
-- first.
SELECT d.finished_at AS "Ended",
       d.service AS "Service",
       CASE WHEN d.result = 'success' THEN 'caused an incident' ELSE replace(d.result, '_', ' ') END AS "Result",
       left(d.commit_sha, 8) AS "Commit",
       d.caused_incident_id AS "Incident",
       extract(epoch FROM i.resolved_at - i.started_at) AS "Restored after"
  FROM deployments AS d
  LEFT JOIN incidents AS i ON i.incident_id = d.caused_incident_id
 WHERE d.environment = 'production'
   AND (d.result IN ('failure', 'rolled_back') OR d.caused_incident_id IS NOT NULL)
   AND $__timeFilter(d.finished_at)
   AND d.service ~ '^(${service:regex})$'
 ORDER BY 1 DESC
 LIMIT 20
