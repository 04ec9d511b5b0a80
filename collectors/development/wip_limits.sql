-- One row per team with limits: the share of its limited columns that hold no more stories than they may. A team has
-- one board for all its projects. Which stories are in progress is decided as in work_in_progress.sql.
-- every: 5m
WITH stories AS (
         SELECT s.team, latest.state
           FROM story_metrics AS s
          CROSS JOIN LATERAL (
                    SELECT steps.state
                      FROM (VALUES (1, 'in development', s.started_at),
                                   (2, 'in review', s.in_review_at),
                                   (3, 'in qa', s.in_qa_at)) AS steps (place, state, since)
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
     limits AS (
         SELECT DISTINCT ON (1, 2) l.team, lower(l.column_name) AS state, l.limit_value
           FROM wip_limits AS l
          WHERE l.set_at <= as_of
            AND lower(l.column_name) IN ('in development', 'in review', 'in qa')
          ORDER BY 1, 2, l.set_at DESC
     ),
     columns AS (
         SELECT team, state, l.limit_value, count(s.team) AS stories
           FROM limits AS l
           LEFT JOIN stories AS s USING (team, state)
          GROUP BY 1, 2, 3
     )
SELECT team,
       avg((stories <= limit_value)::int) AS kpi_wip_limit_compliance_ratio
  FROM columns
 GROUP BY 1
