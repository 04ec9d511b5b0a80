"""K1xx: what is said about metrics."""

from metrics.app_performance import HTTP_REQUEST_DURATION
from metrics.commerce import REVENUE
from provisioning.lint.code import Code

METRICS = (
    Code(
        "K101",
        "Nothing reads a metric",
        "The metric is declared, and collected or recorded, but no panel of any board and no rule asks for it. It "
        "costs queries and series, and nobody sees it. The generated Catalogue board does not count.",
        f"{REVENUE} is collected every five minutes, and no board and no rule reads it.",
        "Put it on the board where its readers look, or delete the declaration and its column or rule.",
        severity="notice",
    ),
    Code(
        "K102",
        "Unknown metric",
        "The expression selects a name that no declaration exposes, so the panel stays empty. Usually it is a typing "
        "error, or the metric was renamed. A selector must also name its metric: labels alone select anything that "
        "carries them. Names that others expose are declared with the origin 'external'.",
        f"{REVENUE.name.replace('revenue', 'revenu')}",
        "Refer to the declaration by import instead of typing its name, or declare the metric.",
    ),
    Code(
        "K103",
        "A histogram has no series of its own name",
        "A histogram exposes the series `…_bucket`, `…_sum` and `…_count`, and none under its bare name. A selector of "
        "the bare name selects nothing.",
        f"rate({HTTP_REQUEST_DURATION}[$__rate_interval])",
        "Use `.bucket`, `.sum` or `.count` of the declaration.",
    ),
)
