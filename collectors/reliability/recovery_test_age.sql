-- One row per system whose recovery was tested with success. The results are given by people, as they knew at as_of.
-- every: 1h
SELECT coalesce(v.labels ->> 'system', 'unknown') AS system,
       min(extract(epoch FROM as_of - least((v.period_end + 1)::timestamptz, v.entered_at)))
       AS kpi_disaster_recovery_test_age_seconds
  FROM manual_metric_values AS v
 WHERE v.metric_id = 'kpi_disaster_recovery_rto_met_ratio'
   AND v.value > 0
   AND v.entered_at <= as_of
   AND (v.superseded_at IS NULL OR v.superseded_at > as_of)
 GROUP BY 1
