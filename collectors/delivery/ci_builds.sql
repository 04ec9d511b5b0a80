-- One row per CI build that ended, as a whole. Branches that nothing is released from come and go, and are told as one.
-- every: 5m
-- cursor: finished_at
SELECT b.repo,
       CASE WHEN b.branch IN ('main', 'master') OR b.branch LIKE 'release%' THEN b.branch ELSE 'other' END AS branch,
       coalesce(b.workflow, 'unknown') AS workflow,
       b.status AS result,
       b.finished_at,
       1 AS kpi_ci_builds_total
  FROM ci_builds AS b
 WHERE b.stage = 'build'
   AND b.status IN ('success', 'failure', 'cancelled')
