-- One row for the process deployment, over the last 30 days of production; no value where nobody knows what was done by
-- hand.
-- every: 1h
SELECT 'deployment' AS process,
       count(*) FILTER (WHERE d.is_automated)::numeric / nullif(count(d.is_automated), 0)
       AS kpi_process_automation_ratio
  FROM deployments AS d
 WHERE d.environment = 'production'
   AND d.finished_at > as_of - interval '30 days'
   AND d.finished_at <= as_of
