-- One row per queue that got a job in the last 30 days, or has one that still waits.
SELECT j.queue,
       count(*) FILTER (WHERE s.waits) AS kpi_background_jobs_queued,
       coalesce(extract(epoch FROM as_of - min(j.enqueued_at) FILTER (WHERE s.waits)), 0)
         AS kpi_background_jobs_oldest_wait_seconds
  FROM jobs AS j
 CROSS JOIN LATERAL (SELECT coalesce(least(j.started_at, j.finished_at), 'infinity') > as_of AS waits) AS s
 WHERE j.enqueued_at <= as_of
   AND (j.enqueued_at > as_of - interval '30 days' OR s.waits)
 GROUP BY 1
