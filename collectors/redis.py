"""Asks Redis servers about themselves: the model of a collector whose numbers no database has.

collectors:
  redis:
    options: {url: "redis://cache-1:6379 redis://cache-2:6379", password_file: /run/secrets/redis-password}

`sources: [acme]` beside the options gives the values the labels of that source, by which boards can be narrowed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from collectors.contract import Collector, Run
from collectors.errors import Off
from collectors.option import Option, addresses
from metrics import Reading
from metrics import redis as m

_SAID = {m.MEMORY_USED: "used_memory", m.CLIENTS: "connected_clients", m.EVICTED_KEYS: "evicted_keys"}


class Redis(Collector):
    """Tells of each server whether it answers, and what it says. One that does not answer leaves the others alone."""

    name = "redis"
    metrics = (m.UP, *_SAID, m.MEMORY_LIMIT, m.LOOKUPS)
    options = (
        Option("url", "Addresses of the servers.", parse=addresses("redis", "rediss", port=6379), secret=True),
        Option("password", "Their password, where the address has none.", secret=True),
    )

    def collect(self, run: Run) -> Iterator[Reading]:
        import redis  # takes longer to load than the rest of the exporter needs to start

        run.demand_present(self.name)
        servers, password = run.options.get("url"), run.options.get("password")
        if not servers:
            raise Off("off: no server is named; set collectors.redis.options.url")
        for number, (cache, url) in enumerate(servers.items()):
            # To connect and to answer may take so long each, which leaves their time to the servers that follow.
            wait = min(3.0, run.seconds_left / 2 / (len(servers) - number))
            with redis.Redis.from_url(
                url, password=password, socket_timeout=wait, socket_connect_timeout=wait
            ) as server:
                try:
                    yield from _readings(cache, server.info())
                except (redis.ConnectionError, redis.TimeoutError) as error:
                    if isinstance(error, redis.AuthenticationError):
                        raise
                    run.miss(cache, error)
                    yield m.UP.reading(0, cache=cache)


def _readings(cache: str, said: Mapping[str, Any]) -> Iterator[Reading]:
    yield m.UP.reading(1, cache=cache)
    for metric, field in _SAID.items():
        yield metric.reading(said[field], cache=cache)
    if said["maxmemory"]:
        yield m.MEMORY_LIMIT.reading(said["maxmemory"], cache=cache)
    for result, field in (("hit", "keyspace_hits"), ("miss", "keyspace_misses")):
        yield m.LOOKUPS.reading(said[field], cache=cache, result=result)


COLLECTOR = Redis()
