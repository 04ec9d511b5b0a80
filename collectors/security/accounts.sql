-- One row per kind of user: the share of the accounts in use that have a second factor.
-- every: 1h
SELECT u.user_type,
       count(*) FILTER (WHERE u.mfa_enabled_at <= as_of)::numeric / count(*) AS kpi_mfa_enabled_ratio
  FROM users AS u
 WHERE u.created_at <= as_of
   AND (u.deactivated_at IS NULL OR u.deactivated_at > as_of)
 GROUP BY 1
