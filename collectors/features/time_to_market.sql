-- One row per feature that was released.
-- every: 5m
-- cursor: released_at
-- settle: 1h
-- backfill: 90d
SELECT f.product, f.released_at,
       extract(epoch FROM f.released_at - f.started_at) AS kpi_time_to_market_seconds
  FROM features AS f
 WHERE f.started_at IS NOT NULL
