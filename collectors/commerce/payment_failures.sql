-- One row per provider and window: the share of failed payments among those that failed or were completed.
SELECT coalesce(p.provider, 'unknown') AS provider,
       w."window",
       count(*) FILTER (WHERE p.status = 'failed')::numeric / count(*) AS kpi_payment_failure_ratio
  FROM payment_metrics AS p
  JOIN windows AS w ON p.payment_date > as_of - w.span
 WHERE p.status IN ('failed', 'completed')
   AND p.payment_date > as_of - (SELECT max(span) FROM windows)
   AND p.payment_date <= as_of
 GROUP BY 1, 2
