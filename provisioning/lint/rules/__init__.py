"""The rules for expressions. Importing this package fills the list of rules."""

from provisioning.lint.rules import aggregations, functions, histograms, matching, selectors

__all__ = ["aggregations", "functions", "histograms", "matching", "selectors"]
