-- One row per day on which sprints of the chosen teams begin: the points planned and done in them, and those that came
-- after the start.
SELECT s.starts_on::timestamptz AS "time",
       sum(s.story_points_planned) AS planned,
       sum(s.story_points_completed) AS done,
       sum(s.story_points_added) AS added
  FROM sprint_metrics AS s
 WHERE $__timeFilter(s.starts_on::timestamptz)
   AND s.project ~ '^(${project:regex})$'
   AND s.team ~ '^(${team:regex})$'
 GROUP BY 1
 ORDER BY 1
