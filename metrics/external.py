"""Declares what other exporters expose: `external.counter("node_cpu_seconds_total", …)`.

Boards and rules refer to these names like to our own, and are checked in the same way. No collector reads them.
"""

from functools import partial

from metrics.declaration import Counter, Gauge, Histogram

gauge = partial(Gauge, owner="platform", origin="external")
counter = partial(Counter, owner="platform", origin="external")
histogram = partial(Histogram, owner="platform", origin="external")
