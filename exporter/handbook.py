"""The page `/handbook`: what this process collects, in the words of the handbook. Panels link to its entries."""

import threading
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from exporter.assembly import Assembly
from exporter.config import Config
from provisioning.handbook.book import Book, gathered
from provisioning.handbook.contract import contract_pieces
from provisioning.handbook.entry import Entry
from provisioning.handbook.markdown import slug
from provisioning.handbook.metrics import metrics_pieces
from provisioning.handbook.places import Places
from provisioning.rules.links import Links
from provisioning.rules.per_source import group_per_source

RUNBOOKS = "/runbooks/{}"
_PLACES = Places(runbooks=RUNBOOKS)


class Handbook:
    """The page, rendered once for each assembly. Threads may share it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._rendered: tuple[Assembly, str] | None = None

    def page(self, assembly: Assembly, config: Config) -> str:
        """The page as HTML."""
        with self._guard:
            if self._rendered is None or self._rendered[0] is not assembly:
                self._rendered = assembly, _rendered(entries_of(assembly, config))
            return self._rendered[1]


def entries_of(assembly: Assembly, config: Config) -> tuple[Entry, ...]:
    """The entries of the collectors that run and of the rules found."""
    book, _ = book_of(assembly, config)
    return book.entries


def book_of(assembly: Assembly, config: Config) -> tuple[Book, Links]:
    """The collectors that run, with the intervals of the configuration, the boards and rules found, and where Grafana
    shows boards."""
    from exporter.artefacts import around  # it needs all that is built, and the exporter starts without that

    found = around(assembly.collectors, config)
    intervals = {(job.collector.name, part.name): job.interval for job in assembly.jobs for part in job.parts}
    groups = [group_per_source(group, found.scope) for group in found.rules]
    return gathered(assembly.collectors, found.boards, groups, intervals), found.surroundings.links


def render(title: str, introduction: str, markdown: str) -> str:
    """A page as HTML. Each heading of the Markdown has the anchor that GitHub would give it, and leads to itself."""
    return _template().render(
        title=title,
        introduction=introduction,
        content=Markup(_html(markdown)),  # noqa: S704  the Markdown is read without HTML
        now=datetime.now(UTC),
    )


def _rendered(found: tuple[Entry, ...]) -> str:
    """The metrics, then the contract tables, each under the anchor that is its name."""
    pieces = [*metrics_pieces(found, _PLACES), "## Contract tables", *contract_pieces(found, _PLACES)]
    introduction = (
        f"The {len(found)} metrics that this exporter exposes, or that rules record from them: what they mean, how "
        "they are computed, and from what."
    )
    return render("Handbook", introduction, "\n\n".join(pieces))


def _html(markdown: str) -> str:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(markdown)
    for opened, inline in pairwise(tokens):
        if opened.type == "heading_open" and inline.children is not None:
            anchor = slug("".join(child.content for child in inline.children))
            opened.attrSet("id", anchor)
            here = Token("link_open", "a", 1, attrs={"href": f"#{anchor}"})
            inline.children = [here, *inline.children, Token("link_close", "a", -1)]
    return str(reader.renderer.render(tokens, reader.options, {}))


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("handbook.html")
