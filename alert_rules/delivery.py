"""When delivery is stuck: a branch does not build, deployments fail, or too many of them break something."""

from alert_rules import Alert, Group, fires, silent
from alert_rules.delivery_runbooks import BUILD, CHANGE_FAILURES, FAILING
from alert_rules.teams import DEVELOPMENT, DEVOPS
from metrics import COUNT, RATIO, Matcher, matches
from metrics.delivery import CHANGE_FAILURE, CI_BUILD_LAST_SUCCESS, DEPLOYMENTS, DEPLOYMENTS_PER_DAY

# A pipeline that rolls back by itself ends as rolled_back; what people roll back later was a success at its end.
_FAILED = matches("failure|rolled_back")
_MAIN = CI_BUILD_LAST_SUCCESS(repo="shop", branch="main", workflow="ci")


def _grown(result: str | Matcher) -> str:
    ended = DEPLOYMENTS(environment="production", result=result)
    return f"sum by (service) (increase({ended}[6h]))"


def _deployed(result: str) -> str:
    return DEPLOYMENTS(service="shop", environment="production", result=result)


_FAILURES, _ROLLED_BACK, _SUCCESSES = _deployed("failure"), _deployed("rolled_back"), _deployed("success")
_RATIO = CHANGE_FAILURE(service="shop", window="30d")
_PER_DAY = DEPLOYMENTS_PER_DAY(service="shop", environment="production", window="30d")

BUILD_FAILURE = Alert(
    "BuildFailure",
    f"{CI_BUILD_LAST_SUCCESS} == 0",
    for_="0s",
    severity="warning",
    team=DEVELOPMENT,
    unit=COUNT,
    summary="The newest build of a branch that is released from failed.",
    description="Build failed for branch {{ $labels.branch }} of {{ $labels.repo }}.",
    board="build-status",
    runbook=BUILD,
    ignore={"K602": "A build that failed stays so until the next one, and is known from its one result."},
    cases=(
        fires(
            "the newest build failed",
            {_MAIN: "1x5 0x5"},
            at="6m",
            repo="shop",
            branch="main",
            workflow="ci",
            description="Build failed for branch main of shop.",
        ),
        silent("it succeeds again", {_MAIN: "0x5 1x10"}, at="13m"),
        silent("all succeed", {_MAIN: "1x10"}, at="6m"),
    ),
)

DEPLOYMENTS_FAILING = Alert(
    "DeploymentsFailing",
    f"round({_grown(_FAILED)}) >= 2 unless {_grown('success')} > 0",
    for_="5m",
    severity="warning",
    team=DEVOPS,
    unit=COUNT,
    summary="Deployments to production fail, and none succeeds.",
    description="VALUE deployments of {{ $labels.service }} to production failed within 6 hours, and none succeeded.",
    board="devops",
    runbook=FAILING,
    cases=(
        fires(
            "two fail within six hours",
            {_FAILURES: "30x100 31x100 32x400", _SUCCESSES: "7x600"},
            at="400m",
            service="shop",
            value="2",
            description="2 deployments of shop to production failed within 6 hours, and none succeeded.",
        ),
        fires(
            "one fails, and two are rolled back by the pipeline",
            {_FAILURES: "30x100 31x500", _ROLLED_BACK: "0x200 1x100 2x300", _SUCCESSES: "7x600"},
            at="400m",
            service="shop",
            value="3",
            description="3 deployments of shop to production failed within 6 hours, and none succeeded.",
        ),
        silent("one fails", {_FAILURES: "0x100 1x500", _SUCCESSES: "7x600"}, at="400m"),
        silent("the next one succeeds", {_FAILURES: "0x100 1x100 2x400", _SUCCESSES: "7x250 8x350"}, at="400m"),
        silent("two fail, half a day apart", {_FAILURES: "0x10 1x700 2x100", _SUCCESSES: "7x810"}, at="730m"),
        silent(
            "staging fails",
            {DEPLOYMENTS(service="shop", environment="staging", result="failure"): "0x100 1x100 2x400"},
            at="400m",
        ),
    ),
)

CHANGES_BREAK = Alert(
    "ChangeFailureRatioHigh",
    f"{CHANGE_FAILURE(window='30d')} > 0.25"
    f" and on (service) {DEPLOYMENTS_PER_DAY(environment='production', window='30d')} * 30 > 9.5",
    for_="1h",
    severity="warning",
    team=DEVELOPMENT,
    unit=RATIO,
    summary="More than one deployment in four breaks something.",
    description="VALUE of the deployments of {{ $labels.service }} in 30 days were rolled back or caused an incident.",
    board="devops",
    runbook=CHANGE_FAILURES,
    cases=(
        fires(
            "three of ten break something",
            {_RATIO: "0.3x90", _PER_DAY: f"{10 / 30}x90"},
            at="70m",
            service="shop",
            window="30d",
            value="30%",
            description="30% of the deployments of shop in 30 days were rolled back or caused an incident.",
        ),
        silent("exactly one in four", {_RATIO: "0.25x90", _PER_DAY: "1x90"}, at="70m"),
        silent("three of nine", {_RATIO: "0.33x90", _PER_DAY: "0.3x90"}, at="70m"),
        silent("for less than an hour", {_RATIO: "0.1x30 0.5x60", _PER_DAY: "1x90"}, at="80m"),
    ),
)

GROUP = Group("delivery", (BUILD_FAILURE, DEPLOYMENTS_FAILING, CHANGES_BREAK))
