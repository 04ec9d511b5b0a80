"""From what somebody wrote to values that fit their declarations. Every fault is a sentence, and all come at once."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache

from dashboards.look import amount
from metrics import Input, Unit
from metrics.period import EXAMPLES, Period
from warehouse.inputs import GivenValue

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_DECIMALS = Decimal("1e-8")
_CURRENCY = re.compile("[A-Z]{3}")
_LARGEST = Decimal("1e16") - _DECIMALS
_LONGEST_TEXT = 1000
_LONGEST_QUOTE = 80
_UNPRINTABLE = ("Cc", "Cs", "Cf", "Zl", "Zp")


@dataclass(frozen=True)
class Written:
    """A value as somebody wrote it; None withdraws the one that holds. `faults` are those of the writing itself."""

    metric: str
    period: str
    value: str | None
    labels: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None
    faults: tuple[str, ...] = ()


class Checker:
    """Holds what is written against the metrics that people give, on the day `today`."""

    def __init__(self, metrics: Mapping[str, Input], today: date) -> None:
        self._metrics = metrics
        self._today = today
        self._period = lru_cache(maxsize=1000)(Period.parse)

    def check(self, written: Written) -> GivenValue | list[str]:
        """The value, or all that is wrong with it."""
        metric = self._metrics.get(written.metric)
        faults = list(written.faults)
        if metric is None:
            faults.append(self.unknown(written.metric))
        else:
            faults += _label_faults(metric, written.labels)
        period, fault = self._read_period(metric, written.period)
        faults += [fault] if fault else []
        value, fault = (None, "") if written.value is None else _read_value(metric, written.value)
        faults += [fault] if fault else []
        note = (written.note or "").strip() or None
        faults += _text_faults("The note", note or "")
        if faults or metric is None or period is None:
            return faults
        return GivenValue(metric.name, dict(written.labels), period.start, period.end, value, note)

    def series_and_period(self, written: Written) -> tuple[object, ...] | None:
        """What no two lines of a file may share, whatever the value is. None where the line leaves it open."""
        metric = self._metrics.get(written.metric)
        if metric is None or written.faults or written.labels.keys() != set(metric.labels):
            return None
        period, _ = self._read_period(metric, written.period)
        return period and (metric.name, frozenset(written.labels.items()), period.start)

    def unknown(self, name: str) -> str:
        """The sentence for a name that no metric has which people give."""
        if not self._metrics:
            return f"{_short(name)!r} is no metric that people give; there is none that they give."
        near = get_close_matches(_short(name), self._metrics, 3)
        advice = f"did you mean {' or '.join(near)}?" if near else "'kpi input list' shows those there are."
        return f"{_short(name)!r} is no metric that people give; {advice}"

    def _read_period(self, metric: Input | None, text: str) -> tuple[Period | None, str]:
        try:
            period = self._period(_short(text))
        except ValueError as error:
            return None, f"The period: {error}."
        if metric is not None and period.every != metric.every:
            wanted = f"is given for each {metric.every}, such as {EXAMPLES[metric.every]}"
            return None, f"{metric} {wanted}; {text} is a {period.every}."
        if period.start > self._today:
            return None, f"The period {text} has not begun; it begins on {period.start}."
        return period, ""


def _read_value(metric: Input | None, text: str) -> tuple[Decimal | None, str]:
    if not _NUMBER.fullmatch(text):
        return None, f"The value must be a number such as 1234.5, got {_short(text)!r}{_advice(metric, text)}."
    value = Decimal(text)
    if abs(value) > _LARGEST:
        return None, f"The value must be below 10,000,000,000,000,000, got {_short(text)}."
    if metric is not None and not Decimal(metric.least) <= value <= Decimal(metric.highest):
        bounds = f"{metric.least:g} to {metric.highest:g}"
        if metric.highest == float("inf"):
            bounds = f"{metric.least:g} or more"
        percent = " A ratio is given as 0.85, not as 85." if metric.unit is Unit.RATIO and value > 1 else ""
        return None, f"The value of {metric} must be {bounds}, got {_short(text)}.{percent}"
    if metric is not None and metric.whole and value != value.to_integral_value():
        return None, f"The value of {metric} must be a whole number, got {_short(text)}."
    if value != value.quantize(_DECIMALS):
        return None, f"The value has more than 8 decimals: {_short(text)}."
    return value.quantize(_DECIMALS) + 0, ""  # -0 becomes 0


def _advice(metric: Input | None, text: str) -> str:
    if not text.strip():
        return ""
    if text.rstrip().endswith("%"):
        return "; write 85 % as 0.85" if metric is None or metric.unit is Unit.RATIO else "; leave the % out"
    if re.fullmatch(r"[+-]?\d[\d., '_\u00a0\u202f]*", text.strip()):
        return "; write a point before the decimals, and nothing between the thousands"
    return ""


def _label_faults(metric: Input, labels: Mapping[str, str]) -> Iterator[str]:
    if labels.keys() != set(metric.labels):
        got = ", ".join(name if name.isidentifier() else repr(_short(name)) for name in sorted(labels)) or "none"
        wanted = ", ".join(metric.labels) or "none"
        yield f"{metric} has the labels: {wanted}; got: {got}."
    for name, text in labels.items():
        if name in metric.labels and not text:
            yield f"The label {name} is empty."
        if name in metric.labels:
            yield from _text_faults(f"The label {name}", text)
        if name == "currency" and name in metric.labels and text and not _CURRENCY.fullmatch(text):
            yield f"The label currency is an ISO 4217 code such as EUR, got {_short(text)!r}."


def _text_faults(name: str, text: str) -> Iterator[str]:
    if len(text) > _LONGEST_TEXT:
        yield f"{name} has {len(text):,} characters; at most {_LONGEST_TEXT:,} are allowed."
    if any(unicodedata.category(letter) in _UNPRINTABLE for letter in text):
        yield f"{name} holds characters that cannot be printed: {_short(text)!r}."


def _short(text: str) -> str:
    """As much of a text as a sentence can bear."""
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def in_words(metric: Input, value: Decimal | float) -> str:
    """A value with its unit: `0.82 (82 %)`, `1200 s`, `8.1`."""
    number = f"{Decimal(str(value)).normalize():f}"
    spelled = amount(float(value), metric.unit)
    plain = {Unit.COUNT: "", Unit.SCORE: "", Unit.CURRENCY: ""}
    if metric.unit in plain:
        return number
    return f"{number} ({spelled})" if metric.unit is Unit.RATIO else f"{number} {metric.unit.value}"
