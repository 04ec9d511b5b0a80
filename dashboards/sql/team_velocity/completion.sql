-- One row per day on which sprints of the chosen teams begin: points done of those planned, over all these teams.
SELECT s.starts_on::timestamptz AS "time",
       sum(s.story_points_completed) / nullif(sum(s.story_points_planned), 0) AS completion
  FROM sprint_metrics AS s
 WHERE $__timeFilter(s.starts_on::timestamptz)
   AND s.project ~ '^(${project:regex})$'
   AND s.team ~ '^(${team:regex})$'
 GROUP BY 1
 ORDER BY 1
