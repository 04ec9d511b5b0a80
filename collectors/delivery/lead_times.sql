-- One row per change that reached users in production: from its oldest commit to the end of its deployment. Where the
-- same commit had reached them before, it is no change.
-- every: 5m
-- cursor: finished_at
-- backfill: 30d
SELECT d.service, d.finished_at,
       extract(epoch FROM d.finished_at - d.oldest_commit_at) AS kpi_lead_time_for_changes_seconds
  FROM deployments AS d
 WHERE d.environment = 'production'
   AND d.result IN ('success', 'rolled_back')
   AND d.oldest_commit_at IS NOT NULL
   AND NOT EXISTS (
           SELECT
             FROM deployments AS earlier
            WHERE earlier.service = d.service
              AND earlier.environment = d.environment
              AND earlier.commit_sha = d.commit_sha
              AND earlier.result IN ('success', 'rolled_back')
              AND (earlier.finished_at, earlier.deployment_id) < (d.finished_at, d.deployment_id)
       )
