-- One row per project, team and window: the stories that were done in it, 0 where there were none. A team counts that
-- finished a story within 90 days.
-- every: 5m
-- windows: 7d, 30d
WITH done AS (
         SELECT s.project, s.team, s.done_at
           FROM story_metrics AS s
          WHERE s.done_at > as_of - interval '90 days'
            AND s.done_at <= as_of
            AND lower(s.status) = 'done'
     )
SELECT d.project, d.team, w."window",
       count(*) FILTER (WHERE d.done_at > as_of - w.span) AS kpi_stories_completed
  FROM windows AS w
 CROSS JOIN done AS d
 GROUP BY 1, 2, 3
