-- One row per service: when its newest deployment to production ended.
SELECT d.service,
       max(extract(epoch FROM d.finished_at)) AS kpi_last_deployment_timestamp_seconds
  FROM deployments AS d
 WHERE d.environment = 'production'
   AND d.finished_at > as_of - interval '90 days'
   AND d.finished_at <= as_of
 GROUP BY 1
