"""The built-in collector of the domain reliability: one `.sql` file per set of labels."""

from pathlib import Path

from collectors.sql import SqlCollector
from metrics.catalogue import domains

COLLECTOR = SqlCollector("reliability", folder=Path(__file__).parent, metrics=domains()["reliability"])
