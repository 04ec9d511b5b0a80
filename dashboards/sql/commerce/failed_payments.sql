-- One row per provider and reason: payments that failed in the chosen time, the most frequent first.
SELECT coalesce(p.provider, 'unknown') AS "Provider",
       coalesce(p.failure_code, 'unknown') AS "Reason",
       count(*) AS "Payments",
       max(p.payment_date) AS "Last"
  FROM payment_metrics AS p
 WHERE p.status = 'failed'
   AND $__timeFilter(p.payment_date)
 GROUP BY 1, 2
 ORDER BY 3 DESC, 1, 2
 LIMIT 50
