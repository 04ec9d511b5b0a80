-- One row per report of a database server: the slow queries since the report before.
-- every: 5m
-- cursor: recorded_at
SELECT d.instance AS database,
       d.recorded_at,
       d.slow_queries AS kpi_db_slow_queries_total
  FROM database_metrics AS d
