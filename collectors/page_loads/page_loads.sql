-- One row per page load. The parameters of an address are cut off, and what was not measured, or is below 0, is left
-- out.
-- cursor: recorded_at
SELECT split_part(p.page, '?', 1) AS page,
       p.recorded_at,
       CASE WHEN p.load_time_ms >= 0 THEN p.load_time_ms / 1000 END AS kpi_page_load_duration_seconds,
       CASE WHEN p.lcp_ms >= 0 THEN p.lcp_ms / 1000 END AS kpi_web_vitals_lcp_seconds,
       CASE WHEN p.inp_ms >= 0 THEN p.inp_ms / 1000 END AS kpi_web_vitals_inp_seconds,
       CASE WHEN p.cls >= 0 THEN p.cls END AS kpi_web_vitals_cls_score
  FROM page_loads AS p
