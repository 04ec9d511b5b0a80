"""All lint codes: K1xx metrics, K2xx PromQL, K3xx panels, K4xx boards and pre-flight, K5xx SQL, K6xx alert rules.

A new code is one entry in the file of its hundred, and a rule that raises it.
"""

from provisioning.lint.code import Code
from provisioning.lint.codes_boards import BOARDS
from provisioning.lint.codes_metrics import METRICS
from provisioning.lint.codes_panels import PANELS
from provisioning.lint.codes_promql import PROMQL
from provisioning.lint.codes_rules import RULES
from provisioning.lint.codes_sql import SQL

__all__ = ["CODES", "Code"]

_ALL = (METRICS, PROMQL, PANELS, BOARDS, SQL, RULES)
CODES: dict[str, Code] = {code.number: code for family in _ALL for code in family}
