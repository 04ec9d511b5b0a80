"""How long a scrape takes: 100,000 series against nginx and prometheus-client, and while others render."""

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.data import SERIES
from benchmarks.harness import (
    COMPRESSED,
    TEXT,
    Client,
    Row,
    faster,
    milliseconds,
    percentile,
    side_by_side,
    slower,
)
from benchmarks.ours import publishing
from benchmarks.peers import nginx, prometheus_client

_ROUNDS = 500
_SLOW_ROUNDS = 5
_SCRAPES = 1000


def scrapes(folder: Path) -> Iterator[Row]:
    """Both formats, side by side with nginx serving the same bytes, then with prometheus-client."""
    with publishing(folder / "ours", SERIES) as (port, _):
        text, compressed = Client(port, wants=TEXT).body(), Client(port, wants=COMPRESSED).body()
        with (
            nginx(folder / "nginx", text, compressed) as nginx_port,
            prometheus_client(folder, SERIES) as (client_port, _),
        ):
            for wants, what, most, least in (
                (COMPRESSED, "scrape of 100,000 series, gzip, p50", 2.0, 1000.0),
                (TEXT, "the same, uncompressed, p50", 1.5, 300.0),
            ):
                ours = Client(port, wants=wants)
                if nginx_port is None:
                    yield slower(what, ours.get(), "nginx", None, most)
                else:
                    fast, theirs = side_by_side(ours, Client(nginx_port, wants=wants), _ROUNDS)
                    yield slower(what, fast, "nginx", theirs, most)
                fast, theirs = side_by_side(ours, Client(client_port, wants=wants), _SLOW_ROUNDS, times_ours=50)
                yield faster(what, fast, "prometheus-client", theirs, least)


def scrapes_while_rendering(folder: Path) -> Iterator[Row]:
    """A collector of 100,000 readings that runs again and again, and a scrape every 10 ms.

    nginx is scraped in turns with it: what it shows at p99 is what the machine does to anybody.
    """
    with publishing(folder / "ours", SERIES, interval=0.5) as (port, _):
        text, compressed = Client(port, wants=TEXT).body(), Client(port, wants=COMPRESSED).body()
        with nginx(folder / "nginx", text, compressed) as nginx_port:
            clients = [Client(each, wants=COMPRESSED) for each in (port, nginx_port) if each is not None]
            times: list[list[float]] = [[] for _ in clients]
            for _ in range(_SCRAPES):
                for own, client in zip(times, clients, strict=True):
                    own.append(client.get())
                time.sleep(0.01)
    ours, *peer = [percentile(own, 0.99) for own in times]
    theirs = f"nginx {milliseconds(peer[0])}" if peer else "nginx: missing"
    yield Row("scrape while 100,000 readings are rendered, p99", milliseconds(ours), theirs, ours * 1000, 6, unit="ms")
