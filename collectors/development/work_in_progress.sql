-- One row per project, team and state: the stories that are in it, 0 where there are none. The moments of a story tell
-- where it was, except that one which went back to work since was always in development, as far as they know. One that
-- has no end counts while its status is in progress, so what went back to the backlog never was. A team counts that has
-- a story in progress, or finished one within 90 days.
-- every: 5m
WITH stories AS (
         SELECT s.project, s.team, latest.state
           FROM story_metrics AS s
          CROSS JOIN LATERAL (
                    SELECT steps.state
                      FROM (VALUES (1, 'In Development', s.started_at),
                                   (2, 'In Review', s.in_review_at),
                                   (3, 'In QA', s.in_qa_at)) AS steps (place, state, since)
                     WHERE steps.since <= as_of
                     ORDER BY steps.since DESC, steps.place DESC
                     LIMIT 1
                ) AS latest
          WHERE s.started_at <= as_of
            AND (s.done_at > as_of OR s.done_at IS NULL)
            AND (s.cancelled_at > as_of OR s.cancelled_at IS NULL)
            AND (s.done_at IS NOT NULL OR s.cancelled_at IS NOT NULL
                 OR lower(s.status) IN ('in development', 'in review', 'in qa'))
     ),
     teams AS (
         SELECT project, team FROM stories
          UNION
         SELECT s.project, s.team
           FROM story_metrics AS s
          WHERE s.done_at > as_of - interval '90 days'
            AND s.done_at <= as_of
     )
SELECT project, team, state,
       count(s.state) AS kpi_stories_in_progress
  FROM teams AS t
 CROSS JOIN (VALUES ('In Development'), ('In Review'), ('In QA')) AS states (state)
  LEFT JOIN stories AS s USING (project, team, state)
 GROUP BY 1, 2, 3
