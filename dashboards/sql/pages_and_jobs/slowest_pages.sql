-- One row per page: how it loaded in the chosen time, the slowest first.
SELECT coalesce(nullif(regexp_replace(p.page, '[?#].*', ''), ''), 'unknown') AS "Page",
       count(*) AS "Loads",
       percentile_cont(0.75) WITHIN GROUP (ORDER BY p.load_time_ms) / 1000 AS "Load time",
       percentile_cont(0.75) WITHIN GROUP (ORDER BY p.lcp_ms) / 1000 AS "LCP",
       percentile_cont(0.75) WITHIN GROUP (ORDER BY p.inp_ms) / 1000 AS "INP",
       percentile_cont(0.75) WITHIN GROUP (ORDER BY p.cls) AS "CLS"
  FROM page_loads AS p
 WHERE $__timeFilter(p.recorded_at)
 GROUP BY 1
 ORDER BY 3 DESC NULLS LAST, 1
 LIMIT 20
