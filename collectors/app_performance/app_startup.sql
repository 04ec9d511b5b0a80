-- One row per start of the app that a device reported.
-- cursor: recorded_at
SELECT coalesce(m.device_os, 'unknown') AS device_os,
       coalesce(m.app_version, 'unknown') AS app_version,
       m.recorded_at,
       m.startup_time_ms / 1000 AS kpi_app_startup_duration_seconds
  FROM mobile_metrics AS m
 WHERE m.metric_name = 'app_startup'
   AND m.startup_time_ms IS NOT NULL
