"""Where the things lie that a page of the handbook mentions, and how it mentions them."""

from collections.abc import Sequence
from dataclasses import dataclass

from alert_rules import Alert
from dashboards.board import Board
from provisioning.handbook.entry import Mention
from provisioning.handbook.markdown import code, link, plain, slug
from provisioning.rules.links import Links


@dataclass(frozen=True)
class Places:
    """The pages, as seen from the one that is written: empty for this page itself, None for what cannot be reached.

    `files` leads to the root of the project. `runbooks` is where the runbook of an alert lies, with `{}` for its name,
    and `grafana` the address of Grafana, where boards are looked at rather than described.
    """

    metrics: str | None = ""
    tables: str | None = ""
    boards: str | None = None
    files: str | None = None
    runbooks: str | None = None
    grafana: Links | None = None

    def metric(self, name: str) -> str:
        """The name of a metric, with a link to its entry."""
        return link(code(name), _at(self.metrics, name))

    def table(self, name: str) -> str:
        """The name of a contract table, with a link to its columns."""
        return link(code(name), _at(self.tables, name))

    def board(self, title: str) -> str:
        """The title of a board, with a link to its description."""
        return link(plain(title), _at(self.boards, title))

    def board_of(self, alert: Alert, board: Board | None) -> str:
        """The board to look at when an alert fires, with a link to itself or to its description."""
        if board is None:
            return code(alert.board)
        return link(plain(board.title), self.grafana.board(board.uid)) if self.grafana else self.board(board.title)

    def alert(self, name: str) -> str:
        """The name of an alert, with a link to its runbook."""
        return link(code(name), "" if self.runbooks is None else self.runbooks.format(name))

    def file(self, path: str) -> str:
        """The path of a file, with a link to it where it lies in the project."""
        return link(code(path), "" if self.files is None or path.startswith("…") else self.files + path)

    def show(self, value: Sequence[Mention]) -> str:
        """The value of a fact."""
        ways = {
            "text": plain,
            "code": code,
            "metric": self.metric,
            "table": self.table,
            "file": self.file,
            "board": self.board,
            "alert": self.alert,
        }
        return ", ".join(ways[mention.kind](mention.text) for mention in value)


def _at(page: str | None, heading: str) -> str:
    return "" if page is None else f"{page}#{slug(heading)}"
