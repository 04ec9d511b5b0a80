-- One row per scan or backup of a target that somebody tried in the last 90 days. Its last success may be older.
-- every: 5m
WITH checks AS (
         SELECT c.kind, c.target, c.finished_at, c.success
           FROM recurring_checks AS c
          WHERE c.finished_at > as_of - interval '90 days'
            AND c.finished_at <= as_of
     ),
     targets AS (
         SELECT t.kind, t.target,
                (SELECT c.finished_at
                   FROM recurring_checks AS c
                  WHERE c.kind = t.kind
                    AND c.target = t.target
                    AND c.success
                    AND c.finished_at <= as_of
                  ORDER BY c.finished_at DESC
                  LIMIT 1) AS succeeded_at
           FROM (SELECT DISTINCT kind, target FROM checks) AS t
     )
SELECT kind, target,
       extract(epoch FROM t.succeeded_at) AS kpi_recurring_check_success_timestamp_seconds,
       count(*) FILTER (WHERE c.finished_at > coalesce(t.succeeded_at, '-infinity')) AS kpi_recurring_check_failures
  FROM targets AS t
  JOIN checks AS c USING (kind, target)
 GROUP BY 1, 2, t.succeeded_at
