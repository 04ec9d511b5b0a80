-- One row per page load. What follows the path of an address, parameters or a fragment, may be any text and is cut off.
-- cursor: recorded_at
SELECT coalesce(nullif(regexp_replace(p.page, '[?#].*', ''), ''), 'unknown') AS page,
       p.recorded_at,
       p.load_time_ms / 1000 AS kpi_page_load_duration_seconds,
       p.lcp_ms / 1000 AS kpi_web_vitals_lcp_seconds,
       p.inp_ms / 1000 AS kpi_web_vitals_inp_seconds,
       p.cls AS kpi_web_vitals_cls_score
  FROM page_loads AS p
