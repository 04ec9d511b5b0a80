"""The linter: what is wrong with expressions, panels, boards and alert rules, and why."""

from provisioning.lint.catalogue import Catalogue
from provisioning.lint.codes import CODES, Code
from provisioning.lint.expressions import check
from provisioning.lint.finding import Finding
from provisioning.lint.lint import lint
from provisioning.lint.sql import describe_panels

__all__ = ["CODES", "Catalogue", "Code", "Finding", "check", "describe_panels", "lint"]
