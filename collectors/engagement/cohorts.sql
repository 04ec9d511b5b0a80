-- One row per daily cohort of the last 90 days, once its day has ended.
-- every: 1h
SELECT to_char(r.cohort_date, 'YYYY-MM-DD') AS cohort,
       'day' AS period_unit,
       'all' AS user_type,
       r.cohort_size AS kpi_cohort_users
  FROM user_retention_metrics AS r
 WHERE r.cohort_date >= as_of::date - 90
   AND r.cohort_date < as_of::date
