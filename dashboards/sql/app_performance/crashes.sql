-- One row per place where the app crashed in the chosen time, the most frequent first.
SELECT coalesce(c.signature, 'unknown') AS signature,
       coalesce(c.device_os, 'unknown') AS device_os,
       count(*) AS crashes,
       count(DISTINCT c.device_id) AS devices,
       min(c.app_version) AS first_version,
       max(c.created_at) AS last
  FROM crash_reports AS c
 WHERE $__timeFilter(c.created_at)
 GROUP BY 1, 2
 ORDER BY crashes DESC, signature
 LIMIT 20
