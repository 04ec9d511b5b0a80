-- One row per provider and window: the failed payments, and their share of those that failed or were completed.
-- The two hours are for alerts.
-- windows: 2h, 1d, 7d, 30d
SELECT coalesce(p.provider, 'unknown') AS provider,
       w."window",
       count(*) FILTER (WHERE p.status = 'failed') AS kpi_payments_failed,
       count(*) FILTER (WHERE p.status = 'failed')::numeric / count(*) AS kpi_payment_failure_ratio
  FROM payment_metrics AS p
  JOIN windows AS w ON p.payment_date > as_of - w.span
 WHERE p.status IN ('failed', 'completed')
   AND p.payment_date > as_of - (SELECT max(span) FROM windows)
   AND p.payment_date <= as_of
 GROUP BY 1, 2
