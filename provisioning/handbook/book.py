"""All pages of the handbook, as the build writes them and a test holds them fresh."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from alert_rules import Group
from collectors import Collector
from dashboards.board import Board
from metrics.catalogue import external_metrics
from provisioning.handbook.alerts import alerts_page
from provisioning.handbook.boards import boards_page
from provisioning.handbook.contract import contract_page
from provisioning.handbook.entry import Entry, entries
from provisioning.handbook.lint import lint_page
from provisioning.handbook.metrics import metrics_page
from provisioning.handbook.places import Places
from provisioning.handbook.runbooks import Runbooks
from provisioning.rules.reading import Rules

_DOCS = Places(metrics="metrics.md", tables="contract.md", boards="boards.md", files="../", runbooks="runbooks/{}.md")
_RUNBOOKS = Places(
    metrics="../metrics.md", tables="../contract.md", boards="../boards.md", files="../../", runbooks="{}.md"
)


@dataclass(frozen=True)
class Book:
    """What the handbook is written from."""

    entries: tuple[Entry, ...]
    boards: Sequence[Board]
    rules: Rules


def gathered(
    collectors: Mapping[str, Collector],
    boards: Sequence[Board],
    groups: Sequence[Group] = (),
    intervals: Mapping[tuple[str, str], float] | None = None,
) -> Book:
    """The facts about what is declared; `intervals` as for `entries`."""
    declared = (metric for collector in collectors.values() for metric in collector.metrics)
    rules = Rules(groups, (*declared, *external_metrics()))
    return Book(entries(collectors, boards, intervals, rules), boards, rules)


def pages(collectors: Mapping[str, Collector], boards: Sequence[Board], groups: Sequence[Group] = ()) -> dict[str, str]:
    """The text of every page by its path, which counts from the root of the project."""
    from provisioning.lint.codes import CODES  # the exporter serves entries, and needs no linter for that

    book = gathered(collectors, boards, groups)
    runbooks = Runbooks(book.rules, book.entries, boards, _RUNBOOKS)
    return {
        "docs/boards.md": boards_page(boards, book.entries, replace(_DOCS, boards=""), book.rules.alerts),
        "docs/contract.md": contract_page(book.entries, replace(_DOCS, tables="")),
        "docs/lint.md": lint_page(CODES),
        "docs/metrics.md": metrics_page(book.entries, replace(_DOCS, metrics="")),
        "docs/runbooks/README.md": alerts_page(book.rules, _RUNBOOKS),
        **{f"docs/runbooks/{alert.name}.md": runbooks.page(alert) for alert in book.rules.alerts},
    }
