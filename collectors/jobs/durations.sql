-- One row per job that ended.
-- cursor: finished_at
SELECT j.queue, j.job_type,
       j.finished_at,
       extract(epoch FROM j.finished_at - j.started_at) AS kpi_background_job_duration_seconds
  FROM jobs AS j
 WHERE j.status IN ('succeeded', 'failed')
   AND j.started_at IS NOT NULL
