-- One row per place where the app crashed in the chosen time, the most frequent first.
SELECT coalesce(c.signature, 'unknown') AS "Place",
       coalesce(c.device_os, 'unknown') AS "System",
       count(*) AS "Crashes",
       count(DISTINCT c.device_id) AS "Devices",
       count(DISTINCT c.app_version) AS "Versions",
       max(c.created_at) AS "Last"
  FROM crash_reports AS c
 WHERE $__timeFilter(c.created_at)
 GROUP BY 1, 2
 ORDER BY 3 DESC, 1, 2
 LIMIT 20
