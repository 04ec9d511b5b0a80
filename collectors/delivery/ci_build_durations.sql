-- One row per CI build that succeeded or failed, as a whole.
-- every: 5m
-- cursor: finished_at
SELECT b.repo,
       coalesce(b.workflow, 'unknown') AS workflow,
       b.finished_at,
       extract(epoch FROM b.finished_at - b.started_at) AS kpi_ci_build_duration_seconds
  FROM ci_builds AS b
 WHERE b.stage = 'build'
   AND b.status IN ('success', 'failure')
