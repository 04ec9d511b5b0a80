"""The built-in collector of the domain app performance: one `.sql` file per set of labels."""

from pathlib import Path

from collectors.sql import SqlCollector
from metrics.catalogue import domains

COLLECTOR = SqlCollector("app_performance", folder=Path(__file__).parent, metrics=domains()["app_performance"])
