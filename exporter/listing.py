"""`kpi collectors` and `kpi metrics`: what is declared, printed."""

from rich.markup import escape
from rich.table import Table

from exporter.assembly import Assembly
from exporter.config import Config
from exporter.terminal import console
from metrics import Histogram, Metric


def print_collectors(assembly: Assembly, config: Config) -> None:
    """A row per collector."""
    table = Table("collector", "parts", "metrics", "every", "sources", box=None, header_style="bold")
    for name, collector in sorted(assembly.collectors.items()):
        sources = ", ".join(config.sources_of(name)) if collector.needs_source else "none needed"
        every = {job.interval for job in assembly.jobs if job.collector is collector}
        every = every or {part.interval or collector.interval for part in collector.parts}  # without any source
        table.add_row(
            name,
            str(len(collector.parts)),
            str(len(collector.metrics)),
            ", ".join(f"{seconds:g} s" for seconds in sorted(every)),
            sources or "none configured",
        )
    console().print(table)


def print_metrics(assembly: Assembly) -> None:
    """A row per metric."""
    table = Table("metric", "type", "unit", "labels", "owner", box=None, header_style="bold")
    table.columns[0].no_wrap = True
    for metric in sorted(assembly.metrics().values(), key=lambda metric: metric.name):
        table.add_row(metric.name, metric.kind, metric.unit.value, ", ".join(metric.labels), metric.owner)
    console().print(table)


def print_metric(assembly: Assembly, name: str) -> bool:
    """Everything about one metric. False when there is none of this name."""
    for collector in assembly.collectors.values():
        for metric in collector.metrics:
            if metric.name == name:
                _print_entry(metric, collector.name)
                return True
    return False


def _print_entry(metric: Metric, collector: str) -> None:
    out = console()
    out.print(metric.name, style="bold")
    out.print(metric.help, markup=False)
    facts: dict[str, object] = {
        "type": metric.kind,
        "unit": metric.unit.value,
        "labels": ", ".join(metric.labels) or "none",
        "owner": metric.owner,
        "better": metric.better,
        "target": metric.target,
        "warning": metric.warning,
        "critical": metric.critical,
        "series limit": metric.cap,
        "collector": collector,
    }
    if isinstance(metric, Histogram):
        facts["buckets"] = ", ".join(f"{bound:g}" for bound in metric.buckets)
    table = Table(show_header=False, box=None, pad_edge=False)
    for key, value in facts.items():
        if value is not None:
            table.add_row(key, escape(str(value)))
    out.print(table)
    out.print(f"example: {metric}")
