"""When collecting is in trouble: a source is away, a collector fails or stands still, values are dropped."""

from alert_rules import Alert, Runbook, fires, silent
from alert_rules.teams import DEVOPS
from metrics import COUNT, SECONDS, Metric, is_not
from metrics.exporter import (
    COLLECTOR_INTERVAL,
    COLLECTOR_LAST_SUCCESS,
    COLLECTOR_READINGS_DROPPED,
    COLLECTOR_UP,
    SOURCE_UP,
)
from metrics.selector import Series

_BOARD = "self"
_PART = {"collector": "commerce", "part": "payments", "source": "app"}
# The parts of a source that is away fail all at once: one alert says so.
_SOURCE_AWAY = f"unless on (source, instance) {SOURCE_UP} == 0"
_AGE = f"(time() - {COLLECTOR_LAST_SUCCESS})"
_OLDEST = f"clamp_min(3 * {COLLECTOR_INTERVAL}, 3600)"
_INTERVAL, _SUCCESS = COLLECTOR_INTERVAL(**_PART), COLLECTOR_LAST_SUCCESS(**_PART)
_DROPPED = (
    f"sum by (collector, part, source, reason) (increase({COLLECTOR_READINGS_DROPPED(reason=is_not('null'))}[1h]))"
)
_OVER_CAP = COLLECTOR_READINGS_DROPPED(**_PART, reason="over_cap")
_IN_WORDS = "The part {{ $labels.part }} of the collector {{ $labels.collector }} on the source {{ $labels.source }}"


def _seen_by(exporter: str, metric: Metric, **labels: str) -> str:
    """The series of one of several exporters."""
    return Series(metric.name, (*metric.labels, "instance"))(**labels, instance=exporter)


# It mutes the alerts over what the source gives, so it must fire before they end for want of numbers: three intervals
# and `KEEP_FIRING_FOR` after the last good run. It keeps firing as long itself: until the numbers are back and such
# alerts fire anew, or nobody would know that they are not over; and while the exporter is restarted meanwhile.
SOURCE_DOWN = Alert(
    "SourceDown",
    f"{SOURCE_UP} == 0",
    for_="5m",
    severity="critical",
    team=DEVOPS,
    unit=COUNT,
    summary="The exporter cannot reach a database.",
    description="The source {{ $labels.source }} has not answered for 5 minutes.",
    board=_BOARD,
    runbook=Runbook(
        means="The database behind the source refuses connections or does not answer. The exporter tries less often "
        "then, so that it does not make things worse.",
        impact="The numbers of this source stand still, and are no longer served after three intervals. Alerts on them "
        "are muted: what fired before may be over or not, and new trouble is not told.",
        check=(
            "`kpi check` connects to every source and says what the database answers.",
            "The page of the exporter, `http://EXPORTER:9840/`, says why, and how many parts wait for it.",
            "Is the database up, and does it accept the role? `psql` with the same connection string tells.",
        ),
        mend=(
            "Start the database, or free connections if it has none left.",
            "Close pages by hand that were open before and whose trouble is over when the numbers are back.",
            "If password or address changed: put the new one in place, and `curl -X POST http://EXPORTER:9840/-/reload`.",
        ),
    ),
    cases=(
        fires(
            "away for ten minutes",
            {SOURCE_UP(source="app"): "1x4 0x15"},
            at="15m",
            source="app",
            value="0",
            description="The source app has not answered for 5 minutes.",
        ),
        silent("it answers", {SOURCE_UP(source="app"): "1x20"}, at="15m"),
        silent("away for three minutes", {SOURCE_UP(source="app"): "1x5 0x2 1x10"}, at="9m"),
    ),
)

COLLECTOR_FAILING = Alert(
    "CollectorFailing",
    f"{COLLECTOR_UP} == 0 {_SOURCE_AWAY}",
    for_="15m",
    severity="warning",
    team=DEVOPS,
    unit=COUNT,
    family="collector",
    summary="A collector has failed for a quarter of an hour.",
    description=f"{_IN_WORDS} has not had a good run for 15 minutes.",
    board=_BOARD,
    runbook=Runbook(
        means="Each run of this part fails, although its source answers.",
        impact="Its numbers stand still; after three intervals they are no longer served. The other parts go on.",
        check=(
            "The page of the exporter, `http://EXPORTER:9840/collectors/COLLECTOR`, shows the error of the part.",
            "`kpi check` says whether the query fits the tables; `kpi once COLLECTOR` runs it now, and prints what it "
            "reads.",
            "A timeout: what else runs on the database? `SELECT * FROM pg_stat_activity`; the exporter's queries carry "
            "its name.",
        ),
        mend=(
            "If a column or a permission is missing: add it, or change the view that stands in for the contract table.",
            "If the query is too slow: create the index, or raise the `interval` and `timeout` of the collector.",
        ),
    ),
    cases=(
        fires(
            "failing for twenty minutes",
            {COLLECTOR_UP(**_PART): "1x4 0x25", SOURCE_UP(source="app"): "1x30"},
            at="25m",
            **_PART,
            value="0",
            description="The part payments of the collector commerce on the source app has not had a good run for 15 "
            "minutes.",
        ),
        silent("good runs", {COLLECTOR_UP(**_PART): "1x30", SOURCE_UP(source="app"): "1x30"}, at="25m"),
        fires(
            "the source is away for another exporter only",
            {
                _seen_by("one:9840", COLLECTOR_UP, **_PART): "0x30",
                _seen_by("one:9840", SOURCE_UP, source="app"): "1x30",
                _seen_by("two:9840", SOURCE_UP, source="app"): "0x30",
            },
            at="25m",
            **_PART,
            instance="one:9840",
            value="0",
            description="The part payments of the collector commerce on the source app has not had a good run for 15 "
            "minutes.",
        ),
        silent("a few bad runs", {COLLECTOR_UP(**_PART): "1x4 0x9 1x20", SOURCE_UP(source="app"): "1x30"}, at="14m"),
        silent("its source is away", {COLLECTOR_UP(**_PART): "0x30", SOURCE_UP(source="app"): "0x30"}, at="25m"),
    ),
)

