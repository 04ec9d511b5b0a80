"""Service level objectives as one declaration: recorded series, and alerts on how fast the error budget burns.

    API_AVAILABILITY = SLO(
        "api-availability",
        objective=Decimal("0.999"),
        total=str(HTTP_REQUESTS),
        bad=HTTP_REQUESTS(status=matches("5..")),
        …
    )

Everything follows from two recorded rates, of events and of failed events over 5 minutes, taken every minute. A longer
window adds these up, which weighs each minute by its events, and reads two series instead of all counters behind them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from decimal import Decimal
from functools import cached_property

from alert_rules.alert import Alert
from alert_rules.burn import BURNS, Burn, in_words, minutes, plain
from alert_rules.burn_alerts import burn_alert
from alert_rules.group import Group
from alert_rules.recording import Recording, RuleError
from alert_rules.teams import Team
from metrics.promql import or_zero
from metrics.slo import (
    SLO_BUDGET_CONSUMED,
    SLO_BUDGET_REMAINING,
    SLO_BURN_RATE,
    SLO_COMPLIANCE,
    SLO_ERROR_RATIO,
    SLO_EVENTS,
    SLO_FAILED_EVENTS,
)

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_SHORTEST = "5m"
_INTERVAL = "1m"  # the alerts count events by it
_BUDGET_INTERVAL = "2m"  # 30 days are 43,200 samples of a series; and less than 5 minutes, or values would flicker


@dataclass(frozen=True, eq=False)
class SLO:
    """An objective: the least share of good events in `window`. Raises RuleError with all faults.

    `total` selects the counters of all events, and either `good` or `bad` those of the events that met the objective or
    missed it. An alert needs `least_failures` failed events: in a quiet hour one is a high ratio, but no trouble.

    `events` names what is counted ("API requests"), and `failed` says what went wrong with it ("failed with …"), for
    descriptions. `measures` says what the title leaves open. `good_event` and `bad_event` are the series that grow with
    such an event, for the cases that prove the alerts. `impact`, `check` and `mend` go into the runbooks.
    """

    name: str
    _: KW_ONLY
    title: str
    objective: Decimal
    total: str
    good: str = ""
    bad: str = ""
    window: str = "30d"
    least_failures: int = 5
    team: Team
    board: str = "slo"
    events: str
    failed: str
    measures: str = ""
    impact: str
    check: Sequence[str]
    mend: Sequence[str]
    good_event: Sequence[str]
    bad_event: Sequence[str]

    def __post_init__(self) -> None:
        if faults := list(self._faults()):
            raise RuleError(self.name, faults)

    @property
    def error_budget(self) -> Decimal:
        """The share of events that may fail: 1 − objective."""
        return 1 - self.objective

    def threshold(self, factor: Decimal) -> Decimal:
        """The error ratio at which the budget burns `factor` times as fast as it may."""
        return factor * self.error_budget

    def burn_rate(self, error_ratio: Decimal) -> Decimal:
        """How many times as fast as it may the budget burns: error ratio ÷ (1 − objective)."""
        return error_ratio / self.error_budget

    @property
    def burns(self) -> tuple[Burn, ...]:
        """The alerts that can fire. With an objective below 93 % no error ratio burns 14.4 times as fast."""
        return tuple(burn for burn in BURNS if self.threshold(burn.factor) < 1)

    @cached_property
    def recordings(self) -> tuple[Recording, ...]:
        """Rates of events, error ratios of all windows that alerts look at, burn rates."""
        name = {"slo": self.name}
        windows = sorted({window for burn in BURNS for window in (burn.long, burn.short)}, key=minutes)
        ratio = f"{SLO_ERROR_RATIO(**name)} / {self.error_budget:f}"
        return (
            Recording(SLO_EVENTS, f"{_rate(self.total)} >= 0", name),
            Recording(SLO_FAILED_EVENTS, f"{self._failed_events()} >= 0", name),
            *(Recording(SLO_ERROR_RATIO, self._ratio(window), {**name, "window": window}) for window in windows),
            Recording(SLO_BURN_RATE, ratio),
        )

    @cached_property
    def budget_recordings(self) -> tuple[Recording, ...]:
        """Compliance and the error budget over the window of the objective."""
        labels = {"slo": self.name, "window": self.window}
        return (
            Recording(SLO_COMPLIANCE, f"1 - {self._ratio(self.window)}", labels),
            Recording(SLO_BUDGET_CONSUMED, f"(1 - {SLO_COMPLIANCE(**labels)}) / {self.error_budget:f}"),
            Recording(SLO_BUDGET_REMAINING, f"1 - {SLO_BUDGET_CONSUMED(**labels)}"),
        )

    @cached_property
    def alerts(self) -> tuple[Alert, ...]:
        """Pages for a fast burn, tickets for a slow one."""
        return tuple(burn_alert(self, burn) for burn in self.burns)

    def says(self, value: str, window: str) -> str:
        """The description of an alert: `value` is the share of events that failed in the window."""
        return (
            f"{value} of {self.events} {self.failed} over the last {in_words(window)}; the objective allows "
            f"{plain(100 * self.error_budget)}%."
        )

    @property
    def groups(self) -> tuple[Group, Group]:
        """The alerts with what they rest on, and the budget, which is evaluated less often."""
        return (
            Group(f"slo-{self.name}", (*self.recordings, *self.alerts), interval=_INTERVAL),
            Group(f"slo-{self.name}-budget", self.budget_recordings, interval=_BUDGET_INTERVAL),
        )

    def _failed_events(self) -> str:
        """Where events came and none failed, there may be no series of failures: that is 0, and not nothing."""
        events = _rate(self.total)
        if self.bad:
            return or_zero(_rate(self.bad), events)
        return f"clamp_min({events} - {or_zero(_rate(self.good), events)}, 0)"

    def _ratio(self, window: str) -> str:
        """At most 1: no more can fail than all, where what fails is counted beside the events and not among them.

        Single minutes are not cut off: a failure may be told when the event behind it is long over.
        """
        failed, events = SLO_FAILED_EVENTS(slo=self.name), SLO_EVENTS(slo=self.name)
        if window != _SHORTEST:
            failed, events = f"sum_over_time({failed}[{window}])", f"sum_over_time({events}[{window}])"
        return f"clamp_max({failed} / ({events} > 0), 1)"

    def _faults(self) -> Iterator[str]:
        if not _NAME.fullmatch(self.name):
            yield "An objective is named in lower-case words with hyphens."
        given: object = self.objective  # a float would not be exact
        if not isinstance(given, Decimal) or not 0 < given < 1:
            yield f"The objective must be a Decimal between 0 and 1, got {given!r}."
        elif not self.burns:
            yield f"An objective of {self.objective} allows so many failures that no alert can fire."
        if bool(self.good) == bool(self.bad):
            yield "It needs either the good events or the bad ones."
        if self.least_failures < 1:
            yield f"'least_failures' must be at least 1, got {self.least_failures}."
        if not re.fullmatch(r"[1-9]\d*[dw]", self.window):
            yield f"The window must be days or weeks such as 30d, got {self.window!r}."
        if not self.good_event or not self.bad_event:
            yield "The cases need the series that grow with a good and with a bad event."


def _rate(selector: str) -> str:
    return f"sum (rate({selector}[{_SHORTEST}]))"
