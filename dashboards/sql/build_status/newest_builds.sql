-- One row per repository, branch and workflow that was built in the chosen time: its newest build that ended, what
-- failed first.
WITH newest AS (
         SELECT DISTINCT ON (b.repo, b.branch, b.workflow)
                b.repo, b.branch, b.workflow, b.status, b.started_at, b.finished_at
           FROM ci_builds AS b
          WHERE b.stage = 'build'
            AND $__timeFilter(b.finished_at)
          ORDER BY b.repo, b.branch, b.workflow, b.finished_at DESC, b.started_at DESC, b.build_id DESC
     )
SELECT n.repo AS "Repository",
       n.branch AS "Branch",
       coalesce(n.workflow, 'unknown') AS "Workflow",
       n.status AS "Result",
       n.finished_at AS "Ended",
       extract(epoch FROM n.finished_at - n.started_at) AS "Duration"
  FROM newest AS n
 ORDER BY n.status <> 'failure', n.finished_at DESC
 LIMIT 30
