-- One row per window: sessions for each user, and the share of mobile ones, over complete days.
-- every: 15m
SELECT w."window",
       count(*)::numeric / count(DISTINCT s.user_id) AS kpi_sessions_per_user,
       count(*) FILTER (WHERE lower(s.platform) IN ('ios', 'android', 'mobile'))::numeric / count(*)
       AS kpi_mobile_session_ratio
  FROM user_session_metrics AS s
  JOIN windows AS w ON s.session_date >= (as_of - w.span)::date
 WHERE s.session_date >= (as_of - (SELECT max(span) FROM windows))::date
   AND s.session_date < as_of::date
 GROUP BY 1
