"""When the exporter itself is in trouble: then all other numbers stand still, or are missing."""

from alert_rules import Alert, Group, Runbook, fires, silent
from alert_rules.collecting import COLLECTOR_FAILING, COLLECTOR_STALE, READINGS_DROPPED, SOURCE_DOWN
from alert_rules.teams import DEVOPS
from metrics import COUNT
from metrics.exporter import COLLECTORS_LEFT_OUT, CONFIG_LAST_RELOAD_SUCCESSFUL, UP

JOB = "kpi_exporter"
"""The job under which Prometheus scrapes the exporter."""

_BOARD = "self"
_TARGET = UP(job=JOB, instance="exporter:9840")
_FIRST_STEPS = (
    "1. Is it there? `docker compose ps exporter` or `kubectl get pods`. 2. Why did it end? Its log, and `kpi check`. "
    "3. Start it again: counters go on from where they were."
)
_ASK_PROMETHEUS = (
    "If not, its configuration or the service discovery has lost it: `kpi build` writes a configuration with the job. "
    "The runbook, if the exporter does not serve it: docs/runbooks/ExporterMissing.md."
)

EXPORTER_DOWN = Alert(
    "ExporterDown",
    f"{UP(job=JOB)} == 0",
    for_="5m",
    severity="critical",
    team=DEVOPS,
    unit=COUNT,
    family="exporter",
    summary="Prometheus cannot scrape the KPI exporter.",
    description="The exporter at {{ $labels.instance }} has not answered for 5 minutes. Its runbooks are away with it, "
    f"so here is how to begin. {_FIRST_STEPS}",
    keep_firing_for="0s",  # `up` has no gaps, and pages must not be muted any longer
    board=_BOARD,
    runbook=Runbook(
        means="No scrape of the exporter has succeeded for five minutes: it is not running, or not reachable.",
        impact="All numbers stand still. No alert about the business can fire until the exporter is back.",
        check=(
            "Is the process there? `docker compose ps exporter`, or `kubectl get pods`; its log says why it ended.",
            "Does it answer? `curl http://EXPORTER:9840/-/healthy`, from the machine of Prometheus.",
            "Does Prometheus ask the right address? Its page Status → Targets shows the error of the last scrape.",
        ),
        mend=(
            "`kpi check` names what keeps it from starting: the configuration, a source, the data directory.",
            "Start it again. Counters go on from where they were, and what happened meanwhile is read.",
            "Close pages by hand that were open before and whose trouble is over: they get no resolution while this "
            "mutes them.",
        ),
    ),
    cases=(
        fires(
            "no answer for ten minutes",
            {_TARGET: "1x4 0x15"},
            at="15m",
            job=JOB,
            instance="exporter:9840",
            value="0",
            description="The exporter at exporter:9840 has not answered for 5 minutes. Its runbooks are away with it, "
            f"so here is how to begin. {_FIRST_STEPS}",
        ),
        silent("it answers", {_TARGET: "1x20"}, at="15m"),
        silent("restarted within three minutes", {_TARGET: "1x5 0x2 1x10"}, at="9m"),
        silent("back after ten minutes", {_TARGET: "1x4 0x9 1x5"}, at="16m"),
        silent("another job is down", {UP(job="node", instance="db:9100"): "0x20"}, at="15m"),
    ),
)

