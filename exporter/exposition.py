"""The store of ready blocks, from which a scrape is answered."""

import threading
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple, cast

from exporter.block import Block, Samples
from exporter.deflate import GZIP_HEADER, Fragment, compress, gzip_end, join
from exporter.render import header
from metrics import Metric

_END = compress([b"# EOF\n"])
_NOTHING = Fragment(b"", 0, 0)
_ASKED_SECONDS = 600.0  # longer than any usual scrape interval


class Key(NamedTuple):
    """What a block belongs to; `source` is empty for a collector without one."""

    collector: str
    part: str
    source: str = ""

    @property
    def title(self) -> str:
        """Collector and part as people are told them: once where both are called the same."""
        return self.part if self.part == self.collector else f"{self.collector}/{self.part}"


class Format(NamedTuple):
    """What a body may look like."""

    openmetrics: bool
    gzip: bool


class _Body(NamedTuple):
    """What the collectors deliver, and as `tail` what comes after it: the exporter's own metrics and the end.

    `collectors` has the length and checksum of the collectors' text, and no bytes.
    """

    head: bytes
    collectors: Fragment
    tail: bytes


class Exposition:
    """The last good block of every part and source, and the bodies made of them.

    Any thread may call any method. Blocks are rendered before they come here. Whoever changes something also builds
    anew the bodies that were asked for of late, and puts them in the place of the former ones in one step; so a
    scrape finds its body ready, takes no lock and never sees half a change.
    """

    def __init__(self, rebuild_seconds: float = 0.25) -> None:
        self._rebuild_seconds = rebuild_seconds
        self._changing = threading.Lock()
        self._blocks: dict[Key, Block] = {}
        self._own = {False: compress([]), True: _END}
        self._bodies: dict[Format, _Body] = {}
        self._built = 0.0
        self._asked: dict[Format, float] = {}

    def replace(self, key: Key, block: Block) -> None:
        """Publish a block in the place of the former one, as a whole."""
        with self._changing:
            self._blocks[key] = block
            self._rebuild()

    def remove(self, key: Key) -> None:
        """Take a block away; a key without block is no error."""
        with self._changing:
            if self._blocks.pop(key, None):
                self._rebuild()

    def drop_expired(self, now: float) -> list[Key]:
        """Take away the blocks whose time is over at `now` (seconds since 1970), and say which they were."""
        with self._changing:
            expired = [key for key, block in self._blocks.items() if block.expires is not None and block.expires <= now]
            for key in expired:
                del self._blocks[key]
            if expired:
                self._rebuild()
        return expired

    def set_own(self, text: bytes, openmetrics: bytes) -> None:
        """Publish the exporter's own metrics, rendered in both formats, without the `# EOF` of OpenMetrics.

        They change all the time, and only replace the tail of a body.
        """
        own = {False: compress([text]), True: join([compress([openmetrics]), _END])}
        with self._changing:
            self._own = own
            self._bodies = {
                form: body._replace(tail=_tail(body.collectors, own[form.openmetrics], form.gzip))
                for form, body in self._bodies.items()
            }

    def block(self, key: Key) -> Block | None:
        """The block that is published for `key`."""
        return self._blocks.get(key)

    def ready(self, openmetrics: bool, gzip: bool) -> tuple[bytes, bytes] | None:
        """The body of a scrape, in two pieces; None if nobody asked for this format of late."""
        form = Format(openmetrics, gzip)
        self._asked[form] = time.monotonic()
        body = self._bodies.get(form)
        return (body.head, body.tail) if body else None

    def pieces(self, openmetrics: bool, gzip: bool) -> tuple[bytes, bytes]:
        """The body of a scrape, in two pieces, built now if it has to be."""
        with self._changing:
            pieces = self.ready(openmetrics, gzip)
            if pieces is None:
                form = Format(openmetrics, gzip)
                self._bodies = {**self._bodies, form: self._build(form)}
                pieces = self.ready(openmetrics, gzip)
        return cast(tuple[bytes, bytes], pieces)

    def body(self, openmetrics: bool, gzip: bool) -> bytes:
        """The body of a scrape, built now if it has to be."""
        return b"".join(self.pieces(openmetrics, gzip))

    def collector_body(self, collector: str) -> bytes:
        """What one collector delivers, in the text format."""
        with self._changing:
            blocks = [block for key, block in self._blocks.items() if key.collector == collector]
        return b"".join(fragment.raw for fragment in _fragments(blocks, openmetrics=False))

    def _rebuild(self) -> None:
        """Make the bodies anew, at most once in `rebuild_seconds`; in between the next scrape builds its own."""
        if time.monotonic() - self._built < self._rebuild_seconds:
            self._bodies = {}
            return
        self._built = time.monotonic()
        of_late = time.monotonic() - _ASKED_SECONDS
        asked = [form for form, moment in self._asked.copy().items() if moment > of_late]
        self._bodies = {form: self._build(form) for form in asked}

    def _build(self, form: Format) -> _Body:
        fragments = _fragments(self._blocks.values(), form.openmetrics)
        if form.gzip:
            whole = join(fragments)
            head, collectors = GZIP_HEADER + whole.deflated, whole._replace(deflated=b"")
        else:
            head, collectors = b"".join(fragment.raw for fragment in fragments), _NOTHING
        return _Body(head, collectors, _tail(collectors, self._own[form.openmetrics], form.gzip))


def _tail(collectors: Fragment, own: Fragment, gzip: bool) -> bytes:
    return own.deflated + gzip_end(join([collectors, own])) if gzip else own.raw


def _fragments(blocks: Iterable[Block], openmetrics: bool) -> Iterator[Fragment]:
    """Families in the order of their names: the header once, then the samples of every source."""
    families: dict[str, list[Samples]] = {}
    for block in blocks:
        for samples in block.samples:
            families.setdefault(samples.metric.name, []).append(samples)
    for _, family in sorted(families.items()):
        yield _header(family[-1].metric, openmetrics)
        for samples in family:
            yield samples.fragment


@lru_cache(maxsize=4096)
def _header(metric: Metric, openmetrics: bool) -> Fragment:
    return compress([header(metric, openmetrics)])
