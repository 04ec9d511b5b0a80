-- One row per value that was given in the chosen time, the newest first; corrections and withdrawals are rows, too.
SELECT v.entered_at AS "Given",
       v.metric_id AS "Metric",
       (SELECT string_agg(l.key || '=' || l.value, ', ' ORDER BY l.key) FROM jsonb_each_text(v.labels) AS l) AS "Labels",
       v.period_start::text AS "From",
       v.period_end::text AS "To",
       v.value AS "Value",
       CASE WHEN v.value IS NULL THEN 'withdrawal'
            WHEN v.superseded_at IS NULL THEN 'in force' ELSE 'superseded' END AS "State",
       v.note AS "Note"
  FROM manual_metric_values AS v
 WHERE $__timeFilter(v.entered_at)
 ORDER BY v.entered_at DESC, v.id DESC
 LIMIT 200
