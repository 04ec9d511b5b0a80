"""The page of the metrics: a table of contents by domain, then an entry each."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from alert_rules import Recording
from provisioning.handbook.entry import Entry
from provisioning.handbook.markdown import block, code, first_sentence, link, page, plain, slug, table, words
from provisioning.handbook.places import Places
from provisioning.rules.expressions import pretty

_SHOWN_RULES = 3
_ITSELF = "The exporter itself"
_INTRODUCTION = """\
Every metric has an entry here: what it means, how it is computed, and where it is shown. The column of a query that is
named like the metric gives its value, the other columns its labels; the labels of the source, such as `tenant`, come on
top. What a rule of `alert_rules/` records has an entry like what a query of `collectors/` collects. The facts come from
the declarations, and those of plugins from their files. `kpi metrics NAME` shows an entry in the terminal."""


def metrics_page(entries: Sequence[Entry], places: Places) -> str:
    """The Markdown of the page."""
    return page("# Metrics", _INTRODUCTION, *metrics_pieces(entries, places))


def metrics_pieces(entries: Sequence[Entry], places: Places) -> Iterator[str]:
    """The table of contents and the entries, without a heading above them."""
    domains = [(name, tuple(found)) for name, found in groupby(entries, key=lambda entry: entry.domain)]
    for name, found in domains:
        yield f"**{link(plain(_title(name)), '#' + slug(_title(name)))}**"
        yield "\n".join(_line(entry, places) for entry in found)
    for name, found in domains:
        yield f"## {plain(_title(name))}"
        for entry in found:
            yield from _pieces(entry, places)


def _title(domain: str) -> str:
    """The heading of a domain, whose anchor is never that of a contract table: there is a table `jobs` as well."""
    return f"Domain: {words(domain)}" if domain else _ITSELF


def _line(entry: Entry, places: Places) -> str:
    return f"- {places.metric(entry.metric.name)} {plain(first_sentence(entry.metric.help))}"


def _pieces(entry: Entry, places: Places) -> Iterator[str]:
    metric = entry.metric
    yield f"### {metric.name}"
    yield f"**{plain(metric.title)}.** {plain(metric.help)}"
    yield table(("", ""), _rows(entry, places))
    yield block(entry.example, "promql")
    yield from _recordings(entry.recordings)


def _recordings(recordings: Sequence[Recording]) -> Iterator[str]:
    """The rules that record a metric, the first few in full."""
    for recording in recordings[:_SHOWN_RULES]:
        labels = ", ".join(f"{name}={value}" for name, value in recording.labels.items())
        yield f"Recorded{f' with {code(labels)}' if labels else ''} from:"
        yield block(pretty(recording.expr), "promql")
    more = len(recordings) - _SHOWN_RULES
    if more > 0:
        yield f"{more} more {'rule records' if more == 1 else 'rules record'} it, with other labels."


def _rows(entry: Entry, places: Places) -> Iterable[tuple[str, str]]:
    return [(fact.name, places.show(fact.value)) for fact in entry.facts]
