-- One row per scan or backup of a target that somebody tried in the last 90 days.
-- every: 5m
WITH checks AS (
         SELECT c.kind, c.target, c.finished_at, c.success,
                max(c.finished_at) FILTER (WHERE c.success) OVER (PARTITION BY c.kind, c.target) AS succeeded_at
           FROM recurring_checks AS c
          WHERE c.finished_at > as_of - interval '90 days'
            AND c.finished_at <= as_of
     )
SELECT kind, target,
       extract(epoch FROM max(succeeded_at)) AS kpi_recurring_check_success_timestamp_seconds,
       count(*) FILTER (WHERE finished_at > coalesce(succeeded_at, '-infinity')) AS kpi_recurring_check_failures
  FROM checks
 GROUP BY 1, 2
