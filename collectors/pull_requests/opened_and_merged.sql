-- One row per repository and window: the pull requests that were opened and those that were merged in it, 0 where
-- there were none. A repository counts that had one opened or merged within 90 days, or has one that is open.
-- every: 5m
WITH moments AS (
         SELECT p.repo, p.created_at AS opened, NULL::timestamptz AS merged
           FROM pull_request_metrics AS p
          WHERE p.created_at > as_of - interval '90 days'
            AND p.created_at <= as_of
          UNION ALL
         SELECT p.repo, NULL, p.merged_at
           FROM pull_request_metrics AS p
          WHERE p.merged_at > as_of - interval '90 days'
            AND p.merged_at <= as_of
          UNION ALL
         SELECT p.repo, NULL, NULL
           FROM pull_request_metrics AS p
          WHERE p.created_at <= as_of
            AND (coalesce(p.closed_at, p.merged_at) > as_of
                 OR (coalesce(p.closed_at, p.merged_at) IS NULL AND lower(p.state) = 'open'))
     )
SELECT m.repo, w."window",
       count(*) FILTER (WHERE m.opened > as_of - w.span) AS kpi_pull_requests_opened,
       count(*) FILTER (WHERE m.merged > as_of - w.span) AS kpi_pull_requests_merged
  FROM windows AS w
 CROSS JOIN moments AS m
 GROUP BY 1, 2
