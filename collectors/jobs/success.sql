-- One row per queue and window in which jobs ended: the share that succeeded. The hour is for alerts.
-- every: 5m
-- windows: 1h, 1d, 7d, 30d
SELECT j.queue, w."window",
       count(*) FILTER (WHERE j.status = 'succeeded')::numeric / count(*) AS kpi_background_job_success_ratio
  FROM jobs AS j
  JOIN windows AS w ON j.finished_at > as_of - w.span
 WHERE j.status IN ('succeeded', 'failed')
   AND j.finished_at > as_of - (SELECT max(span) FROM windows)
   AND j.finished_at <= as_of
 GROUP BY 1, 2
