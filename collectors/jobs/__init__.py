"""The built-in collector of the domain jobs: one `.sql` file per set of labels."""

from pathlib import Path

from collectors.sql import SqlCollector
from metrics.catalogue import domains

COLLECTOR = SqlCollector("jobs", folder=Path(__file__).parent, metrics=domains()["jobs"])
