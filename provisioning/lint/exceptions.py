"""Exceptions, written beside the panel or rule with a reason: `ignore={"K505": "the list of today"}`."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from provisioning.lint.codes import CODES
from provisioning.lint.finding import Finding


def except_ignored(
    ignore: Mapping[str, str],
    place: str,
    findings: Sequence[Finding],
    judged: Callable[[str], bool] = lambda _: True,
) -> Iterator[Finding]:
    """The findings without those of codes that `ignore` names; exceptions that hide none are findings themselves.

    `judged` says for which codes all findings are given, so that an exception can be seen to hide nothing.
    """
    found = {finding.code for finding in findings}
    yield from (finding for finding in findings if finding.code not in ignore)
    for code in ignore:
        if code in CODES and judged(code) and code not in found:
            yield Finding("K320", place, f"The exception for {code} hides nothing.")


def malformed_exceptions(ignore: Mapping[str, str], place: str) -> Iterator[Finding]:
    """Exceptions without a reason, and for codes that do not exist."""
    for code, reason in ignore.items():
        if code not in CODES:
            yield Finding("K319", place, f"The exception names {code}, which no rule has.")
        elif not reason.strip():
            yield Finding("K318", place, f"The exception for {code} gives no reason.")
