"""The demo company: a small marketplace for stories, deterministic by seed, with three incidents in its past."""

from warehouse.demo.history import DemoError, load
from warehouse.demo.incidents import INCIDENTS, Incident
from warehouse.demo.live import LiveWriter

__all__ = ["INCIDENTS", "DemoError", "Incident", "LiveWriter", "load"]
