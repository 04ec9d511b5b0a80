"""`kpi collectors` and `kpi metrics`: what is declared, printed."""

from difflib import get_close_matches

from rich.table import Table
from rich.text import Text

from exporter.assembly import Assembly
from exporter.config import Config
from exporter.handbook import entries_of
from exporter.terminal import console
from provisioning.handbook.entry import Entry

_SUGGESTIONS = 3
_SHOWN_RULES = 3


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


def print_metric(assembly: Assembly, name: str, config: Config) -> bool:
    """The entry of one metric, as the handbook has it. False when there is none of this name."""
    for entry in entries_of(assembly, config):
        if entry.metric.name == name:
            _print_entry(entry)
            return True
    return False


def unknown_metric(assembly: Assembly, name: str, config: Config) -> str:
    """The sentence for a name that no metric has; it suggests those that hold the name, or are spelled like it."""
    names = [entry.metric.name for entry in entries_of(assembly, config)]
    holding = [known for known in names if name.lower() in known]
    meant = (holding or get_close_matches(name.lower(), names, _SUGGESTIONS, 0.75))[:_SUGGESTIONS]
    advice = f"did you mean {' or '.join(meant)}?" if meant else "'kpi metrics' lists what there is"
    return f"no collector declares {name}; {advice}"


def _print_entry(entry: Entry) -> None:
    out = console()
    out.print(entry.metric.name, style="bold")
    out.print(entry.metric.help, markup=False)
    table = Table(show_header=False, box=None, pad_edge=False)
    for fact in entry.facts:
        table.add_row(fact.name, Text(str(fact)))
    out.print(table)
    for recording in entry.recordings[:_SHOWN_RULES]:
        out.print(f"rule: {recording.expr}", markup=False)
    out.print(f"example: {entry.example}", markup=False)
