"""All pages of the handbook, as the build writes them and a test holds them fresh."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from collectors import Collector
from dashboards.board import Board
from provisioning.handbook.boards import boards_page
from provisioning.handbook.contract import contract_page
from provisioning.handbook.entry import entries
from provisioning.handbook.lint import lint_page
from provisioning.handbook.metrics import metrics_page
from provisioning.handbook.places import Places

_DOCS = Places(metrics="metrics.md", tables="contract.md", boards="boards.md", files="../")


def pages(collectors: Mapping[str, Collector], boards: Sequence[Board]) -> dict[str, str]:
    """The text of every page by its path, which counts from the root of the project."""
    from provisioning.lint.codes import CODES  # the exporter serves entries, and needs no linter for that

    found = entries(collectors, boards)
    return {
        "docs/boards.md": boards_page(boards, found, replace(_DOCS, boards="")),
        "docs/contract.md": contract_page(found, replace(_DOCS, tables="")),
        "docs/lint.md": lint_page(CODES),
        "docs/metrics.md": metrics_page(found, replace(_DOCS, metrics="")),
    }
