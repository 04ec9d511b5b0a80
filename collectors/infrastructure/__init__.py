"""The built-in collector of the domain infrastructure: one `.sql` file per table and set of labels."""

from pathlib import Path

from collectors.sql import SqlCollector
from metrics.catalogue import domains

COLLECTOR = SqlCollector("infrastructure", folder=Path(__file__).parent, metrics=domains()["infrastructure"])
