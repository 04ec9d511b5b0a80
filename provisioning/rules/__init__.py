"""Rules as Prometheus loads them, and the tests that promtool runs over them."""

from provisioning.rules.links import Links
from provisioning.rules.promtool import case_files
from provisioning.rules.to_prometheus import rule_files

__all__ = ["Links", "case_files", "rule_files"]
