-- One row per payment attempt. It is read five minutes late, when most pending payments have got their result.
-- cursor: payment_date
-- settle: 5m
SELECT p.status,
       p.currency,
       p.payment_date,
       p.payment_amount AS kpi_payments_amount_total
  FROM payment_metrics AS p
