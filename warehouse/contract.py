"""The contract tables as data, read from the comments of the migrations: one text for the reader and the program.

A migration is regular: above each CREATE TABLE stands what a row is, each column has its own line, and behind it
stands what the column means. A table whose source differs is replaced by a view of the same name and columns.

A migration that begins with "Kept by the product" holds tables that the product writes: those are no contract.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_VERSIONS = Path(__file__).parent / "migrations" / "versions"
_KEPT = "-- Kept by the product"
_TABLE = re.compile(r"^((?:--[^\n]*\n)+)CREATE TABLE (\w+) \(\n(.*?)^\);$", re.MULTILINE | re.DOTALL)
_COLUMN = re.compile(
    r'^    "?(?P<name>\w+)"? +(?P<type>double precision|[a-z]+(?:\([0-9,]+\))?)(?P<rules>[^,-]*),? *-- (?P<meaning>.+)$'
)


@dataclass(frozen=True)
class Column:
    """One column: its PostgreSQL type as the migration writes it, its meaning, and whether it may be NULL."""

    name: str
    type: str
    meaning: str
    nullable: bool


@dataclass(frozen=True)
class Table:
    """One contract table; `meaning` says what a row is."""

    name: str
    meaning: str
    columns: tuple[Column, ...]


def parse(file: Path) -> Iterator[Table]:
    """The tables of one migration. Raises ValueError for a column line without a meaning."""
    for comment, name, body in _TABLE.findall(file.read_text(encoding="utf-8")):
        meaning = " ".join(line.removeprefix("--").strip() for line in comment.splitlines())
        yield Table(name, meaning, tuple(_column(file, name, line) for line in body.splitlines()))


def create_view(table: Table, schema: str = "public") -> str:
    """A CREATE VIEW that stands in for the table, and runs as it is: each NULL is to be replaced by an expression.

    The FROM clause at the end yields no row until it is replaced, too.
    """
    lines = [f"-- {table.meaning}", f"CREATE VIEW {_quoted(schema)}.{_quoted(table.name)} AS", "SELECT"]
    expressions = [f"CAST(NULL AS {column.type}) AS {_quoted(column.name)}" for column in table.columns]
    width = max(map(len, expressions)) + 1
    for position, (column, expression) in enumerate(zip(table.columns, expressions, strict=True), start=1):
        comma = "," if position < len(table.columns) else ""
        meaning = column.meaning if column.nullable else f"{column.meaning} (never NULL)"
        lines.append(f"    {expression + comma:{width}} -- {meaning}")
    lines += [
        "  FROM (VALUES (1)) AS your_table",
        " WHERE false -- delete this line when the columns are filled in",
        ";",
    ]
    return "\n".join(lines) + "\n"


def _column(file: Path, table: str, line: str) -> Column:
    match = _COLUMN.match(line)
    if match is None:
        raise ValueError(
            f"could not read {file.name}: a column of {table} must stand alone in its line as "
            f"'name type rules, -- meaning', got {line.strip()!r}"
        )
    rules = match["rules"]
    nullable = "NOT NULL" not in rules and "KEY" not in rules
    return Column(match["name"], match["type"], match["meaning"].strip(), nullable)


def _quoted(name: str) -> str:
    """The name as SQL takes it. All columns are called with AS, after which even words of SQL need no quotes."""
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else '"' + name.replace('"', '""') + '"'


def _found(*, own: bool) -> dict[str, Table]:
    files = (file for file in sorted(_VERSIONS.glob("*.sql")) if file.read_text("utf-8").startswith(_KEPT) == own)
    return {table.name: table for file in files for table in parse(file)}


TABLES: dict[str, Table] = _found(own=False)
"""All contract tables by name, in the order of the migrations."""

OWN_TABLES: dict[str, Table] = _found(own=True)
"""The tables that the product itself writes, by name."""
