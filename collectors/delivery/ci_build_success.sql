-- One row per repository, workflow and window with builds that succeeded or failed, as a whole.
-- every: 5m
SELECT b.repo,
       coalesce(b.workflow, 'unknown') AS workflow,
       w."window",
       count(*) FILTER (WHERE b.status = 'success')::numeric / count(*) AS kpi_ci_build_success_ratio
  FROM windows AS w
  JOIN ci_builds AS b ON b.finished_at > as_of - w.span AND b.finished_at <= as_of
 WHERE b.finished_at > as_of - (SELECT max(span) FROM windows)
   AND b.stage = 'build'
   AND b.status IN ('success', 'failure')
 GROUP BY 1, 2, 3
