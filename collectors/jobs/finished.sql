-- One row per job that ended; one that succeeded adds 0 to the failed ones, so that their counter exists before the
-- first failure, and the other way round.
-- cursor: finished_at
SELECT j.queue, j.job_type, r.result,
       j.finished_at,
       CASE WHEN j.status = r.result THEN 1 ELSE 0 END AS kpi_background_jobs_total
  FROM jobs AS j
 CROSS JOIN (VALUES ('succeeded'), ('failed')) AS r (result)
 WHERE j.status IN ('succeeded', 'failed')
