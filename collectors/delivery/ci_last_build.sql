-- One row per repository, workflow and branch that is released from: whether the newest build that ended succeeded.
-- Nobody tells when a release branch is given up: one that was not built for a week is.
SELECT DISTINCT ON (b.repo, b.branch, coalesce(b.workflow, 'unknown'))
       b.repo, b.branch,
       coalesce(b.workflow, 'unknown') AS workflow,
       (b.status = 'success')::int AS kpi_ci_build_last_success
  FROM ci_builds AS b
 WHERE b.stage = 'build'
   AND b.status IN ('success', 'failure')
   AND (b.branch IN ('main', 'master')
        OR b.branch LIKE 'release%' AND b.finished_at > as_of - interval '7 days')
   AND b.finished_at > as_of - interval '30 days'
   AND b.finished_at <= as_of
 ORDER BY b.repo, b.branch, coalesce(b.workflow, 'unknown'), b.finished_at DESC, b.started_at DESC, b.build_id DESC
