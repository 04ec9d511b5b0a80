-- One row per project and team with closed sprints; `age` counts them back from the newest. The trend compares 3 with
-- the 3 before, so it needs all six; predictability needs 3 of the six that had a plan.
-- every: 15m
WITH closed AS (
         SELECT s.project, s.team,
                s.story_points_completed AS completed,
                s.story_points_planned AS planned,
                row_number() OVER (PARTITION BY s.project, s.team ORDER BY s.sprint_number DESC) AS age
           FROM sprint_metrics AS s
          WHERE s.starts_on > as_of::date - 364
            AND s.starts_on <= as_of::date
            AND s.ends_on < as_of::date
     )
SELECT project, team,
       CASE WHEN max(age) >= 6
            THEN sum(completed) FILTER (WHERE age <= 3)
                 / nullif(sum(completed) FILTER (WHERE age BETWEEN 4 AND 6), 0) - 1
       END AS kpi_sprint_velocity_change_ratio,
       CASE WHEN count(*) FILTER (WHERE age <= 6 AND planned > 0) >= 3
            THEN avg(least(completed, planned) / planned) FILTER (WHERE age <= 6 AND planned > 0)
       END AS kpi_sprint_predictability_ratio
  FROM closed
 GROUP BY 1, 2
