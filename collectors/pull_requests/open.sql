-- One row per repository: its open pull requests, 0 where there are none. A repository counts that has an open one, or
-- one that was opened within 90 days. The state tells of those only that were closed nobody knows when.
-- every: 5m
WITH opened AS (
         SELECT p.repo
           FROM pull_request_metrics AS p
          WHERE p.created_at <= as_of
            AND (coalesce(p.closed_at, p.merged_at) > as_of
                 OR (coalesce(p.closed_at, p.merged_at) IS NULL AND lower(p.state) = 'open'))
     ),
     repos AS (
         SELECT repo FROM opened
          UNION
         SELECT p.repo
           FROM pull_request_metrics AS p
          WHERE p.created_at > as_of - interval '90 days'
            AND p.created_at <= as_of
     )
SELECT repo,
       count(o.repo) AS kpi_pull_requests_open
  FROM repos AS r
  LEFT JOIN opened AS o USING (repo)
 GROUP BY 1