COLLECTOR_STALE = Alert(
    "CollectorStale",
    f"{_AGE} > {_OLDEST} {_SOURCE_AWAY}",
    for_="5m",
    severity="warning",
    team=DEVOPS,
    unit=SECONDS,
    family="collector",
    summary="The numbers of a collector are too old.",
    description=f"{_IN_WORDS} had its last good run VALUE ago.",
    board=_BOARD,
    runbook=Runbook(
        means="The last good run of the part is more than an hour ago and more than three of its intervals.",
        impact="Its numbers are no longer served: boards show a gap, and alerts on them cannot fire.",
        check=(
            "Do runs fail, or do none begin? The page of the exporter, `http://EXPORTER:9840/`, shows the last error, "
            "and the next run.",
            "Are runs skipped because the former one still goes on? See busy share on the board.",
            "`kpi once COLLECTOR` runs it now, and says how long it takes.",
        ),
        mend=(
            "If runs fail: as for CollectorFailing.",
            "If they do not end in time: raise the `interval`, or give the source a larger `pool_size`.",
            "If none begins, or the page says that one of before a reload has not ended: restart the exporter, and "
            "keep its log.",
        ),
    ),
    cases=(
        fires(
            "the last good run was at the start, and 70 minutes have passed",
            {_SUCCESS: "0x80", _INTERVAL: "60x80"},
            at="70m",
            **_PART,
            value="1h 10m 0s",
            description="The part payments of the collector commerce on the source app had its last good run 1h 10m 0s "
            "ago.",
        ),
        silent("a good run every minute", {_SUCCESS: "0+60x80", _INTERVAL: "60x80"}, at="70m"),
        silent("stale for less than five minutes", {_SUCCESS: "0x80", _INTERVAL: "60x80"}, at="64m"),
        silent("it runs once an hour", {_SUCCESS: "0x80", _INTERVAL: "3600x80"}, at="70m"),
        silent(
            "its source is away",
            {_SUCCESS: "0x80", _INTERVAL: "60x80", SOURCE_UP(source="app"): "0x80"},
            at="70m",
        ),
    ),
)

READINGS_DROPPED = Alert(
    "ReadingsDropped",
    f"{_DROPPED} > 0",
    for_="15m",
    severity="warning",
    team=DEVOPS,
    unit=COUNT,
    summary="Values were read that cannot be shown.",
    description=f"{_IN_WORDS} dropped VALUE values in the last hour: {{{{ $labels.reason }}}}.",
    board=_BOARD,
    runbook=Runbook(
        means="A query gave values that are no samples: not finite, negative in a counter or histogram (such as what "
        "ends before it begins), or more series than the metric may have (`over_cap`). NULL is not counted here: so a "
        "query says that there is no value.",
        impact="Totals are too low, or the smallest series are missing. What is shown looks as good as ever.",
        check=(
            "`over_cap`: which label has grown? `kpi once COLLECTOR` shows the series; `kpi metrics NAME` the cap.",
            "`not_finite` and `negative`: look at the rows of the last hour in the tables that the query reads.",
        ),
        mend=(
            "`over_cap`: fold the label into `other` in the declaration, or raise its `cap` when that many are wanted.",
            "Otherwise mend the rows at their origin; the query should not hide them.",
        ),
    ),
    cases=(
        fires(
            "ten series too many in each run",
            {_OVER_CAP: "0+10x90"},
            at="80m",
            **_PART,
            reason="over_cap",
            value="600",
            description="The part payments of the collector commerce on the source app dropped 600 values in the last "
            "hour: over_cap.",
        ),
        silent("some were dropped ten minutes ago", {_OVER_CAP: "0x70 10x20"}, at="81m"),
        silent("none was dropped", {_OVER_CAP: "0x90"}, at="80m"),
        silent("NULL says that there is no value", {_OVER_CAP.replace("over_cap", "null"): "0+10x90"}, at="80m"),
    ),
)
