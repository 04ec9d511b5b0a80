-- One row per sprint that has begun, the newest 13 of each team; 13 sprints of four weeks begin within 364 days. The
-- points of the open sprint are those of now, so what they were is not known.
-- every: 5m
-- history: false
WITH sprints AS (
         SELECT s.*,
                row_number() OVER (PARTITION BY s.project, s.team ORDER BY s.sprint_number DESC) AS age
           FROM sprint_metrics AS s
          WHERE s.starts_on > as_of::date - 364
            AND s.starts_on <= as_of::date
     )
SELECT project, team,
       sprint_number::text AS sprint,
       story_points_completed AS kpi_sprint_velocity_points,
       story_points_planned AS kpi_sprint_planned_points,
       story_points_completed / nullif(story_points_planned, 0) AS kpi_sprint_completion_ratio
  FROM sprints
 WHERE age <= 13
