-- Security: vulnerabilities, reviews of access, training, controls.

-- One row per vulnerability of an asset.
CREATE TABLE vulnerabilities (
    vulnerability_id text PRIMARY KEY,             -- number of the finding
    asset            text NOT NULL,                -- what is vulnerable; never a label
    source           text NOT NULL DEFAULT 'scan', -- scan, pentest, bounty, …
    severity         text NOT NULL,                -- critical, high, medium or low, in any case
    status           text NOT NULL,                -- open, fixed or accepted
    discovered_at    timestamptz NOT NULL,         -- when it was found
    fixed_at         timestamptz,                  -- when it was fixed; NULL until then
    accepted_at      timestamptz,                  -- when the risk was accepted instead
    patch_due_at     timestamptz                   -- until when it has to be fixed
);
CREATE INDEX vulnerabilities_discovered_idx ON vulnerabilities (discovered_at);
CREATE INDEX vulnerabilities_fixed_idx ON vulnerabilities (fixed_at);
CREATE INDEX vulnerabilities_due_idx ON vulnerabilities (patch_due_at);

-- One row per review of who may access a system.
CREATE TABLE access_reviews (
    review_id    text PRIMARY KEY,     -- number of the review
    system_name  text NOT NULL,        -- the system
    due_at       timestamptz NOT NULL, -- until when it has to be done
    completed_at timestamptz           -- when it was done; NULL until then
);
CREATE INDEX access_reviews_due_idx ON access_reviews (due_at);
CREATE INDEX access_reviews_completed_idx ON access_reviews (completed_at);

-- One row per training that a person has to take.
CREATE TABLE training_assignments (
    assignment_id text PRIMARY KEY,                 -- number of the assignment
    course        text NOT NULL,                    -- the course
    category      text NOT NULL DEFAULT 'security', -- kind of training
    person_ref    text NOT NULL,                    -- who has to take it; never a label
    due_at        timestamptz,                      -- until when
    completed_at  timestamptz                       -- when it was taken; NULL until then
);
CREATE INDEX training_assignments_due_idx ON training_assignments (category, due_at);
CREATE INDEX training_assignments_completed_idx ON training_assignments (completed_at);

-- One row per control of a framework that has been assessed. A new assessment is a new row.
CREATE TABLE compliance_controls (
    control_id       text NOT NULL,              -- number of the control in the framework
    framework        text NOT NULL,              -- the framework, such as ISO 27001
    status           text NOT NULL,              -- passing, failing or not_applicable
    last_assessed_at timestamptz NOT NULL        -- when it was assessed
);
ALTER TABLE compliance_controls ADD PRIMARY KEY (framework, control_id, last_assessed_at);
CREATE INDEX compliance_controls_assessed_idx ON compliance_controls (last_assessed_at);

-- One row per scan of the systems for vulnerabilities, or per backup: things that have to happen again and again.
CREATE TABLE recurring_checks (
    kind        text NOT NULL,        -- scan or backup
    target      text NOT NULL,        -- what was scanned or saved
    finished_at timestamptz NOT NULL, -- when it ended
    success     boolean NOT NULL      -- whether it did what it should
);
ALTER TABLE recurring_checks ADD PRIMARY KEY (kind, target, finished_at);
CREATE INDEX recurring_checks_finished_idx ON recurring_checks (finished_at);

-- One row per user of the product. Nothing of it but the kind of user becomes a label.
CREATE TABLE users (
    user_id        text PRIMARY KEY,     -- number of the user
    user_type      text NOT NULL,        -- kind of user
    created_at     timestamptz NOT NULL, -- when the account was made
    deactivated_at timestamptz,          -- when it was closed; NULL while it can be used
    mfa_enabled_at timestamptz           -- when the second factor was switched on; NULL when off
);
CREATE INDEX users_created_idx ON users (created_at);
