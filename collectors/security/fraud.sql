-- One row per action: the scored payments of the last day that reach its threshold, whatever became of them.
-- every: 5m
SELECT a.action,
       count(*) FILTER (WHERE p.fraud_score >= a.threshold)::numeric / count(*) AS kpi_payment_fraud_flagged_ratio,
       count(*) FILTER (WHERE p.fraud_score >= a.threshold) AS kpi_payments_fraud_flagged
  FROM payment_metrics AS p
 CROSS JOIN (VALUES ('review', 70), ('risk', 85), ('block', 95)) AS a (action, threshold)
 WHERE p.fraud_score IS NOT NULL
   AND p.payment_date > as_of - interval '1 day'
   AND p.payment_date <= as_of
 GROUP BY 1
