"""The built-in collector of the domain code quality: one `.sql` file per set of labels."""

from pathlib import Path

from collectors.sql import SqlCollector
from metrics.catalogue import domains

COLLECTOR = SqlCollector("code_quality", folder=Path(__file__).parent, metrics=domains()["code_quality"])
