-- One row per window with releases: the share of the features released in it whose deployment was rolled back within
-- 7 days. The deployment tells when; one that only says that it was, was so at its end.
-- every: 15m
-- windows: 30d, 90d
WITH released AS (
         SELECT w."window", f.released_at,
                CASE WHEN d.result = 'rolled_back' THEN coalesce(d.rolled_back_at, d.finished_at) END AS rolled_back_at
           FROM windows AS w
           JOIN features AS f ON f.released_at > as_of - w.span AND f.released_at <= as_of
           JOIN deployments AS d USING (deployment_id)
     )
SELECT "window",
       avg(coalesce(rolled_back_at <= as_of AND rolled_back_at <= released_at + interval '7 days', false)::int)
           AS kpi_feature_releases_with_rollback_ratio
  FROM released
 GROUP BY 1
