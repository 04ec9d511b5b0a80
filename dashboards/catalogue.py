"""A board that makes itself: every declared metric, a section for each domain."""

from collections.abc import Iterator, Mapping, Sequence

from dashboards.board import TWELFTHS, Board, Row, Section, row, section
from dashboards.panel import LONGEST_TITLE, Panel, promql
from dashboards.panels import stat, trend
from dashboards.queries import in_brief
from metrics import SECONDS, Metric
from metrics.declaration import PREFIX
from metrics.exporter import COLLECTOR_LAST_SUCCESS, COLLECTOR_READINGS

_IN_A_ROW = 4
_ON_A_BOARD = 250
_MAY_BE_EMPTY = {
    "recorded": "A Prometheus that does not load the rules records none.",
    "input": "Nobody has given a value.",
    "histogram": "Nothing was observed in the chosen time.",
}


def boards(domains: Mapping[str, tuple[Metric, ...]]) -> list[Board]:
    """The board for these metrics; where there are very many, the first of several."""
    return [_board(number, part) for number, part in enumerate(_parts(domains), 1)]


def _parts(domains: Mapping[str, tuple[Metric, ...]]) -> Iterator[dict[str, tuple[Metric, ...]]]:
    """The domains in their order, so many at once as one board can bear."""
    part: dict[str, tuple[Metric, ...]] = {}
    for domain, metrics in domains.items():
        if part and sum(map(len, part.values())) + len(metrics) > _ON_A_BOARD:
            yield part
            part = {}
        part[domain] = metrics
    yield part


def _board(number: int, domains: Mapping[str, tuple[Metric, ...]]) -> Board:
    return Board(
        uid="catalogue" if number == 1 else f"catalogue-{number}",
        area="Company",
        name="Catalogue" if number == 1 else f"Catalogue {number}",
        description="Every declared metric, by domain. One that was added a minute ago is here after the next build.",
        questions=("What is measured?", "Does this metric have values?"),
        time="24h",
        content=[
            _numbers(),
            *(
                domain_section(domain, metrics, folded=number > 0)
                for number, (domain, metrics) in enumerate(domains.items())
            ),
        ],
    )


def _numbers() -> Row:
    return row(
        stat(
            promql(f"sum({COLLECTOR_READINGS})", of=COLLECTOR_READINGS, legend="series"),
            title="Series",
            description="Series that all collectors expose now.",
        ),
        stat(
            promql(f"count(count by (collector) ({COLLECTOR_READINGS}))", of=COLLECTOR_READINGS, legend="collectors"),
            title="Collectors",
            description="Collectors that expose series now.",
        ),
        stat(
            promql(f"max(time() - {COLLECTOR_LAST_SUCCESS})", of=COLLECTOR_LAST_SUCCESS, legend="age"),
            title="Oldest values",
            description="Age of the values of the part that has not had a good run for the longest time.",
            unit=SECONDS,
            to="self",
        ),
    )


def domain_section(domain: str, metrics: Sequence[Metric], *, folded: bool) -> Section:
    """Each metric of a domain in brief."""
    panels = [_small(metric) for metric in metrics]
    return section(domain.replace("_", " ").capitalize(), *_rows(panels), folded=folded)


def _rows(panels: Sequence[Panel]) -> Iterator[Row]:
    for start in range(0, len(panels), _IN_A_ROW):
        yield row(*panels[start : start + _IN_A_ROW])


def _small(metric: Metric) -> Panel:
    """The metric in brief: of gauges with many series the sum, or the worst, for each window and currency."""
    shown = in_brief(metric) if metric.kind == "gauge" else metric
    title = metric.name.removeprefix(PREFIX)
    # Names are what people look for here, however long.
    ignore = {"K303": "The title is the name of the metric."} if len(title) > LONGEST_TITLE else {}
    return trend(
        shown,
        quantiles=(0.95,),
        steps=(),
        title=title,
        width=TWELFTHS // _IN_A_ROW,
        height=6,
        ignore=ignore,
        may_be_empty=metric.sparse or _MAY_BE_EMPTY.get(metric.origin) or _MAY_BE_EMPTY.get(metric.kind, ""),
    )
