"""Chance, the same each time."""

from random import Random

_GOLDEN_RATIO = 0.6180339887498949  # its multiples fill the range from 0 to 1 evenly


class Dice(Random):
    """Random numbers by seed, and numbers that are spread evenly: few of them already have the right shares."""

    _even_throws = 0

    def even(self) -> float:
        """The next number from 0 to 1 of an even spread."""
        self._even_throws += 1
        return self._even_throws * _GOLDEN_RATIO % 1
