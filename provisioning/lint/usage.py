"""Which metrics expressions read, and which of the declared ones nothing reads."""

from collections.abc import Iterable

from metrics import Metric
from provisioning.lint.catalogue import Catalogue
from provisioning.lint.finding import Finding
from provisioning.lint.promql import PromqlError, parse, selectors


def metrics_in(expr: str, catalogue: Catalogue) -> frozenset[Metric]:
    """The metrics whose series `expr` selects; none when it does not parse."""
    try:
        root = parse(expr)
    except PromqlError:
        return frozenset()
    return frozenset(found[0] for one in selectors(root) if (found := catalogue.find(one.name)))


def unused(metrics: Iterable[Metric], used: Iterable[Metric]) -> list[Finding]:
    """A notice for each of `metrics` that is not `used` on a board or by a rule."""
    read = {metric.name for metric in used}
    return sorted(
        Finding("K101", metric.name, "No board shows the metric, and no rule reads it.")
        for metric in metrics
        if metric.name not in read
    )
