"""The built-in collector of the domain delivery: one `.sql` file per set of labels."""

from pathlib import Path

from collectors.sql import SqlCollector
from metrics.catalogue import domains

COLLECTOR = SqlCollector("delivery", folder=Path(__file__).parent, metrics=domains()["delivery"])