EXPORTER_MISSING = Alert(
    "ExporterMissing",
    f"absent({UP(job=JOB)})",
    for_="5m",
    severity="critical",
    team=DEVOPS,
    unit=COUNT,
    family="exporter",
    summary="Prometheus scrapes no KPI exporter.",
    description="Prometheus has known no target of the job {{ $labels.job }} for 5 minutes. Does its page Status → "
    f"Targets show the job? {_ASK_PROMETHEUS}",
    keep_firing_for="0s",
    board=_BOARD,
    absence="It says that Prometheus does not even try to scrape the exporter.",
    runbook=Runbook(
        means=f"Prometheus has no target in the job `{JOB}`: nobody would notice if the exporter were down.",
        impact="All numbers stand still, and no alert about the business can fire.",
        check=(
            f"Does the configuration of Prometheus have the job? It must be called `{JOB}`, as in rules and boards.",
            "With service discovery: does the service still exist, with the labels that are looked for?",
        ),
        mend=("`kpi build` writes a configuration with the job; take its part over, and reload Prometheus.",),
    ),
    cases=(
        fires(
            "no target for twelve minutes",
            {UP(job="node", instance="db:9100"): "1x20"},
            at="12m",
            job=JOB,
            value="1",
            description="Prometheus has known no target of the job kpi_exporter for 5 minutes. Does its page Status → "
            f"Targets show the job? {_ASK_PROMETHEUS}",
        ),
        silent("a target that is down is one", {_TARGET: "0x20"}, at="12m"),
        silent("no target for four minutes", {UP(job="node", instance="db:9100"): "1x20"}, at="4m"),
        silent("a target again after ten minutes", {_TARGET: "_x11 1x5"}, at="12m"),
    ),
)

COLLECTORS_NOT_LOADED = Alert(
    "CollectorsLeftOut",
    f"{COLLECTORS_LEFT_OUT} > 0",
    for_="5m",
    severity="warning",
    team=DEVOPS,
    unit=COUNT,
    summary="Collectors or query files could not be loaded.",
    description="VALUE collectors or query files could not be loaded.",
    board=_BOARD,
    runbook=Runbook(
        means="A plugin or a query file is broken. The exporter runs without it.",
        impact="Its numbers are missing, however long it takes until somebody misses them.",
        check=(
            "`kpi check` names each file, the line, and what is wrong.",
            "The log of the exporter's start says the same. What was deployed last?",
        ),
        mend=("Mend the file, or take the last version back; then `curl -X POST http://EXPORTER:9840/-/reload`.",),
    ),
    cases=(
        fires(
            "two files are broken",
            {str(COLLECTORS_LEFT_OUT): "2x20"},
            at="10m",
            value="2",
            description="2 collectors or query files could not be loaded.",
        ),
        silent("all are loaded", {str(COLLECTORS_LEFT_OUT): "0x20"}, at="10m"),
        silent("mended within three minutes", {str(COLLECTORS_LEFT_OUT): "0x2 1x2 0x10"}, at="7m"),
    ),
)

CONFIG_RELOAD_FAILED = Alert(
    "ConfigReloadFailed",
    f"{CONFIG_LAST_RELOAD_SUCCESSFUL} == 0",
    for_="5m",
    severity="warning",
    team=DEVOPS,
    unit=COUNT,
    summary="The exporter refused its new configuration.",
    description="The last reload was refused (VALUE); the exporter goes on with the configuration that it had.",
    board=_BOARD,
    runbook=Runbook(
        means="The configuration file was changed, and cannot be used as it is.",
        impact="Nothing is lost now. But what the change was for is not in force, and the next restart will fail.",
        check=("`kpi check` says line and reason, as does the log of the exporter.",),
        mend=("Mend the file, and `curl -X POST http://EXPORTER:9840/-/reload`; the alert ends with a good reload.",),
    ),
    cases=(
        fires(
            "refused ten minutes ago",
            {str(CONFIG_LAST_RELOAD_SUCCESSFUL): "1x2 0x20"},
            at="13m",
            value="0",
            description="The last reload was refused (0); the exporter goes on with the configuration that it had.",
        ),
        silent("taken", {str(CONFIG_LAST_RELOAD_SUCCESSFUL): "1x20"}, at="13m"),
        silent("mended at once", {str(CONFIG_LAST_RELOAD_SUCCESSFUL): "1x2 0x2 1x10"}, at="7m"),
    ),
)

GROUP = Group(
    "exporter",
    (
        EXPORTER_DOWN,
        EXPORTER_MISSING,
        SOURCE_DOWN,
        COLLECTOR_FAILING,
        COLLECTOR_STALE,
        COLLECTORS_NOT_LOADED,
        CONFIG_RELOAD_FAILED,
        READINGS_DROPPED,
    ),
)
