"""How it is measured: the kit for collectors, and the built-in ones, a folder per domain."""

from collectors.contract import Collector, Run
from collectors.sql import SqlCollector

__all__ = ["Collector", "Run", "SqlCollector"]
