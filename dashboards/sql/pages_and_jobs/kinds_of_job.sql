-- One row per kind of job that ended in the chosen time, the most failures first.
SELECT j.queue AS "Queue",
       j.job_type AS "Job",
       count(*) AS "Ended",
       count(*) FILTER (WHERE j.status = 'failed') AS "Failed",
       percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM j.started_at - j.enqueued_at)) AS "Wait p95",
       percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM j.finished_at - j.started_at)) AS "Duration p95"
  FROM jobs AS j
 WHERE $__timeFilter(j.finished_at)
   AND j.status IN ('succeeded', 'failed')
 GROUP BY 1, 2
 ORDER BY 4 DESC, 3 DESC, 1, 2
 LIMIT 20
