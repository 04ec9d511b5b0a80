-- Infrastructure: what servers, databases, caches and the CDN report.

-- One row per server, disk and moment.
CREATE TABLE server_metrics (
    "time"            timestamptz NOT NULL,     -- when it was measured
    server            text NOT NULL,            -- the server
    service           text,                     -- the service that runs on it
    avg_response_time numeric(12,3),            -- mean response time, milliseconds
    cpu_ratio         numeric(6,5),             -- used share of the processors, 0 to 1
    memory_ratio      numeric(6,5),             -- used share of the memory, 0 to 1
    disk_ratio        numeric(6,5),             -- used share of the disk, 0 to 1
    mount             text NOT NULL DEFAULT '/' -- where the disk is mounted
);
ALTER TABLE server_metrics ADD PRIMARY KEY ("time", server, mount);
CREATE INDEX server_metrics_server_idx ON server_metrics (server, "time" DESC);

-- One row per database server and moment.
CREATE TABLE database_metrics (
    recorded_at        timestamptz NOT NULL,       -- when it was measured
    instance           text NOT NULL,              -- the database server
    active_connections integer NOT NULL,           -- connections in use
    max_connections    integer NOT NULL,           -- connections that it allows
    slow_queries       integer NOT NULL DEFAULT 0  -- queries over the threshold since the row before
);
ALTER TABLE database_metrics ADD PRIMARY KEY (recorded_at, instance);
CREATE INDEX database_metrics_instance_idx ON database_metrics (instance, recorded_at DESC);

-- One row per Redis server and moment.
CREATE TABLE redis_metrics (
    "time"          timestamptz NOT NULL,   -- when it was measured
    instance        text NOT NULL,          -- the Redis server
    used_memory_mb  numeric(12,3) NOT NULL, -- memory in MB of 1,048,576 bytes
    keyspace_hits   bigint,                 -- lookups that found a key, since the server started
    keyspace_misses bigint                  -- lookups that found none, since the server started
);
ALTER TABLE redis_metrics ADD PRIMARY KEY ("time", instance);
CREATE INDEX redis_metrics_instance_idx ON redis_metrics (instance, "time" DESC);

-- One row per region of the CDN and span of time.
CREATE TABLE cdn_metrics (
    recorded_at          timestamptz NOT NULL,      -- end of the span
    region               text NOT NULL,             -- the region
    requests             bigint NOT NULL DEFAULT 0, -- requests in the span
    avg_response_time_ms numeric(12,3),             -- their mean response time, milliseconds
    cache_hit_rate       numeric(6,3),              -- percent that the cache answered
    error_rate           numeric(6,3)               -- percent that failed
);
ALTER TABLE cdn_metrics ADD PRIMARY KEY (recorded_at, region);
