-- One row per author of pull requests that were opened in the chosen time, the most first: how long they waited for an
-- approval, or for a merge without one, and how often a review asked for changes, on average.
WITH opened AS (
         SELECT p.pr_author, p.changes_requested,
                CASE WHEN p.approved_at IS NULL AND p.review_time_hours IS NOT NULL
                     THEN p.review_time_hours * 3600
                     ELSE extract(epoch FROM least(p.approved_at, p.merged_at) - p.created_at)
                END AS seconds
           FROM pull_request_metrics AS p
          WHERE $__timeFilter(p.created_at)
     )
SELECT o.pr_author AS "Author",
       count(*) AS "Pull requests",
       avg(o.seconds) FILTER (WHERE o.seconds >= 0) AS "Review time",
       avg(o.changes_requested) AS "Changes requested"
  FROM opened AS o
 GROUP BY 1
 ORDER BY 2 DESC, 1
 LIMIT 50
