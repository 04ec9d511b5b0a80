"""When the API or the app performs badly: errors, latency, crashes."""

from alert_rules import Alert, Group, Recording, fires, silent
from alert_rules.app_performance_runbooks import CRASHES, ERRORS, LATENCY
from alert_rules.inhibition import SERVICE_DOWN
from alert_rules.teams import DEVELOPMENT, INCIDENTS
from alert_rules.threshold import levels
from metrics import COUNT, RATIO, SECONDS, matches
from metrics.app_performance import (
    APP_CRASHES,
    CRASHES_PER_1000_DEVICES,
    HTTP_ERROR_RATIO,
    HTTP_REQUEST_DURATION,
    HTTP_REQUEST_DURATION_MEAN,
    HTTP_REQUEST_DURATION_P95,
    HTTP_REQUESTS,
    HTTP_REQUESTS_PER_SECOND,
)
from metrics.promql import or_zero

_BOARD = "app-performance"
_5XX = HTTP_REQUESTS(status=matches("5.."))
_ALL = f"sum by (service) (rate({HTTP_REQUESTS}[5m]))"
_FAILED = f"sum by (service) (rate({_5XX}[5m]))"
_SECONDS = f"sum by (service) (rate({HTTP_REQUEST_DURATION.sum}[5m]))"
_TIMED = f"sum by (service) (rate({HTTP_REQUEST_DURATION.count}[5m]))"
_BUCKETS = f"sum by (service, le) (rate({HTTP_REQUEST_DURATION.bucket}[5m]))"

# At night a service answers a few requests in 5 minutes, and one that fails or is slow says nothing about the rest.
_SEVERAL_FAILED = f"sum by (service) (increase({_5XX}[15m])) >= 3"
_SEVERAL_TIMED = f"sum by (service) (increase({HTTP_REQUEST_DURATION.count}[15m])) >= 20"
_SEVERAL_CRASHED = f"sum by (device_os) (increase({APP_CRASHES}[1d])) >= 8"

# With few requests a window without a failure comes in the middle of trouble, and the page would come again and again.
_CALM = "15m"

_GOOD, _BAD = HTTP_REQUESTS(service="api", status="200"), HTTP_REQUESTS(service="api", status="500")
_SUM, _COUNT = HTTP_REQUEST_DURATION.sum(service="api"), HTTP_REQUEST_DURATION.count(service="api")
_RATE_OF_ANDROID = CRASHES_PER_1000_DEVICES(device_os="Android", window="1d")
_CRASHES_ON_ANDROID = APP_CRASHES(device_os="Android", app_version="4.2.0", fatal="true")
_ANDROID = {"device_os": "Android", "window": "1d"}

HIGH_ERROR_RATE = Alert(
    "HighErrorRate",
    f"{HTTP_ERROR_RATIO} > 0.05 and {_SEVERAL_FAILED}",
    for_="1m",
    keep_firing_for=_CALM,
    severity="critical",
    team=INCIDENTS,
    unit=RATIO,
    family="errors",
    follows=(SERVICE_DOWN,),
    summary="More than one request in twenty fails.",
    description="Error rate of {{ $labels.service }} is VALUE over the last 5 minutes.",
    board=_BOARD,
    runbook=ERRORS,
    cases=(
        fires(
            "one request in ten fails",
            {_GOOD: "0+90x20", _BAD: "0+10x20"},
            at="15m",
            service="api",
            value="10%",
            description="Error rate of api is 10% over the last 5 minutes.",
        ),
        fires(
            "three of six requests fail at night",
            {_GOOD: "0+0x10 1 2 3 3 3", _BAD: "0+0x10 1 2 3 3 3"},
            at="14m",
            service="api",
            value="50%",
            description="Error rate of api is 50% over the last 5 minutes.",
        ),
        fires(
            "a service that has no name",
            {HTTP_REQUESTS(status="200"): "0+90x20", HTTP_REQUESTS(status="503"): "0+10x20"},
            at="15m",
            value="10%",
            description="Error rate of  is 10% over the last 5 minutes.",
        ),
        silent("exactly one request in twenty fails", {_GOOD: "0+95x20", _BAD: "0+5x20"}, at="15m"),
        silent("no request fails, and the service has never failed", {_GOOD: "0+90x20"}, at="15m"),
        silent("one of two requests fails at night", {_GOOD: "0+0x10 1 1 1 1 1", _BAD: "0+0x10 1 1 1 1 1"}, at="13m"),
        silent("two of two requests fail at night", {_GOOD: "5+0x20", _BAD: "0+0x10 1 2 2 2 2"}, at="13m"),
        silent("failed for less than a minute", {_GOOD: "0+90x15", _BAD: "0x8 300+0x5"}, at="9m"),
        fires(
            "failed a quarter of an hour ago, and may fail again",
            {_GOOD: "0+90x45", _BAD: "0+10x15 150+0x30"},
            at="30m",
            service="api",
            value="6.25%",
            description="Error rate of api is 6.25% over the last 5 minutes.",
        ),
        silent("failed, and is healthy again", {_GOOD: "0+90x45", _BAD: "0+10x15 150+0x30"}, at="40m"),
        silent(
            "clients ask for what is not there", {_GOOD: "0+50x20", HTTP_REQUESTS(status="404"): "0+50x20"}, at="15m"
        ),
    ),
)

