-- One row per team and window: stories done in it for each person that one of them is assigned to.
-- every: 15m
-- windows: 7d, 30d
SELECT s.team, w."window",
       count(*)::numeric / nullif(count(DISTINCT s.assignee), 0) AS kpi_stories_completed_per_developer
  FROM windows AS w
  JOIN story_metrics AS s ON s.done_at > as_of - w.span AND s.done_at <= as_of
 WHERE lower(s.status) = 'done'
 GROUP BY 1, 2
