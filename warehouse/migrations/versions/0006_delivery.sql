-- Delivery: deployments and CI builds.

-- One row per deployment of a service to an environment. A rollback is no row of its own: it ends the row as
-- rolled_back.
CREATE TABLE deployments (
    deployment_id      text PRIMARY KEY,     -- number of the deployment
    service            text NOT NULL,        -- the service
    environment        text NOT NULL,        -- production, staging, …
    commit_sha         text,                 -- the commit that was deployed; never a label
    oldest_commit_at   timestamptz,          -- time of the oldest commit that came with it
    started_at         timestamptz NOT NULL, -- when it began
    finished_at        timestamptz,          -- when it ended; NULL while it runs
    result             text NOT NULL,        -- success, failure or rolled_back; running until it is finished
    is_automated       boolean,              -- whether no step was done by hand; NULL where nobody knows
    caused_incident_id text,                 -- the incident that it caused
    rolled_back_at     timestamptz,          -- when it was rolled back
    restored_at        timestamptz           -- when the service was well again
);
ALTER TABLE deployments
    ADD CHECK (result IN ('running', 'success', 'failure', 'rolled_back')),
    ADD CHECK ((result = 'running') = (finished_at IS NULL));
CREATE INDEX deployments_time_idx ON deployments (environment, finished_at);
CREATE INDEX deployments_finished_idx ON deployments (finished_at);
CREATE INDEX deployments_commit_idx ON deployments (service, environment, commit_sha, finished_at);
CREATE INDEX deployments_incident_idx ON deployments (caused_incident_id) WHERE caused_incident_id IS NOT NULL;

-- One row per CI build, and one per stage of it that is looked at by itself.
CREATE TABLE ci_builds (
    build_id    text PRIMARY KEY,              -- number of the build, with the stage
    repo        text NOT NULL,                 -- the repository
    branch      text NOT NULL,                 -- the branch
    workflow    text,                          -- the workflow or pipeline
    stage       text NOT NULL DEFAULT 'build', -- build for the whole of it, or test, security_scan, performance_test
    status      text NOT NULL,                 -- queued, running, success, failure or cancelled
    queued_at   timestamptz,                   -- when it was asked for
    started_at  timestamptz NOT NULL,          -- when it began
    finished_at timestamptz                    -- when it ended; NULL while it runs
);
CREATE INDEX ci_builds_finished_idx ON ci_builds (finished_at);
CREATE INDEX ci_builds_branch_idx ON ci_builds (repo, branch, finished_at);
