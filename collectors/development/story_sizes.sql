-- One row per team and size of the stories in its current sprint. A story moves on to the next sprint when it is
-- carried over, so the sprint where it was before is not known.
-- every: 5m
-- history: false
WITH current_sprints AS (
         SELECT DISTINCT ON (s.project, s.team) s.project, s.team, s.sprint_id
           FROM sprint_metrics AS s
          WHERE s.starts_on > as_of::date - 364
            AND s.starts_on <= as_of::date
            AND (s.ends_on >= as_of::date OR s.ends_on IS NULL)
          ORDER BY s.project, s.team, s.sprint_number DESC
     )
SELECT project, team,
       coalesce(s.story_size, 'unknown') AS story_size,
       count(*) AS kpi_stories_by_size
  FROM current_sprints AS c
  JOIN story_metrics AS s USING (project, team, sprint_id)
 WHERE s.created_at <= as_of
   AND (s.cancelled_at > as_of OR s.cancelled_at IS NULL)
 GROUP BY 1, 2, 3
