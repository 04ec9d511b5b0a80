-- One row per provider and reason: payments that failed in the chosen time, the most frequent first.
SELECT coalesce(p.provider, 'unknown') AS provider,
       coalesce(p.failure_code, 'unknown') AS reason,
       count(*) AS payments,
       max(p.payment_date) AS last
  FROM payment_metrics AS p
 WHERE p.status = 'failed'
   AND $__timeFilter(p.payment_date)
 GROUP BY 1, 2
 ORDER BY payments DESC, provider, reason
 LIMIT 50
