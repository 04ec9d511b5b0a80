"""The page of the boards: what each is for, the questions that it answers, its panels and their metrics."""

from collections.abc import Iterator, Mapping, Sequence

from alert_rules import Alert
from dashboards.board import Board, Section
from dashboards.look import spell
from dashboards.panel import Panel, Sql
from metrics import Metric
from provisioning.handbook.entry import Entry
from provisioning.handbook.markdown import code, page, plain, table
from provisioning.handbook.places import Places
from provisioning.handbook.tables import tables_of

_INTRODUCTION = """\
Every board has a description here: the questions that it answers, its panels, and the metrics that they show.
`kpi build` builds them from the modules in `dashboards/` and those of plugins; `/d/UID` is their address in Grafana."""


def boards_page(boards: Sequence[Board], entries: Sequence[Entry], places: Places, alerts: Sequence[Alert] = ()) -> str:
    """The Markdown of the page."""
    titles = {board.uid: board.title for board in boards}
    written = _Writer(places, titles, frozenset(entry.metric.name for entry in entries), alerts)
    contents = "\n".join(f"- {places.board(board.title)} {plain(board.description)}" for board in boards)
    return page("# Boards", _INTRODUCTION, contents, *(piece for board in boards for piece in written.board(board)))


class _Writer:
    """Writes boards. `titles` are those of all boards by uid, `known` the names of the metrics that have an entry."""

    def __init__(
        self, places: Places, titles: Mapping[str, str], known: frozenset[str], alerts: Sequence[Alert]
    ) -> None:
        self._places = places
        self._titles = titles
        self._known = known
        self._alerts = alerts

    def board(self, board: Board) -> Iterator[str]:
        yield f"## {plain(board.title)}"
        yield plain(board.description)
        yield "\n".join(f"- {plain(question)}" for question in board.questions)
        yield table(("", ""), self._facts(board))
        for section in board.sections:
            if section.title:
                yield f"**{plain(section.title)}**{' (folded)' if section.folded else ''}"
            yield table(("panel", "kind", "metrics or tables"), self._panels(section))

    def _facts(self, board: Board) -> Iterator[tuple[str, str]]:
        yield "uid", code(board.uid)
        yield "opens with", f"the last {plain(spell(board.time))}, renewed every {plain(spell(board.refresh))}"
        if board.up in self._titles and board.up != board.uid:
            yield "above it", self._places.board(self._titles[board.up])
        if board.tags:
            yield "tags", ", ".join(map(code, board.tags))
        if leading := [alert.name for alert in self._alerts if alert.board == board.uid]:
            yield "alerts", ", ".join(map(self._places.alert, leading))

    def _panels(self, section: Section) -> Iterator[tuple[str, str, str]]:
        for line in section.rows:
            for panel in line.panels:
                yield self._title(panel), panel.kind, ", ".join(self._sources(panel))

    def _sources(self, panel: Panel) -> Iterator[str]:
        """The metrics that a panel shows, and the contract tables that its SQL reads."""
        yield from map(self._metric, dict.fromkeys(panel.metrics))
        read = [name for target in panel.targets if isinstance(target, Sql) for name in tables_of(target.text)]
        yield from map(self._places.table, dict.fromkeys(read))

    def _title(self, panel: Panel) -> str:
        details = self._titles.get(panel.to)
        return plain(panel.title) + (f" (details: {self._places.board(details)})" if details else "")

    def _metric(self, metric: Metric) -> str:
        return self._places.metric(metric.name) if metric.name in self._known else code(metric.name)
