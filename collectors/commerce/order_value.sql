-- One row per currency and window: the mean of completed payments. Currencies are never mixed.
SELECT p.currency,
       w."window",
       avg(p.payment_amount) AS kpi_average_order_value_amount
  FROM payment_metrics AS p
  JOIN windows AS w ON p.payment_date > as_of - w.span
 WHERE p.status = 'completed'
   AND p.payment_date > as_of - (SELECT max(span) FROM windows)
   AND p.payment_date <= as_of
 GROUP BY 1, 2
