-- One row per crash report. Crashes are rare, so the first run goes back far enough to find each version.
-- cursor: created_at
-- backfill: 30d
SELECT coalesce(c.device_os, 'unknown') AS device_os,
       coalesce(c.app_version, 'unknown') AS app_version,
       c.is_fatal::text AS fatal,
       c.created_at,
       1 AS kpi_app_crashes_total
  FROM crash_reports AS c
