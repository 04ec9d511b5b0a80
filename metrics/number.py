"""Numbers in the text of expositions, and so in the values of the label `le`."""

from math import inf


def number(value: float) -> str:
    """`value` as Go and prometheus-client write it: with an exponent from a million on."""
    text = repr(value)
    if value < 1e6 or "e" in text:
        return text
    if value == inf:
        return "+Inf"
    whole, _, fraction = text.partition(".")
    digits = (whole[0] + "." + whole[1:] + fraction).rstrip("0.")
    return f"{digits}e+{len(whole) - 1:02d}"
