-- One row per currency, product category and window: the sum of completed payments. What sold in the longest window
-- but not in a shorter one has 0 there.
SELECT p.currency,
       coalesce(p.category, 'unknown') AS category,
       w."window",
       coalesce(sum(p.payment_amount) FILTER (WHERE p.payment_date > as_of - w.span), 0) AS kpi_revenue_amount
  FROM payment_metrics AS p
 CROSS JOIN windows AS w
 WHERE p.status = 'completed'
   AND p.payment_date > as_of - (SELECT max(span) FROM windows)
   AND p.payment_date <= as_of
 GROUP BY 1, 2, 3
