-- One row per session. A day is read an hour after its end, when late sessions have arrived.
-- every: 15m
-- cursor: session_date
-- settle: 1h
-- backfill: 30d
SELECT lower(coalesce(s.platform, 'unknown')) AS platform,
       s.session_date,
       s.session_duration_minutes * 60 AS kpi_session_duration_seconds
  FROM user_session_metrics AS s
