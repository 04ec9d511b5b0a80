"""Asks Redis servers about themselves: the model of a collector whose numbers no database has.

collectors:
  redis:
    options: {url: "redis://cache-1:6379 redis://cache-2:6379", password_file: /run/secrets/redis-password}
    sources: [acme]  # gives the values the labels of that source, by which boards can be narrowed
"""

from collections.abc import Iterator

from collectors.contract import Collector, Run
from collectors.errors import Off
from collectors.option import Option, addresses
from metrics import Reading
from metrics import redis as m

_SAID = {m.MEMORY_USED: "used_memory", m.CLIENTS: "connected_clients", m.EVICTED_KEYS: "evicted_keys"}
_LOOKED_UP = {"hit": "keyspace_hits", "miss": "keyspace_misses"}


class Redis(Collector):
    """Tells of each server whether it answers, and what it says. One that does not answer leaves the others alone."""

    name = "redis"
    metrics = (m.UP, *_SAID, m.MEMORY_LIMIT, m.LOOKUPS)
    options = (
        Option("url", "Addresses of the servers.", parse=addresses("redis", "rediss", port=6379), secret=True),
        Option("password", "Their password, where the address has none.", secret=True),
    )

    def check(self, run: Run) -> bool:
        """Whether a server is named; whether it answers is a reading."""
        if not run.options["url"]:
            raise Off("off: no server is named; set collectors.redis.options.url")
        return False

    def collect(self, run: Run) -> Iterator[Reading]:
        import redis  # takes longer to load than the rest of the exporter needs to start

        run.demand_present(self.name)
        self.check(run)
        for number, (cache, url) in enumerate(run.options["url"].items()):
            # To connect and to answer may take so long each, which leaves their time to the servers that follow.
            wait = min(3.0, run.seconds_left / 2 / (len(run.options["url"]) - number))
            limits = {"socket_timeout": wait, "socket_connect_timeout": wait}
            with redis.Redis.from_url(url, password=run.options["password"], **limits) as server:
                try:
                    said = server.info()
                except redis.AuthenticationError:
                    raise
                except (redis.ConnectionError, redis.TimeoutError) as error:
                    run.miss(cache, error)
                    yield m.UP.reading(0, cache=cache)
                    continue
            yield m.UP.reading(1, cache=cache)
            yield from (metric.reading(said[field], cache=cache) for metric, field in _SAID.items())
            yield from (m.LOOKUPS.reading(said[field], cache=cache, result=key) for key, field in _LOOKED_UP.items())
            if said["maxmemory"]:
                yield m.MEMORY_LIMIT.reading(said["maxmemory"], cache=cache)


COLLECTOR = Redis()
