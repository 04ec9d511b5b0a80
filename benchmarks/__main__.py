"""`python -m benchmarks [NAME…]`: measure, and print one table. Without names, everything is measured."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.boards import boards
from benchmarks.harness import Row
from benchmarks.memory import memory
from benchmarks.prometheus import prometheus
from benchmarks.queries import queries, queries_at_20
from benchmarks.rendering import rendering
from benchmarks.replay import replay
from benchmarks.scrape import scrapes, scrapes_while_rendering
from benchmarks.sql import sql_collecting, sql_scrapes
from benchmarks.startup import first_scrape, help_text

BENCHMARKS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "scrape": scrapes,
    "sql-scrape": sql_scrapes,
    "scrape-while-rendering": scrapes_while_rendering,
    "rendering": rendering,
    "memory": memory,
    "sql-collect": sql_collecting,
    "prometheus": prometheus,
    "start": first_scrape,
    "help": help_text,
    "boards": boards,
    "replay": replay,
    "queries": queries,
    "queries-at-20": queries_at_20,
}


def main() -> int:
    """0 when every row reaches its bound, 1 otherwise; peers that are missing do not count."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME", help=", ".join(BENCHMARKS))
    console = Console(width=None if sys.stdout.isatty() else 160)
    table = Table("what", "ours", "peer", "ratio", "must reach", "", title="Speed")
    rows: list[Row] = []
    for name in parser.parse_args().names or BENCHMARKS:
        console.print(f"measuring {name} …", style="dim")
        with tempfile.TemporaryDirectory(prefix="kpi-benchmark-") as folder:
            rows += BENCHMARKS[name](Path(folder))
    for row in rows:
        table.add_row(*row.cells, style="" if row.verdict == "ok" else "red" if row.verdict == "not ok" else "dim")
    console.print(table)
    return any(row.verdict == "not ok" for row in rows)


if __name__ == "__main__":
    sys.exit(main())
