"""The built-in collector of the domain development: one `.sql` file per set of labels."""

from pathlib import Path

from collectors.sql import SqlCollector
from metrics.catalogue import domains

COLLECTOR = SqlCollector("development", folder=Path(__file__).parent, metrics=domains()["development"])
