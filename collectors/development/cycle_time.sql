-- One row per story that was done. It is read an hour late, for trackers that are copied every hour.
-- every: 5m
-- cursor: done_at
-- settle: 1h
-- backfill: 30d
WITH stories AS (
         SELECT s.project, s.team, s.done_at,
                coalesce(extract(epoch FROM s.done_at - s.started_at), s.cycle_time_hours * 3600) AS seconds
           FROM story_metrics AS s
          WHERE lower(s.status) = 'done'
     )
SELECT project, team, done_at,
       seconds AS kpi_story_cycle_time_seconds
  FROM stories
 WHERE seconds IS NOT NULL
