"""The page of the metrics: a table of contents by domain, then an entry each."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from provisioning.handbook.entry import Entry
from provisioning.handbook.markdown import block, first_sentence, link, page, plain, slug, table, words
from provisioning.handbook.places import Places

_ITSELF = "The exporter itself"
_INTRODUCTION = """\
Every metric has an entry here: what it means, how it is computed, and where it is shown. The column of a query that is
named like the metric gives its value, the other columns its labels; the labels of the source, such as `tenant`, come on
top. The facts come from the declarations in `metrics/` and the queries in `collectors/`, and those of plugins from
their files. `kpi metrics NAME` shows an entry in the terminal."""


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
    return words(domain) if domain else _ITSELF


def _line(entry: Entry, places: Places) -> str:
    return f"- {places.metric(entry.metric.name)} {plain(first_sentence(entry.metric.help))}"


def _pieces(entry: Entry, places: Places) -> Iterator[str]:
    metric = entry.metric
    yield f"### {metric.name}"
    yield f"**{plain(metric.title)}.** {plain(metric.help)}"
    yield table(("", ""), _rows(entry, places))
    yield block(entry.example, "promql")


def _rows(entry: Entry, places: Places) -> Iterable[tuple[str, str]]:
    return [(fact.name, places.show(fact.value)) for fact in entry.facts]
