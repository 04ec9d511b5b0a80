-- One row per pull request, when it was first approved, or merged without. What the source computed counts where it
-- does not tell when. It is read an hour late, for sources that are copied every hour.
-- every: 5m
-- cursor: reviewed_at
-- settle: 1h
-- backfill: 30d
WITH reviewed AS (
         SELECT p.repo,
                least(p.approved_at, p.merged_at) AS reviewed_at,
                CASE WHEN p.approved_at IS NULL AND p.review_time_hours IS NOT NULL
                     THEN p.review_time_hours * 3600
                     ELSE extract(epoch FROM least(p.approved_at, p.merged_at) - p.created_at)
                END AS seconds
           FROM pull_request_metrics AS p
     )
SELECT repo, reviewed_at,
       seconds AS kpi_pull_request_review_time_seconds
  FROM reviewed
