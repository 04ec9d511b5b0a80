-- One row per repository and window: how often reviews asked for changes, on average over the pull requests that were
-- closed in it. What was merged counts as closed then, where the source does not tell when it was.
-- every: 5m
SELECT p.repo, w."window",
       avg(p.changes_requested) AS kpi_pull_request_changes_requested_mean
  FROM windows AS w
  JOIN pull_request_metrics AS p
    ON coalesce(p.closed_at, p.merged_at) > as_of - w.span
   AND coalesce(p.closed_at, p.merged_at) <= as_of
 GROUP BY 1, 2
