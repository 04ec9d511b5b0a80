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

from dashboards.discovery import discover
from exporter.assembly import Assembly
from provisioning.handbook.contract import contract_pieces
from provisioning.handbook.entry import Entry, entries
from provisioning.handbook.markdown import slug
from provisioning.handbook.metrics import metrics_pieces
from provisioning.handbook.places import Places


class Handbook:
    """The page, rendered once for each assembly. Threads may share it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._rendered: tuple[Assembly, str] | None = None

    def page(self, assembly: Assembly, plugins: Path | None = None) -> str:
        """The page as HTML. `plugins` is the folder where boards may lie, too."""
        with self._guard:
            if self._rendered is None or self._rendered[0] is not assembly:
                self._rendered = assembly, render(entries_of(assembly, plugins))
            return self._rendered[1]


def entries_of(assembly: Assembly, plugins: Path | None = None) -> tuple[Entry, ...]:
    """The entries of the collectors that run, with the intervals of the configuration, and the boards found."""
    intervals = {(job.collector.name, part.name): job.interval for job in assembly.jobs for part in job.parts}
    domains = {name: collector.metrics for name, collector in assembly.collectors.items()}
    return entries(assembly.collectors, discover(domains, plugins).found, intervals)


def render(found: tuple[Entry, ...]) -> str:
    """The page as HTML: the metrics, then the contract tables, each under the anchor that is its name."""
    places = Places()
    pieces = [*metrics_pieces(found, places), "## Contract tables", *contract_pieces(found, places)]
    return _template().render(
        content=Markup(_html("\n\n".join(pieces))),  # noqa: S704  the Markdown is read without HTML
        metrics=len(found),
        now=datetime.now(UTC),
    )


def _html(markdown: str) -> str:
    """The Markdown as HTML. Each heading has the anchor that GitHub would give it, and leads to itself."""
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