HIGH_API_RESPONSE_TIME = Alert(
    "HighApiResponseTime",
    f"{HTTP_REQUEST_DURATION_MEAN} > 2 and {_SEVERAL_TIMED}",
    for_="2m",
    keep_firing_for=_CALM,
    severity="warning",
    team=DEVELOPMENT,
    mail="tech-lead",
    unit=SECONDS,
    family="latency",
    summary="A service takes more than two seconds to answer, on average.",
    description="API response time of {{ $labels.service }} is averaging VALUE over the last 5 minutes.",
    board=_BOARD,
    runbook=LATENCY,
    cases=(
        fires(
            "2.5 seconds on average",
            {_SUM: "0+25x20", _COUNT: "0+10x20"},
            at="10m",
            service="api",
            value="2.5s",
            description="API response time of api is averaging 2.5s over the last 5 minutes.",
        ),
        fires(
            "exactly twenty requests at night",
            {_SUM: "0+10x5 50+0x15", _COUNT: "0+4x5 20+0x15"},
            at="8m",
            service="api",
            value="2.5s",
            description="API response time of api is averaging 2.5s over the last 5 minutes.",
        ),
        silent("nineteen requests at night", {_SUM: "0+10x4 47.5+0x15", _COUNT: "0+4x4 19+0x15"}, at="8m"),
        silent("exactly 2 seconds on average", {_SUM: "0+20x20", _COUNT: "0+10x20"}, at="10m"),
        silent("one slow request in 15 minutes", {_SUM: "0+0x5 9+0x10", _COUNT: "0+0x5 1+0x10"}, at="8m"),
        silent("slow for less than two minutes", {_SUM: "0+1x20 320+0x5", _COUNT: "0+10x25"}, at="21m"),
        silent("no requests any more", {_SUM: "0+25x20 500+0x30", _COUNT: "0+10x20 200+0x30"}, at="45m"),
    ),
)


def _durations(*growth: tuple[str, float]) -> dict[str, str]:
    """Buckets of the service, by bound with what they grow by each minute; the last one is that of all requests."""
    series = {HTTP_REQUEST_DURATION.bucket(service="api", le=bound): f"0+{grows:g}x30" for bound, grows in growth}
    return series | {_COUNT: f"0+{growth[-1][1]:g}x30"}


RESPONSE_TIME = levels(
    HTTP_REQUEST_DURATION_P95,
    "ResponseTime",
    only=_SEVERAL_TIMED,
    for_=("5m", "5m"),
    keep_firing_for=_CALM,
    teams=(DEVELOPMENT, INCIDENTS),
    family="latency",
    follows=(SERVICE_DOWN,),
    what="The 95th percentile of response times",
    description="{{ $labels.service }} takes VALUE or longer for one request in twenty (p95 of the last 5 minutes).",
    board=_BOARD,
    runbook=LATENCY,
    cases=(
        (
            fires(
                "one request in ten takes up to a second",
                _durations(("0.2", 90), ("0.5", 90), ("1.0", 100), ("+Inf", 100)),
                at="15m",
                service="api",
                value="750ms",
                description="api takes 750ms or longer for one request in twenty (p95 of the last 5 minutes).",
            ),
            silent("exactly at the level", _durations(("0.5", 57), ("1.0", 60), ("+Inf", 60)), at="15m"),
            silent("one request in a minute", _durations(("0.2", 0), ("0.5", 0), ("1.0", 1), ("+Inf", 1)), at="20m"),
            silent("slow for five minutes", _durations(("0.2", 90), ("0.5", 90), ("1.0", 100), ("+Inf", 100)), at="5m"),
        ),
        (
            fires(
                "one request in ten takes up to two seconds",
                _durations(("0.5", 90), ("1.0", 90), ("2.0", 100), ("+Inf", 100)),
                at="15m",
                service="api",
                value="1.5s",
                description="api takes 1.5s or longer for one request in twenty (p95 of the last 5 minutes).",
            ),
            silent("exactly at the level", _durations(("0.5", 0), ("1.0", 57), ("2.0", 60), ("+Inf", 60)), at="15m"),
            silent("one request in a minute", _durations(("0.5", 0), ("1.0", 0), ("2.0", 1), ("+Inf", 1)), at="20m"),
            silent("slow for five minutes", _durations(("0.5", 90), ("1.0", 90), ("2.0", 100), ("+Inf", 100)), at="5m"),
        ),
    ),
)

