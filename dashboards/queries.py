"""PromQL that follows from a declaration: what a gauge, a counter and a histogram are asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from dashboards.look import amount, duration
from dashboards.panel import PanelError, Promql
from metrics import Counter, Histogram, Matcher, Metric, Unit
from metrics.number import number

Where = Mapping[str, str | Matcher]

RATE = "$__rate_interval"
RANGE = "$__range"


def gauge(metric: Metric, *, by: Sequence[str] | None, where: Where, before: str = "") -> Promql:
    """The values of a gauge as they are or, where `by` names some of its labels only, their sum.

    Raises PanelError when a window or a currency would be added to another, or values that cannot be added.
    """
    _known(metric, by or ())
    free = [label for label in metric.labels if label not in _pinned(where)]
    by = free if by is None else list(by)
    _refuse_mixing(metric, by, where)
    selector = metric(**where) + _offset(before)
    if set(by) >= set(free):
        found = Promql(selector, _legend(by, metric), metric, before=before, per_source=True)
    elif metric.addable.issuperset(label for label in free if label not in by):
        found = Promql(f"sum{_by(by)} ({selector})", _legend(by, metric), metric, before=before)
    else:
        merged = ", ".join(label for label in free if label not in {*by, *metric.addable})
        raise PanelError(f"{metric}: values cannot be added up over {merged}; name that in 'by', or pin it in 'where'")
    return replace(found, expr=_in_grafana_units(found.expr, metric))


def in_brief(metric: Metric) -> Promql:
    """A gauge with few series, for each window and currency: its sum, or else the worst of what cannot be added up."""
    apart = [label for label in ("window", "currency") if label in metric.labels]
    merged = set(metric.labels) - set(apart)
    if not merged:
        return gauge(metric, by=None, where={})
    if metric.addable.issuperset(merged):
        return gauge(metric, by=apart, where={})
    function, word = ("min", "least") if metric.better == "higher" else ("max", "greatest")
    expr = f"{function}{_by(apart)} ({metric})"
    return Promql(_in_grafana_units(expr, metric), " ".join([word, *map(_label, apart)]), metric)


def counter(metric: Metric, *, by: Sequence[str], where: Where, span: str, before: str = "") -> Promql:
    """A counter's growth: per second over `$__rate_interval`, else the increase over `span`.

    Amounts are kept apart by currency.
    """
    by = list(by)
    if metric.unit is Unit.CURRENCY and "currency" not in (*by, *_pinned(where)):
        by.append("currency")
    _known(metric, by)
    function = "rate" if span == RATE else "increase"
    grown = f"{function}({metric(**where)}[{span}]{_offset(before)})"
    return Promql(f"sum{_by(by)} ({grown})", _legend(by, metric), metric, before=before)


def quantile(
    metric: Histogram, level: float, *, by: Sequence[str], where: Where, span: str, before: str = ""
) -> Promql:
    """A quantile of a histogram over the observations of `span`. `level` is between 0 and 1."""
    _known(metric, by)
    if not 0 <= level <= 1:
        raise PanelError(f"{metric}: a quantile lies between 0 and 1, got {level:g}")
    grown = f"rate({metric.bucket(**where)}[{span}]{_offset(before)})"
    expr = f"histogram_quantile({level:g}, sum by ({', '.join(['le', *by])}) ({grown}))"
    legend = " ".join([f"p{level * 100:g}", *(_label(label) for label in by)])
    return Promql(expr, legend, metric, before=before)


def heat(metric: Histogram, *, where: Where) -> Promql:
    """Observations per bucket and step, for a heat map."""
    expr = f"sum by (le) (increase({metric.bucket(**where)}[{RATE}]))"
    return Promql(expr, "{{le}}", metric, shape="heatmap")


def buckets(metric: Histogram, *, where: Where, span: str) -> Iterator[Promql]:
    """Observations of `span` between the bounds, a query each, lowest first."""

    def up_to(bound: float | None) -> str:
        le = "+Inf" if bound is None else number(float(bound))
        return f"sum(increase({metric.bucket(**where, le=le)}[{span}]))"

    def whole(expr: str) -> str:
        """Prometheus extrapolates; observations are whole."""
        return f"round({expr})"

    first, last = metric.buckets[0], metric.buckets[-1]
    yield Promql(whole(up_to(first)), f"≤ {_bound(first, metric)}", metric, instant=True)
    for low, high in pairwise(metric.buckets):
        legend = _between(_bound(low, metric), _bound(high, metric))
        yield Promql(whole(f"{up_to(high)} - {up_to(low)}"), legend, metric, instant=True)
    yield Promql(whole(f"{up_to(None)} - {up_to(last)}"), f"> {_bound(last, metric)}", metric, instant=True)


def _in_grafana_units(expr: str, metric: Metric) -> str:
    """Grafana's clock counts milliseconds."""
    return f"{expr} * 1000" if metric.unit is Unit.TIMESTAMP else expr


def _between(low: str, high: str) -> str:
    """As short as can be, for there is little room under a bar: `1–5 min`, `8 h–1 d`."""
    bare, _, unit = low.rpartition(" ")
    return f"{bare if bare and high.endswith(f' {unit}') else low}–{high}"


def _bound(value: float, metric: Metric) -> str:
    return duration(value) if metric.unit is Unit.SECONDS else amount(value, metric.unit)


def queries(
    metric: Metric,
    *,
    by: Sequence[str] | None,
    where: Where,
    span: str,
    quantiles: Sequence[float] = (0.95,),
    before: str = "",
) -> Iterator[Promql]:
    """What the type of the metric asks for. Raises PanelError for labels that it does not have."""
    if isinstance(metric, Histogram):
        for level in quantiles:
            yield quantile(metric, level, by=by or (), where=where, span=span, before=before)
    elif isinstance(metric, Counter):
        yield counter(metric, by=by or (), where=where, span=span, before=before)
    else:
        yield gauge(metric, by=by, where=where, before=before)


def _known(metric: Metric, by: Sequence[str]) -> None:
    for label in by:
        if label not in metric.labels:
            known = ", ".join(metric.labels) or "none"
            raise PanelError(f"{metric}: 'by' names the label {label!r}, which it does not have; it has: {known}")


def _refuse_mixing(metric: Metric, by: Sequence[str], where: Where) -> None:
    for label in ("window", "currency"):
        if label in metric.labels and label not in by and label not in _pinned(where):
            raise PanelError(f"{metric}: choose one {label}, or keep it in 'by': values of several cannot be added")


def _pinned(where: Where) -> set[str]:
    return {label for label, matcher in where.items() if isinstance(matcher, str)}


def _by(labels: Sequence[str]) -> str:
    return f" by ({', '.join(labels)})" if labels else ""


def _offset(before: str) -> str:
    return f" offset {before}" if before else ""


def _label(name: str) -> str:
    return "{{" + name + "}}"


def _legend(by: Sequence[str], metric: Metric) -> str:
    parts = [_label(label) for label in by]
    return " ".join(parts) or metric.title
