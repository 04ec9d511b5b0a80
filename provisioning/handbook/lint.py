"""The page of the lint codes: what each demands and why, what breaks it, and how to mend it."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING

from provisioning.handbook.markdown import block, link, page, slug

if TYPE_CHECKING:
    from provisioning.lint.code import Code

_FAMILIES = {
    "K1": "Metrics",
    "K2": "PromQL",
    "K3": "Panels",
    "K4": "Boards",
    "K5": "SQL",
    "K6": "Alert rules",
}
_INTRODUCTION = """\
`kpi lint` and `kpi build` check everything that is built against the declarations. Each message begins with a code; it
is explained here, and by `kpi lint --explain K201`. A fault fails the build, a notice is told only. An exception stands
beside its panel or rule, with a reason: `ignore={"K201": "…"}`."""


def lint_page(codes: "Mapping[str, Code]") -> str:
    """The Markdown of the page. The texts of codes are Markdown already."""
    ordered = sorted(codes.values(), key=lambda code: code.number)
    families = [
        (_FAMILIES.get(key, f"{key}xx"), tuple(found))
        for key, found in groupby(ordered, key=lambda code: code.number[:2])
    ]
    return page("# Lint codes", _INTRODUCTION, *_contents(families), *_sections(families))


def _contents(families: "list[tuple[str, tuple[Code, ...]]]") -> Iterator[str]:
    for title, found in families:
        yield f"**{link(title, '#' + slug(title))}**"
        yield "\n".join(f"- {link(code.number, '#' + slug(code.number))} {code.title}" for code in found)


def _sections(families: "list[tuple[str, tuple[Code, ...]]]") -> Iterator[str]:
    for title, found in families:
        yield f"## {title}"
        for code in found:
            yield f"### {code.number}"
            yield f"**{code.title}.** {code.explanation}"
            yield block(code.example, "text")
            yield f"{code.remedy}{' (A notice.)' if code.severity == 'notice' else ''}"
