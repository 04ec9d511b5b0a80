"""The built-in collector of the domain pull requests: one `.sql` file per set of labels."""

from pathlib import Path

from collectors.sql import SqlCollector
from metrics.catalogue import domains

COLLECTOR = SqlCollector("pull_requests", folder=Path(__file__).parent, metrics=domains()["pull_requests"])
