"""prometheus-client's own server: `python -m benchmarks.prometheus_client_server PORT SERIES`."""

import sys
import threading

from prometheus_client import CollectorRegistry, Gauge, start_http_server

from benchmarks.data import REVENUE, readings


def registry(series: int) -> CollectorRegistry:
    """A registry that holds the readings of the benchmarks."""
    own = CollectorRegistry()
    gauge = Gauge(REVENUE.name, REVENUE.help, REVENUE.labels, registry=own)
    for _, labels, value in readings(series):
        if isinstance(value, float):
            gauge.labels(*labels).set(value)
    return own


if __name__ == "__main__":
    start_http_server(int(sys.argv[1]), addr="127.0.0.1", registry=registry(int(sys.argv[2])))
    threading.Event().wait()
