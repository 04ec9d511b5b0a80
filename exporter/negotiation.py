"""Which format and which encoding a scrape gets, from its Accept and Accept-Encoding headers."""

import re
from functools import lru_cache
from typing import NamedTuple

_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")
_ESCAPINGS = ("allow-utf-8", "underscores", "values")
_OPENMETRICS = "application/openmetrics-text"
_TEXT = "text/plain"


class Answer(NamedTuple):
    """What to send."""

    openmetrics: bool
    gzip: bool
    content_type: str


class _Range(NamedTuple):
    """One entry of a header, such as `text/plain;version=0.0.4;q=0.5`."""

    value: str
    parameters: dict[str, str]
    quality: float

    def specificity(self, media_type: str, version: str) -> int:
        """How closely the entry names a format: from 1 for `*/*` to 4 for type and version, 0 if it does not."""
        if self.value == "*/*":
            return 1
        if self.value == media_type.partition("/")[0] + "/*":
            return 2
        if self.value != media_type:
            return 0
        if "version" not in self.parameters:
            return 3
        return 4 if self.parameters["version"] == version else 0


# In the order of preference where a header leaves the choice open: whoever accepts anything gets the text format.
_FORMATS = ((_TEXT, "0.0.4"), (_OPENMETRICS, "1.0.0"), (_OPENMETRICS, "0.0.1"), (_TEXT, "1.0.0"))


@lru_cache(maxsize=128)
def negotiate(accept: str, accept_encoding: str) -> Answer:
    """The best format that the reader accepts; the text format 0.0.4 if it accepts none of ours."""
    media_type, version, escaping = _format(_ranges(accept))
    content_type = f"{media_type}; version={version}; charset=utf-8"
    if version == "1.0.0":
        content_type += f"; escaping={escaping}"
    return Answer(media_type == _OPENMETRICS, _gzip(_ranges(accept_encoding)), content_type)


def _format(ranges: list[_Range]) -> tuple[str, str, str]:
    """Media type, version and escaping scheme.

    All our names are plain ASCII words, which the schemes leave as they are. Only `dots` would double the
    underscores; who asks for it, or for a scheme that we do not know, is told `underscores`.
    """
    best, chosen, escaping = (0.0, 0, 0), _FORMATS[0], "underscores"
    for media_type, version in _FORMATS:
        fits = [(entry.specificity(media_type, version), -index) for index, entry in enumerate(ranges)]
        specificity, place = max(fits, default=(0, 0))
        if not specificity:
            continue
        entry = ranges[-place]
        if entry.quality and (entry.quality, specificity, place) > best:
            best, chosen = (entry.quality, specificity, place), (media_type, version)
            asked = entry.parameters.get("escaping", "")
            escaping = asked if asked in _ESCAPINGS else "underscores"
    return *chosen, escaping


def _gzip(ranges: list[_Range]) -> bool:
    qualities = {entry.value: entry.quality for entry in ranges}
    gzip = qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", 0.0)))
    return gzip > 0 and gzip >= qualities.get("identity", 0.0)


def _ranges(header: str) -> list[_Range]:
    """The entries of a header. Malformed entries are left out."""
    ranges = []
    for entry in header.lower().split(","):
        value, *rest = (piece.strip() for piece in entry.split(";"))
        pairs = (piece.partition("=") for piece in rest)
        parameters = {name.strip(): text.strip().strip('"') for name, _, text in pairs}
        quality = parameters.pop("q", "1")
        if value and _QUALITY.fullmatch(quality):
            ranges.append(_Range(value, parameters, float(quality)))
    return ranges
