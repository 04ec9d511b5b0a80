"""What the pages of alerts that users define say. Of templates, a message may hold the value and labels only.

Everything else between braces is refused: a template of Prometheus can run any query, and a broken one would keep the
whole file from being loaded.
"""

import re
from collections.abc import Collection

from alert_rules.alert import humanised
from metrics import Metric, Unit
from provisioning.lint.catalogue import did_you_mean
from provisioning.paging.settings import duration
from warehouse.alerts import Definition

_PLACEHOLDER = re.compile(r"\{\{ *\$(?P<value>value) *\}\}|\{\{ *\$labels\.(?P<label>[A-Za-z_][A-Za-z0-9_]*) *\}\}")
_WORDS = {
    ">": "above",
    ">=": "at or above",
    "<": "below",
    "<=": "at or below",
    "=": "at",
    "!=": "other than",
    "change_%": "more than",
}


class MessageError(ValueError):
    """A message holds a template that it may not hold."""


def summary(definition: Definition, metric: Metric) -> str:
    """A fixed sentence."""
    return f"{metric.title}: {_subject(definition, metric)} is {_limit(definition, metric)}."


def value(definition: Definition, metric: Metric) -> str:
    """The template of the value with its unit."""
    match definition.alert_type:
        case "change":
            return "{{ $value | humanize }}%"
        case "trend":
            return humanised(metric.unit) + (" per second" if metric.kind == "counter" else "") + " per hour"
        case "threshold":
            return "{{ $value | humanize }} per second" if metric.kind == "counter" else humanised(metric.unit)


def message(definition: Definition, metric: Metric, labels: Collection[str]) -> str:
    """The text of the user with its placeholders filled in by templates, or a sentence that comes by itself.

    `labels` are those that the series may carry. Raises MessageError.
    """
    told = value(definition, metric)
    if definition.message_template is None:
        named = [label for label in sorted(labels) if label not in ("job", "instance")]
        place = ", ".join(f"{label} {{{{ $labels.{label} }}}}" for label in named)
        subject = f"{metric.title} ({place})" if place else metric.title
        limit = _limit(definition, metric)
        return f"{subject}: {_subject(definition, metric)} is {told}, and the alert is set for {limit}."
    return _filled_in(definition.message_template, told, labels)


def _filled_in(text: str, told: str, labels: Collection[str]) -> str:
    parts, position = [], 0
    for found in _PLACEHOLDER.finditer(text):
        before, position = text[position : found.start()], found.end()
        parts.append(_plain(before, before_template=True))
        if (label := found["label"]) and label not in labels:
            raise MessageError(f"The message names the label {label!r}{did_you_mean(label, labels)}")
        parts.append(f"{{{{ $labels.{label} }}}}" if label else told)
    return "".join([*parts, _plain(text[position:])])


def _plain(text: str, *, before_template: bool = False) -> str:
    if "{{" in text or (before_template and text.endswith("{")):
        raise MessageError(
            "The message may hold {{ $value }} and {{ $labels.NAME }}, and no other braces in pairs, got "
            f"{text[text.find('{') :]!r}."
        )
    return text


def _subject(definition: Definition, metric: Metric) -> str:
    match definition.alert_type:
        case "change":
            return f"the change within {duration(definition.window_seconds)}"
        case "trend":
            return f"the trend over {duration(definition.window_seconds)}"
        case "threshold":
            return "the rate" if metric.kind == "counter" else "the value"


def _limit(definition: Definition, metric: Metric) -> str:
    level = definition.threshold_value
    word = _WORDS[definition.comparison]
    if definition.alert_type == "change":
        either = " in either direction" if definition.comparison == "change_%" else ""
        return f"{word} {level:g}%{either}"
    if metric.unit is Unit.RATIO and metric.kind != "counter":
        number = f"{100 * level:g}%"
    elif metric.unit in (Unit.SECONDS, Unit.BYTES, Unit.MONTHS) and metric.kind != "counter":
        number = f"{level:g} {metric.unit.value}"
    else:
        number = f"{level:g}" + (" per second" if metric.kind == "counter" else "")
    return f"{word} {number}" + (" per hour" if definition.alert_type == "trend" else "")
