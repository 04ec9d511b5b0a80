"""Guards against metrics that vanish: an expression over series that are gone is not true, so no other alert tells."""

from collections.abc import Iterator, Sequence

from alert_rules.alert import LONGEST_NAME, Alert, Runbook
from alert_rules.case import Case, fires, silent
from alert_rules.teams import DEVOPS
from metrics import COUNT, Metric
from metrics.exporter import COLLECTOR_INTERVAL, COLLECTOR_UP
from metrics.promql import labelled

_SUFFIX = "MetricsMissing"


def metrics_missing(domain: str, metrics: Sequence[Metric]) -> Alert | None:
    """The alert that names each metric of a domain without a single series; None where all of them may be missing.

    Each source is looked at by itself. The alert holds its tongue unless the collector of this name runs with all of
    its parts there: one that fails has an alert of its own, and one that is off for want of a table has nothing to
    show. A metric opts out with `sparse`.
    """
    guarded = [metric for metric in metrics if metric.origin == "collected" and not metric.sparse]
    if not guarded:
        return None
    up = COLLECTOR_UP(collector=domain)
    runs = f"group ({up} == 1)"
    missing = " or ".join(
        labelled(f"{runs} unless group ({metric.series[-1]})", metric=metric.name) for metric in guarded
    )
    not_whole = f"group ({COLLECTOR_INTERVAL(collector=domain)} unless {up} == 1)"
    name = "".join(word.capitalize() for word in domain.replace("-", "_").split("_"))
    return Alert(
        name[: LONGEST_NAME - len(_SUFFIX)] + _SUFFIX,
        f"({missing}) unless on () {not_whole}",
        for_="1h",
        severity="warning",
        team=DEVOPS,
        unit=COUNT,
        summary=f"A metric of the domain {domain} is missing, although its collector runs.",
        description="{{ $labels.metric }} has had no series for an hour, although the collector "
        f"{domain} runs without error.",
        board="catalogue",
        absence="A metric that is gone can be noticed by its absence only.",
        runbook=_runbook(domain),
        cases=tuple(_cases(domain, guarded)),
    )


def _runbook(domain: str) -> Runbook:
    return Runbook(
        means=f"Every part of the collector {domain} had a good run, and yet nobody exposes the metric. Either its "
        "query finds no rows, or Prometheus drops the series.",
        impact="Its panels are empty. Alerts on it cannot fire: that they are silent means nothing now.",
        check=(
            f"`kpi once {domain}` prints what is read now. If the metric is there, look at the scrape and its "
            "relabelling in Prometheus.",
            "If not: do the tables behind it get rows? The handbook names them; RowsStopped may fire, too.",
            "Was a status, a type or a name changed where the rows are written, so that the query skips them?",
        ),
        mend=(
            "Repair what writes the rows, or fit the query to what it writes now.",
            "If having none is ordinary here, say so in the declaration: `sparse` with the reason.",
        ),
    )


def _cases(domain: str, guarded: Sequence[Metric]) -> Iterator[Case]:
    missing, *there = (str(metric.series[-1]) for metric in guarded)
    part = {"collector": domain, "part": "one", "source": "app"}
    others = dict.fromkeys(there, "1x70")
    runs = {COLLECTOR_UP(**part): "1x70", COLLECTOR_INTERVAL(**part): "60x70"}
    name = guarded[0].name
    yield fires(
        f"{name} is missing",
        {**runs, **others},
        at="65m",
        metric=name,
        value="1",
        description=f"{name} has had no series for an hour, although the collector {domain} runs without error.",
    )
    yield silent("all are there", {**runs, **others, missing: "1x70"}, at="65m")
    yield silent("missing for half an hour", {**runs, **others, missing: "_x30 1x40"}, at="65m")
    yield silent("the collector does not run here", others, at="65m")
    yield silent("a part of it fails", {**runs, **others, COLLECTOR_UP(**part): "0x70"}, at="65m")
    off = COLLECTOR_INTERVAL(**(part | {"part": "two"}))
    yield silent("a part of it is off", {**runs, **others, off: "60x70"}, at="65m")
