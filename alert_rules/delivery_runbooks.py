"""What a developer reads when a branch does not build, or deployments fail or break something."""

from alert_rules.alert import Runbook

BUILD = Runbook(
    means="The newest build of a branch that is released from failed. Cancelled builds do not count.",
    impact="Nobody can release from the branch, and everybody who merges now builds on what is broken.",
    check=(
        """Since when does it fail, and which stage?

    SELECT build_id, stage, status, started_at, finished_at
      FROM ci_builds
     WHERE repo = 'REPO' AND branch = 'BRANCH'
     ORDER BY finished_at DESC NULLS FIRST
     LIMIT 20;""",
        "Did the same commit build before? Then look at what it depends on: registries, runners, a test that is flaky.",
    ),
    mend=(
        "Revert the commit that broke it, and mend it on a branch of its own.",
        "A runner or a registry: build once more when it is there again.",
        "A release branch that is given up: nothing. A week after its last build it is forgotten.",
    ),
)
FAILING = Runbook(
    means="At least two deployments of a service to production failed within six hours, those that the pipeline rolled "
    "back by itself among them, and none succeeded.",
    impact="What is ready does not reach users, and neither does a fix, should one be needed now.",
    check=(
        """What failed?

    SELECT deployment_id, commit_sha, result, started_at, finished_at
      FROM deployments
     WHERE service = 'SERVICE' AND environment = 'production'
     ORDER BY started_at DESC
     LIMIT 10;""",
        "Do they fail after the same time? Then it is the same step; read its log.",
        "Do other services deploy? If none does, it is the platform: credentials, registry, cluster.",
    ),
    mend=(
        "Mend the step, or deploy the last good commit by hand if users wait for it.",
        "Is part of the new version live? Roll it back first.",
    ),
)
CHANGE_FAILURES = Runbook(
    means="More than a quarter of a service's production deployments of 30 days were rolled back or caused an "
    "incident. There were at least ten, so it is no chance.",
    impact="Users meet the faults before the team does, and the team mends in place of building.",
    check=(
        """Which ones, and what do they have in common?

    SELECT finished_at, commit_sha, result, caused_incident_id
      FROM deployments
     WHERE service = 'SERVICE' AND environment = 'production' AND finished_at > now() - interval '30 days'
       AND (result = 'rolled_back' OR caused_incident_id IS NOT NULL)
     ORDER BY finished_at;""",
        "Did the tests know? Compare with the pass rates on the board, and with the bugs that reached production.",
    ),
    mend=(
        "Deploy smaller changes, to a few users first.",
        "Add the test that would have found the last one, before the next deployment.",
    ),
)
