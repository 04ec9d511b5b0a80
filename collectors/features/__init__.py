"""The built-in collector of the domain features: one `.sql` file per set of labels."""

from pathlib import Path

from collectors.sql import SqlCollector
from metrics.catalogue import domains

COLLECTOR = SqlCollector("features", folder=Path(__file__).parent, metrics=domains()["features"])
