"""A row of the engineering tables: what it says at any moment of its life."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property


class Steps:
    """A value that changes: at each moment it is the value of the last step that was taken.

    `Steps(("Backlog", written), ("In Review", asked), ("Done", done))`; a step whose moment is None never comes.
    """

    def __init__(self, *steps: "tuple[Value, datetime | None]") -> None:
        self._steps = sorted(
            ((moment, value) for value, moment in steps if moment is not None), key=lambda step: step[0]
        )

    @property
    def moments(self) -> list[datetime]:
        return [moment for moment, _ in self._steps]

    def at(self, moment: datetime) -> "Value":
        """The value then; before the first step it is that of the first."""
        value = self._steps[0][1]
        for taken, later in self._steps:
            if taken > moment:
                break
            value = later
        return value


Value = str | int | float | bool | datetime | None


@dataclass(frozen=True)
class Record:
    """A row that is there from `born` on. A value that is a moment stays NULL until that moment has come, unless its
    column is in `foreseen`, such as a due date."""

    table: str
    born: datetime
    values: Mapping[str, Value | Steps]
    foreseen: tuple[str, ...] = ()

    @cached_property
    def moments(self) -> tuple[datetime, ...]:
        """When it comes and when it changes, in order."""
        found = {self.born}
        for column, value in self.values.items():
            if isinstance(value, Steps):
                found.update(value.moments)
            elif isinstance(value, datetime) and column not in self.foreseen:
                found.add(value)
        return tuple(sorted(moment for moment in found if moment >= self.born))

    def moves(self, since: datetime, until: datetime) -> bool:
        """Whether it comes or changes after `since` up to `until`."""
        return self.born <= until and any(since < moment <= until for moment in self.moments)

    def at(self, moment: datetime) -> dict[str, Value]:
        """What the row says at a moment from `born` on."""
        return {column: self._value(column, value, moment) for column, value in self.values.items()}

    def _value(self, column: str, value: Value | Steps, moment: datetime) -> Value:
        if isinstance(value, Steps):
            return value.at(moment)
        if isinstance(value, datetime) and value > moment and column not in self.foreseen:
            return None
        return value
