-- One row per daily cohort of the last 90 days and day after the sign-up, once that day has ended. The source keeps
-- percent, and does not tell user types apart.
-- every: 1h
SELECT to_char(r.cohort_date, 'YYYY-MM-DD') AS cohort,
       'day' AS period_unit,
       periods.day::text AS period,
       'all' AS user_type,
       periods.percent / 100 AS kpi_user_retention_ratio
  FROM user_retention_metrics AS r
 CROSS JOIN LATERAL (VALUES (1, r.retention_day_1), (7, r.retention_day_7), (30, r.retention_day_30))
            AS periods (day, percent)
 WHERE r.cohort_date >= as_of::date - 90
   AND r.cohort_date < as_of::date
   AND r.cohort_date + periods.day < as_of::date
   AND r.cohort_size > 0
