-- One row per CI build that ended, as a whole, and result: 1 for its own, 0 for the others, so that their counters exist
-- before the first failure. Branches that nothing is released from come and go, and are told as one.
-- every: 5m
-- cursor: finished_at
SELECT b.repo,
       CASE WHEN b.branch IN ('main', 'master') OR b.branch LIKE 'release%' THEN b.branch ELSE 'other' END AS branch,
       coalesce(b.workflow, 'unknown') AS workflow,
       r.result,
       b.finished_at,
       CASE WHEN b.status = r.result THEN 1 ELSE 0 END AS kpi_ci_builds_total
  FROM ci_builds AS b
 CROSS JOIN (VALUES ('success'), ('failure'), ('cancelled')) AS r (result)
 WHERE b.stage = 'build'
   AND b.status IN ('success', 'failure', 'cancelled')
