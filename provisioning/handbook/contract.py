"""The page of the contract tables: what a row is, what the columns mean, who needs them, and the view to create."""

from collections.abc import Iterator, Sequence

from provisioning.handbook.entry import Entry
from provisioning.handbook.markdown import block, code, first_sentence, page, plain, table
from provisioning.handbook.places import Places
from warehouse.contract import TABLES, Table, create_view

_INTRODUCTION = """\
The queries read these tables, and no others. `kpi migrate` creates them. Where your own tables differ, create views of
these names in a schema on the search path of the source: the statement to fill in stands below each table. `kpi check`
says which are missing; a query whose table is missing is off, and the rest goes on."""


def contract_page(entries: Sequence[Entry], places: Places) -> str:
    """The Markdown of the page."""
    return page("# Contract tables", _INTRODUCTION, *contract_pieces(entries, places))


def contract_pieces(entries: Sequence[Entry], places: Places) -> Iterator[str]:
    """The table of contents and the tables, without a heading above them."""
    yield "\n".join(f"- {places.table(name)} {plain(first_sentence(found.meaning))}" for name, found in TABLES.items())
    for found in TABLES.values():
        yield from _pieces(found, [entry for entry in entries if found.name in entry.tables], places)


def _pieces(found: Table, needed_by: Sequence[Entry], places: Places) -> Iterator[str]:
    yield f"### {found.name}"
    yield plain(found.meaning)
    rows = [
        (code(column.name), code(column.type), "may be" if column.nullable else "never", plain(column.meaning))
        for column in found.columns
    ]
    yield table(("column", "type", "NULL", "meaning"), rows)
    if needed_by:
        yield f"Needed by {', '.join(places.metric(entry.metric.name) for entry in needed_by)}."
    else:
        yield "No metric needs it."
    yield block(create_view(found), "sql")
