"""Whether the numbers on all other boards can be trusted: health, freshness and cost of the exporter itself."""

from dashboards import Board, Column, promql, row, section, stat, state, table, trend
from dashboards.look import GREEN, RED
from dashboards.panel import Step
from metrics import COUNT, SECONDS
from metrics.alertmanager import ALERTMANAGER_NOTIFICATIONS_FAILED
from metrics.exporter import (
    ALERT_EVENTS_RECEIVED,
    ALERT_EVENTS_REFUSED,
    ALERT_EVENTS_STORED,
    ALERT_EVENTS_WAITING,
    COLLECTOR_LAST_SUCCESS,
    COLLECTOR_READINGS,
    COLLECTOR_READINGS_DROPPED,
    COLLECTOR_RUN_DURATION,
    COLLECTOR_RUNS,
    COLLECTOR_UP,
    COLLECTORS_LEFT_OUT,
    CONFIG_LAST_RELOAD_SUCCESSFUL,
    SCRAPE_DURATION,
    SCRAPE_SAMPLES,
    SOURCE_UP,
    UP,
)
from metrics.freshness import NEWEST_ROW
from metrics.prometheus import PROMETHEUS_RULE_FAILURES
from metrics.promql import count_of_0

_STATES = {"0": ("down", RED), "1": ("up", GREEN)}
_NO_WAREHOUSE = "Without a warehouse no events are kept."
_JOB = {"job": "kpi_exporter"}
# Parts run every minute to every hour: an hour holds at least one run of nearly all of them.
_SPENT = f"sum by (collector, part) (increase({COLLECTOR_RUN_DURATION.sum}[1h]))"
_RUNS = f"sum by (collector, part) (increase({COLLECTOR_RUN_DURATION.count}[1h]))"
_BUSY = f"sum by (collector) (rate({COLLECTOR_RUN_DURATION.sum}[1h]))"

BOARD = Board(
    uid="self",
    area="KPI Exporter",
    name="Health",
    description="Whether the numbers on all other boards can be trusted: do collectors run, how old are their values, "
    "what do they cost the databases, and how many series do they make?",
    questions=("Which collector fails?", "How old are the numbers?", "Which query is slow?"),
    time="6h",
    content=[
        row(
            stat(
                promql(f"min({UP(**_JOB)})", of=UP),
                title="Exporter",
                description="Whether Prometheus could scrape every exporter in the last try.",
                values=_STATES,
            ),
            stat(
                promql(count_of_0(COLLECTOR_UP), of=COLLECTOR_UP),
                title="Parts down",
                description="Parts of collectors whose last run failed.",
                unit=COUNT,
                steps=(Step(None, GREEN), Step(1, RED)),
            ),
            stat(
                promql(f"max(time() - {COLLECTOR_LAST_SUCCESS})", of=COLLECTOR_LAST_SUCCESS),
                title="Oldest values",
                description="Age of the values of the part that has not had a good run for the longest time.",
                unit=SECONDS,
            ),
            stat(
                promql(f"sum({COLLECTOR_READINGS})", of=COLLECTOR_READINGS),
                title="Series",
                description="Series that all collectors expose now.",
            ),
            stat(COLLECTORS_LEFT_OUT, title="Left out"),
            stat(
                CONFIG_LAST_RELOAD_SUCCESSFUL,
                title="Last reload",
                values={"0": ("refused", RED), "1": ("good", GREEN)},
            ),
        ),
        row(
            state(
                promql(f"min by (collector) ({COLLECTOR_UP})", of=COLLECTOR_UP, legend="{{collector}}"),
                values=_STATES,
                title="Collectors",
                description="Whether the last runs of all parts of a collector were good, on all sources.",
                height=12,
            ),
            table(
                promql(f"{COLLECTOR_UP} == 0", of=COLLECTOR_UP),
                title="Parts that failed",
                description="Parts of collectors whose last run failed.",
                columns=(Column(COLLECTOR_UP.title, hidden=True),),
                may_be_empty="The last run of every part was good.",
                width=3,
            ),
            state(SOURCE_UP, values=_STATES, title="Sources", width=3),
        ),
        row(
            trend(
                promql(
                    f"max by (collector) (time() - {COLLECTOR_LAST_SUCCESS})",
                    legend="{{collector}}",
                    of=COLLECTOR_LAST_SUCCESS,
                ),
                title="Age of values",
                description="How long ago the last good run of each collector's oldest part ended.",
                unit=SECONDS,
            ),
            trend(COLLECTOR_RUNS, by="outcome", span="1h"),
        ),
        row(
            trend(
                promql(f"max by (table) (time() - {NEWEST_ROW})", legend="{{table}}", of=NEWEST_ROW),
                title="Age of the newest rows",
                description="How long ago the newest row of each contract table came, on the source where that is "
                "longest.",
                unit=SECONDS,
                may_be_empty="No contract table has a row yet.",
            ),
        ),
        section(
            "From rules to pages",
            row(
                trend(
                    ALERT_EVENTS_RECEIVED,
                    ALERT_EVENTS_STORED,
                    ALERT_EVENTS_REFUSED,
                    span="1h",
                    title="Alert events per hour",
                    description="What Alertmanager told the exporter, and what came of it in the database.",
                    may_be_empty=_NO_WAREHOUSE,
                ),
                trend(
                    ALERT_EVENTS_WAITING,
                    title="Alert events that wait for the database",
                    may_be_empty=_NO_WAREHOUSE,
                ),
            ),
            row(
                trend(
                    ALERTMANAGER_NOTIFICATIONS_FAILED,
                    by="integration",
                    span="1h",
                    title="Failed messages per hour by channel",
                    may_be_empty="Prometheus does not scrape Alertmanager.",
                ),
                trend(
                    PROMETHEUS_RULE_FAILURES,
                    by="rule_group",
                    span="1h",
                    title="Failed evaluations per hour by group",
                    may_be_empty="Prometheus does not scrape itself.",
                ),
            ),
        ),
        section(
            "Cost",
            row(
                trend(
                    promql(_BUSY, legend="{{collector}}", of=COLLECTOR_RUN_DURATION),
                    title="Busy share",
                    description="Seconds of runs per second: 100 % is one connection busy all the time.",
                    unit="percentunit",
                ),
                table(
                    promql(f"topk(10, {_SPENT} / ({_RUNS} > 0))", of=COLLECTOR_RUN_DURATION, legend="Mean duration"),
                    title="Slowest parts",
                    description="Mean duration of the runs of a part, the slowest ten.",
                ),
            ),
            row(
                trend(COLLECTOR_RUN_DURATION, by="collector", quantiles=(0.95,), span="1h"),
                trend(SCRAPE_DURATION, where=_JOB, by="instance"),
            ),
        ),
        section(
            "Series",
            row(
                table(
                    promql(
                        f"topk(10, max by (collector, part) ({COLLECTOR_READINGS}))",
                        of=COLLECTOR_READINGS,
                        legend="Series",
                    ),
                    title="Largest parts",
                    description="Series of a part on its largest source. A metric is cut at the limit that its "
                    "declaration names, by default 1,000 series of a source.",
                    columns=(Column("Series", unit=COUNT, bar=True),),
                ),
                trend(COLLECTOR_READINGS, by="collector", title="Series by collector"),
                trend(
                    COLLECTOR_READINGS_DROPPED,
                    by="reason",
                    span="1h",
                    title="Dropped readings per hour by reason",
                    may_be_empty="Nothing was dropped.",
                ),
                trend(SCRAPE_SAMPLES, where=_JOB, by="instance", title="Samples in a scrape"),
            ),
        ),
    ],
)