ERROR_RATE = levels(
    HTTP_ERROR_RATIO,
    "ErrorRate",
    only=_SEVERAL_FAILED,
    for_=("5m", "5m"),
    keep_firing_for=_CALM,
    teams=(DEVELOPMENT, INCIDENTS),
    family="errors",
    follows=(HIGH_ERROR_RATE.name, SERVICE_DOWN),
    what="The share of failed requests",
    description="{{ $labels.service }} answers VALUE of its requests of the last 5 minutes with a server error.",
    board=_BOARD,
    runbook=ERRORS,
    cases=(
        (
            fires(
                "eight in a thousand fail",
                {_GOOD: "0+992x20", _BAD: "0+8x20"},
                at="15m",
                service="api",
                value="0.8%",
                description="api answers 0.8% of its requests of the last 5 minutes with a server error.",
            ),
            silent("exactly one in two hundred fails", {_GOOD: "0+199x20", _BAD: "0+1x20"}, at="15m"),
            silent("two of a hundred fail in 15 minutes", {_GOOD: "0+10x30", _BAD: "0+0x12 1 1 2+0x16"}, at="19m"),
            silent("a burst that is over within minutes", {_GOOD: "0+992x30", _BAD: "0+0x10 100+0x20"}, at="15m"),
        ),
        (
            fires(
                "two in a hundred fail",
                {_GOOD: "0+98x20", _BAD: "0+2x20"},
                at="15m",
                service="api",
                value="2%",
                description="api answers 2% of its requests of the last 5 minutes with a server error.",
            ),
            silent("exactly one in a hundred fails", {_GOOD: "0+99x20", _BAD: "0+1x20"}, at="15m"),
            silent("two of a hundred fail in 15 minutes", {_GOOD: "0+10x30", _BAD: "0+0x12 1 1 2+0x16"}, at="19m"),
            silent("failed for less than five minutes", {_GOOD: "0+98x20", _BAD: "0+2x20"}, at="5m"),
        ),
    ),
)

HIGH_CRASH_RATE = Alert(
    "HighCrashRate",
    f"{CRASHES_PER_1000_DEVICES(window='1d')} > {CRASHES_PER_1000_DEVICES.critical} and on (device_os) "
    f"{_SEVERAL_CRASHED}",
    for_="5m",
    severity="critical",
    team=INCIDENTS,
    unit=COUNT,
    summary="The app crashes more than ten times for each thousand devices.",
    description="Crash rate on {{ $labels.device_os }} is VALUE per 1000 devices over the last day.",
    board=_BOARD,
    runbook=CRASHES,
    cases=(
        fires(
            "25 crashes for each thousand devices",
            {_RATE_OF_ANDROID: "25x80", _CRASHES_ON_ANDROID: "0+1x80"},
            at="60m",
            value="25",
            description="Crash rate on Android is 25 per 1000 devices over the last day.",
            **_ANDROID,
        ),
        silent("exactly ten", {_RATE_OF_ANDROID: "10x80", _CRASHES_ON_ANDROID: "0+1x80"}, at="60m"),
        fires(
            "exactly eight crashes, on few devices",
            {_RATE_OF_ANDROID: "25x80", _CRASHES_ON_ANDROID: "0x30 1 2 3 4 5 6 7 8x40"},
            at="60m",
            value="25",
            description="Crash rate on Android is 25 per 1000 devices over the last day.",
            **_ANDROID,
        ),
        silent(
            "seven crashes, on few devices",
            {_RATE_OF_ANDROID: "25x80", _CRASHES_ON_ANDROID: "0x30 1 2 3 4 5 6 7x40"},
            at="60m",
        ),
        silent(
            "above it for less than five minutes",
            {_RATE_OF_ANDROID: "4x57 25x20", _CRASHES_ON_ANDROID: "0+1x80"},
            at="60m",
        ),
        silent(
            "the other system crashes",
            {_RATE_OF_ANDROID: "25x80", APP_CRASHES(device_os="iOS", app_version="4.2.0", fatal="true"): "0+1x80"},
            at="60m",
        ),
    ),
)

GROUP = Group(
    "app-performance",
    (
        Recording(HTTP_ERROR_RATIO, f"{or_zero(_FAILED, _ALL)} / ({_ALL} > 0)"),
        Recording(HTTP_REQUESTS_PER_SECOND, _ALL),
        Recording(HTTP_REQUEST_DURATION_MEAN, f"{_SECONDS} / ({_TIMED} > 0)"),
        Recording(HTTP_REQUEST_DURATION_P95, f"histogram_quantile(0.95, {_BUCKETS}) and {_TIMED} > 0"),
        HIGH_ERROR_RATE,
        HIGH_API_RESPONSE_TIME,
        *RESPONSE_TIME,
        *ERROR_RATE,
        HIGH_CRASH_RATE,
    ),
)
