-- One row per open pull request, the oldest first.
SELECT p.repo AS "Repository",
       p.pr_id AS "Pull request",
       p.created_at AS "Opened",
       p.first_review_at AS "First review",
       p.changes_requested AS "Changes requested"
  FROM pull_request_metrics AS p
 WHERE p.closed_at IS NULL
   AND p.merged_at IS NULL
   AND lower(p.state) = 'open'
 ORDER BY p.created_at
 LIMIT 20
