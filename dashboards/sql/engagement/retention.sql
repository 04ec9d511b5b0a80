-- One row per daily cohort: the share of its users who were back on the 1st, 7th and 30th day after.
SELECT r.cohort_date::timestamptz AS "time",
       r.retention_day_1 / 100 AS "day 1",
       r.retention_day_7 / 100 AS "day 7",
       r.retention_day_30 / 100 AS "day 30"
  FROM user_retention_metrics AS r
 WHERE $__timeFilter(r.cohort_date::timestamptz)
 ORDER BY 1
