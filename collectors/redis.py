"""Asks Redis servers about themselves: the model of a collector whose numbers no database has.

collectors:
  redis:
    options: {url: "redis://cache-1:6379 redis://cache-2:6379", password_file: /run/secrets/redis-password}
    sources: [acme]  # gives the values the labels of that source, by which boards can be narrowed
"""

from collections.abc import Iterator

from collectors.contract import Collector, Run
from collectors.errors import CollectError, Off
from collectors.option import Option
from collectors.redis_server import info, servers
from metrics import Reading
from metrics import redis as m

_SAID = {m.MEMORY_USED: "used_memory", m.CLIENTS: "connected_clients", m.EVICTED_KEYS: "evicted_keys"}
_LOOKED_UP = {"hit": "keyspace_hits", "miss": "keyspace_misses"}


class Redis(Collector):
    """Tells of each server whether it answers, and what it says. One that does not answer leaves the others alone."""

    name = "redis"
    metrics = (m.UP, *_SAID, m.MEMORY_LIMIT, m.LOOKUPS)
    options = (
        Option("url", "Addresses of the servers: redis://cache-1 or rediss://cache-2.", parse=servers, secret=True),
        Option("password", "Their password, where the address has none.", secret=True),
    )

    def check(self, run: Run) -> bool:
        """Whether a server is named; whether it answers is a reading."""
        if not run.options["url"]:
            raise Off("off: no server is named; set collectors.redis.options.url")
        return False

    def collect(self, run: Run) -> Iterator[Reading]:
        run.demand_present(self.name)
        self.check(run)
        for number, (cache, url) in enumerate(run.options["url"].items()):
            # To connect and to answer may take so long each, which leaves their time to the servers that follow.
            wait = min(3.0, run.seconds_left / 2 / (len(run.options["url"]) - number))
            try:
                said = info(url, run.options["password"], wait, [*_SAID.values(), *_LOOKED_UP.values(), "maxmemory"])
            except CollectError as error:
                run.miss(cache, error)
                yield m.UP.reading(0, cache=cache)
                continue
            yield m.UP.reading(1, cache=cache)
            yield from (metric.reading(said[field], cache=cache) for metric, field in _SAID.items())
            yield from (m.LOOKUPS.reading(said[field], cache=cache, result=key) for key, field in _LOOKED_UP.items())
            if said["maxmemory"]:
                yield m.MEMORY_LIMIT.reading(said["maxmemory"], cache=cache)


COLLECTOR = Redis()
