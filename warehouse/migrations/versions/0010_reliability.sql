-- Reliability: incidents, probes, objectives.

-- One row per incident, from the moment that somebody or something noticed it.
CREATE TABLE incidents (
    incident_id      text PRIMARY KEY,                    -- number of the incident
    service          text,                                -- the service
    severity         text NOT NULL,                       -- critical, high, medium or low, in any case
    kind             text NOT NULL DEFAULT 'reliability', -- reliability or security
    started_at       timestamptz NOT NULL,                -- when the trouble began
    detected_at      timestamptz,                         -- when somebody or something noticed; NULL for at once
    acknowledged_at  timestamptz,                         -- when somebody took it
    resolved_at      timestamptz,                         -- when the service was well again; NULL until then
    escalation_level integer NOT NULL DEFAULT 0,          -- how far it was escalated
    escalated_at     timestamptz                          -- when it last was
);
CREATE INDEX incidents_started_idx ON incidents (started_at);
CREATE INDEX incidents_resolved_idx ON incidents (resolved_at);
CREATE INDEX incidents_open_idx ON incidents (started_at) WHERE resolved_at IS NULL;
CREATE INDEX incidents_noticed_idx ON incidents (coalesce(detected_at, started_at));
CREATE INDEX incidents_acknowledged_idx ON incidents (acknowledged_at);
CREATE INDEX incidents_escalated_idx ON incidents (escalated_at);
CREATE INDEX incidents_span_idx ON incidents (coalesce(resolved_at, 'infinity'), coalesce(detected_at, started_at));

-- One row per probe of a service from outside.
CREATE TABLE uptime_probes (
    service    text NOT NULL,          -- the service
    probed_at  timestamptz NOT NULL,   -- when it was probed
    success    boolean NOT NULL,       -- whether it answered
    latency_ms numeric(12,3),          -- round trip, milliseconds
    probe      text                    -- where the probe came from
);
ALTER TABLE uptime_probes ADD PRIMARY KEY (service, probed_at);
CREATE INDEX uptime_probes_time_idx ON uptime_probes (probed_at);

-- One row per objective that was promised.
CREATE TABLE slo_targets (
    slo_id            text PRIMARY KEY,          -- name of the objective
    service           text NOT NULL,             -- the service
    sli               text NOT NULL,             -- availability, latency or error_rate
    objective         numeric(8,7) NOT NULL,     -- share of good events that is promised, 0 to 1
    threshold_seconds numeric(10,4),             -- for latency: what counts as fast enough
    window_days       integer NOT NULL DEFAULT 30, -- days that it is promised for
    agreed_at         timestamptz NOT NULL       -- since when it is promised
);
ALTER TABLE slo_targets
    ADD CHECK (sli IN ('availability', 'latency', 'error_rate')),
    ADD CHECK (objective > 0 AND objective < 1),
    ADD CHECK (window_days > 0);
CREATE INDEX slo_targets_agreed_idx ON slo_targets (agreed_at);

-- What came of alerts is read as metrics, too.
CREATE INDEX alert_events_span_idx ON alert_events (coalesce(resolved_at, 'infinity'), started_at);
