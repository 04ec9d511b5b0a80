"""When pages load slowly."""

from alert_rules import Alert, Group, Runbook, fires, silent
from alert_rules.teams import DEVELOPMENT
from metrics import SECONDS
from metrics.app_performance import HTTP_REQUEST_DURATION_P95
from metrics.page_loads import PAGE_LOAD_DURATION, WEB_VITALS_LCP

_FEWEST_LOADS = 20
_BUCKETS = f"sum by (page, le) (rate({PAGE_LOAD_DURATION.bucket}[1h]))"
_LOADS = f"sum by (page) (increase({PAGE_LOAD_DURATION.count}[1h]))"


def _loads(*growth: tuple[str, float]) -> dict[str, str]:
    """Buckets of the page home, by bound with what they grow by each minute; the last one is that of all loads."""
    series = {PAGE_LOAD_DURATION.bucket(page="home", le=bound): f"0+{grows:g}x120" for bound, grows in growth}
    return series | {PAGE_LOAD_DURATION.count(page="home"): f"0+{growth[-1][1]:g}x120"}


PAGE_LOAD_SLOW = Alert(
    "PageLoadSlow",
    f"histogram_quantile(0.75, {_BUCKETS}) > {PAGE_LOAD_DURATION.warning} and {_LOADS} >= {_FEWEST_LOADS}",
    for_="15m",
    severity="warning",
    team=DEVELOPMENT,
    unit=SECONDS,
    summary="A page takes more than two seconds to load.",
    description="{{ $labels.page }} takes VALUE or longer to load for one visit in four (p75 of the last hour).",
    board="pages-and-jobs",
    runbook=Runbook(
        means="A quarter of the loads of a page took longer than 2 s in the last hour, as browsers report it. There "
        f"were at least {_FEWEST_LOADS} loads.",
        impact="People leave before they see anything; search engines rank the page lower.",
        check=(
            f"Is the API slow? `{HTTP_REQUEST_DURATION_P95}` on the board *API and apps*. If so, start there.",
            f"Is it the page alone? Compare the pages, and their largest paint `{WEB_VITALS_LCP}`: late paint and a "
            "quick API is weight, such as pictures, fonts, scripts of others.",
            "What was released just before? Does the cache or the CDN answer?",
        ),
        mend=("Roll back the release that made it slow.", "Take out what is heavy, or load it after the first paint."),
    ),
    cases=(
        fires(
            "half of the loads take up to three seconds",
            _loads(("1.0", 0), ("2.0", 1), ("3.0", 2), ("+Inf", 2)),
            at="90m",
            page="home",
            value="2.5s",
            description="home takes 2.5s or longer to load for one visit in four (p75 of the last hour).",
        ),
        silent("three in four load within two seconds", _loads(("2.0", 3), ("3.0", 4), ("+Inf", 4)), at="90m"),
        silent("a few loads in an hour", _loads(("2.0", 0), ("3.0", 0.3), ("+Inf", 0.3)), at="90m"),
        silent("slow for ten minutes", _loads(("2.0", 0), ("3.0", 3), ("+Inf", 3)), at="10m"),
    ),
)

GROUP = Group("page-loads", (PAGE_LOAD_SLOW,))
