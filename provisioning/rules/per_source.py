"""Keeps sources apart in rules: whoever writes `sum by (service) (…)` means it for each tenant."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from alert_rules import Group
from dashboards.scope import Scope
from dashboards.words import TOKEN, closing, next_word

_AGGREGATIONS = frozenset(
    "sum min max avg group stddev stdvar count count_values bottomk topk quantile".split()  # noqa: SIM905  as in the docs
)


def per_source(expr: str, scope: Scope) -> str:
    """The expression with the labels of sources in each grouping of series that carry them, and in each `on` where
    all series do."""
    if not scope.source_labels:
        return expr
    words = TOKEN.findall(expr)
    every = all(_has_source(word, scope) for word in words if word in scope.labels)
    return "".join(_kept_apart(words, scope, every))


def group_per_source(group: Group, scope: Scope) -> Group:
    """The group with the expressions of its rules as Prometheus gets them."""
    return replace(group, rules=tuple(replace(rule, expr=per_source(rule.expr, scope)) for rule in group.rules))


def _kept_apart(words: Sequence[str], scope: Scope, every: bool) -> Iterator[str]:
    position = 0
    while position < len(words):
        word, after = words[position], next_word(words, position)
        if word == "on" and every and _at(words, after) == "(":
            end = closing(words, after)
            yield f"on ({_with_sources(words[after + 1 : end], scope)})"
            position = end + 1
        elif word in _AGGREGATIONS and _at(words, after) in ("(", "by", "without"):
            position = yield from _aggregation(words, position, scope, every)
        else:
            yield word
            position += 1


def _aggregation(words: Sequence[str], position: int, scope: Scope, every: bool) -> Generator[str, None, int]:
    after = next_word(words, position)
    clause: Sequence[str] | None = None
    keyword = "by"
    if words[after] in ("by", "without"):
        keyword, clause, end = _clause(words, after)
        after = next_word(words, end)
    end = closing(words, after)
    inside = words[after + 1 : end]
    following = next_word(words, end)
    if clause is None and _at(words, following) in ("by", "without"):
        keyword, clause, end = _clause(words, following)
    labels = "".join(clause or ()).strip()
    if keyword == "by" and any(_has_source(word, scope) for word in inside):
        labels = _with_sources(clause or (), scope)
    grouping = f" {keyword} ({labels})" if labels or clause is not None else ""
    yield f"{words[position]}{grouping} ("
    yield from _kept_apart(inside, scope, every)
    yield ")"
    return end + 1


def _clause(words: Sequence[str], position: int) -> tuple[str, Sequence[str], int]:
    """The keyword, what stands in its parentheses, and where they close."""
    opening = next_word(words, position)
    end = closing(words, opening)
    return words[position], words[opening + 1 : end], end


def _with_sources(words: Sequence[str], scope: Scope) -> str:
    named = [label.strip() for label in "".join(words).split(",") if label.strip()]
    return ", ".join([*(label for label in scope.source_labels if label not in named), *named])


def _has_source(word: str, scope: Scope) -> bool:
    return bool(scope.labels.get(word, frozenset()).intersection(scope.source_labels))


def _at(words: Sequence[str], position: int) -> str:
    return words[position] if position < len(words) else ""
