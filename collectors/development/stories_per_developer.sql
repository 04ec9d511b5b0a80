-- One row per team and window: stories done in it for each person that one of them is assigned to. No window is longer
-- than 30 days.
-- every: 15m
-- windows: 7d, 30d
WITH done AS (
         SELECT s.team, s.assignee, s.done_at
           FROM story_metrics AS s
          WHERE s.done_at > as_of - interval '30 days'
            AND s.done_at <= as_of
            AND lower(s.status) = 'done'
     )
SELECT d.team, w."window",
       count(*)::numeric / nullif(count(DISTINCT d.assignee), 0) AS kpi_stories_completed_per_developer
  FROM windows AS w
  JOIN done AS d ON d.done_at > as_of - w.span
 GROUP BY 1, 2
