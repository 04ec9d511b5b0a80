-- Development: sprints, stories, pull requests, features.

-- One row per sprint of a team.
CREATE TABLE sprint_metrics (
    project                text NOT NULL,                    -- the project
    team                   text NOT NULL DEFAULT 'default',  -- the team
    sprint_id              text NOT NULL,                    -- what the tracker calls it, as in story_metrics
    sprint_number          integer NOT NULL,                 -- counts the sprints of the team, rising
    starts_on              date,                             -- first day; NULL while it is not begun
    ends_on                date,                             -- last day; the sprint is closed once it is over
    story_points_planned   numeric(8,2) NOT NULL DEFAULT 0,  -- points at the start of the sprint
    story_points_completed numeric(8,2) NOT NULL DEFAULT 0,  -- points of the stories that were done in it, so far
    story_points_added     numeric(8,2) NOT NULL DEFAULT 0,  -- points that came after the start
    completion_rate        numeric(6,3)                      -- percent as the source computes it; not read
);
ALTER TABLE sprint_metrics ADD PRIMARY KEY (project, team, sprint_number);
CREATE INDEX sprint_starts_idx ON sprint_metrics (starts_on);

-- One row per story, or whatever a team calls its piece of work.
CREATE TABLE story_metrics (
    story_id         text PRIMARY KEY,                -- number of the story
    project          text NOT NULL,                   -- the project
    team             text NOT NULL DEFAULT 'default', -- the team
    sprint_id        text,                            -- sprint it is in now; NULL in the backlog
    story_size       text,                            -- points or size, such as 3 or M
    status           text NOT NULL,                   -- Backlog, In Development, In Review, In QA, Done or Cancelled
    assignee         text,                            -- who works on it; never a label
    cycle_time_hours numeric(10,2),                   -- start to done, where the moments are missing
    created_at       timestamptz NOT NULL,            -- when it was written
    started_at       timestamptz,                     -- when work on it began
    in_review_at     timestamptz,                     -- when it last went to review; NULL once it went back to work
    in_qa_at         timestamptz,                     -- when it last went to QA; NULL once it went back to work
    done_at          timestamptz,                     -- when it was done; NULL until then
    cancelled_at     timestamptz                      -- when it was given up; NULL unless it was
);
CREATE INDEX story_done_idx ON story_metrics (done_at, started_at);
CREATE INDEX story_open_idx ON story_metrics (started_at) WHERE done_at IS NULL;
CREATE INDEX story_sprint_idx ON story_metrics (sprint_id);

-- One row per column of a team's board that has a limit, and a further one each time the limit changes.
CREATE TABLE wip_limits (
    team        text NOT NULL,       -- the team
    column_name text NOT NULL,       -- the column: In Development, In Review or In QA
    limit_value integer NOT NULL,    -- the most stories that it may hold
    set_at      timestamptz NOT NULL -- from when on the limit holds
);
ALTER TABLE wip_limits
    ADD PRIMARY KEY (team, column_name, set_at),
    ADD CHECK (limit_value > 0);
CREATE INDEX wip_limits_set_idx ON wip_limits (set_at);

-- One row per pull request.
CREATE TABLE pull_request_metrics (
    pr_id             text PRIMARY KEY,           -- repository and number
    repo              text NOT NULL,              -- the repository
    pr_author         text NOT NULL,              -- who opened it; never a label
    state             text NOT NULL,              -- open, merged or closed
    created_at        timestamptz NOT NULL,       -- when it was opened
    first_review_at   timestamptz,                -- when the first review came
    approved_at       timestamptz,                -- when it was first approved
    merged_at         timestamptz,                -- when it was merged; NULL unless it was
    closed_at         timestamptz,                -- when it was closed, merged or not
    first_commit_at   timestamptz,                -- time of its first commit
    review_time_hours numeric(10,2),              -- as the source computes it, where the moments are missing
    changes_requested integer NOT NULL DEFAULT 0  -- reviews that asked for changes
);
CREATE INDEX pull_request_created_idx ON pull_request_metrics (created_at);
CREATE INDEX pull_request_merged_idx ON pull_request_metrics (merged_at, created_at);
CREATE INDEX pull_request_closed_idx ON pull_request_metrics (coalesce(closed_at, merged_at), created_at);
CREATE INDEX pull_request_reviewed_idx ON pull_request_metrics (least(approved_at, merged_at));
CREATE INDEX pull_request_open_idx ON pull_request_metrics (created_at) WHERE closed_at IS NULL;

-- One row per feature of the product, from the idea to its end.
CREATE TABLE features (
    feature_id     text PRIMARY KEY,               -- number of the feature
    name           text NOT NULL,                  -- what people call it; never a label
    product        text NOT NULL DEFAULT 'default', -- the product it belongs to
    is_advanced    boolean NOT NULL DEFAULT false, -- whether it is one of the advanced features
    started_at     timestamptz,                    -- when work on it began
    released_at    timestamptz,                    -- when users got it; NULL until then
    deprecated_at  timestamptz,                    -- when it was withdrawn
    pipeline_stage text,                           -- idea, discovery, development, beta or released
    deployment_id  text                            -- the deployment that released it
);
CREATE INDEX features_released_idx ON features (released_at) WHERE released_at IS NOT NULL;
CREATE INDEX features_pipeline_idx ON features (pipeline_stage) WHERE released_at IS NULL AND deprecated_at IS NULL;
