-- One row per repository and window: how often reviews asked for changes, on average over the pull requests that were
-- closed in it.
-- every: 5m
SELECT p.repo, w."window",
       avg(p.changes_requested) AS kpi_pull_request_changes_requested_mean
  FROM windows AS w
  JOIN pull_request_metrics AS p ON p.closed_at > as_of - w.span AND p.closed_at <= as_of
 GROUP BY 1, 2
