"""The built-in collector of the domain page loads: one `.sql` file per set of labels."""

from pathlib import Path

from collectors.sql import SqlCollector
from metrics.catalogue import domains

COLLECTOR = SqlCollector("page_loads", folder=Path(__file__).parent, metrics=domains()["page_loads"])
