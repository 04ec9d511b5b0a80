-- One row per payment attempt. It is read five minutes late, when most pending payments have got their result.
-- cursor: payment_date
-- settle: 5m
SELECT p.status,
       coalesce(p.provider, 'unknown') AS provider,
       p.payment_date,
       1 AS kpi_payments_total
  FROM payment_metrics AS p
