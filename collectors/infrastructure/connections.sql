-- One row per database server that reported in the last hour: its newest connections.
SELECT DISTINCT ON (d.instance)
       d.instance AS database,
       d.active_connections AS kpi_db_connections_active,
       d.max_connections AS kpi_db_connections_max,
       d.active_connections::numeric / nullif(d.max_connections, 0) AS kpi_db_connection_pool_utilization_ratio
  FROM database_metrics AS d
 WHERE d.recorded_at > as_of - interval '1 hour'
   AND d.recorded_at <= as_of
 ORDER BY d.instance, d.recorded_at DESC
