"""Asks Redis servers about themselves: the model of a collector whose numbers no database has.

collectors:
  redis:
    options: {url: "redis://cache-1:6379 redis://cache-2:6379", password_file: /run/secrets/redis-password}

`sources: [acme]` beside the options gives the values the labels of that source, by which boards can be narrowed.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from collectors.contract import Collector, Run
from collectors.errors import Off
from collectors.option import Option
from metrics import Reading
from metrics.redis import CLIENTS, EVICTED_KEYS, LOOKUPS, MEMORY_LIMIT, MEMORY_USED, UP


def _addresses(text: str) -> dict[str, str]:
    """The addresses by the name of the cache: host and port, without user and password."""
    parts = {url: urlsplit(url) for url in text.split()}
    if not all(part.scheme in ("redis", "rediss") and part.hostname for part in parts.values()):
        raise ValueError("expected addresses such as redis://cache:6379, several with spaces between them")
    return {f"{part.hostname}:{part.port or 6379}": url for url, part in parts.items()}


class Redis(Collector):
    """Tells of each server whether it answers, and what it says. One that does not answer leaves the others alone."""

    name = "redis"
    metrics = (UP, MEMORY_USED, MEMORY_LIMIT, CLIENTS, LOOKUPS, EVICTED_KEYS)
    options = (
        Option("url", "Addresses of the servers, with spaces between them.", parse=_addresses, secret=True),
        Option("password", "Their password, where the address has none.", secret=True),
    )

    def collect(self, run: Run) -> Iterator[Reading]:
        import redis  # takes longer to load than the rest of the exporter needs to start

        run.demand_present(self.name)
        servers: Mapping[str, str] | None = run.options.get("url")
        if servers is None:
            raise Off("off: no server is named; set collectors.redis.options.url")
        for cache, url in servers.items():
            password, seconds = run.options.get("password"), min(3.0, run.seconds_left)
            given = {} if password is None or urlsplit(url).password else {"password": password}
            try:
                with redis.Redis.from_url(
                    url, socket_timeout=seconds, socket_connect_timeout=seconds, **given
                ) as server:
                    said: Any = server.info()
            except redis.AuthenticationError:
                raise
            except (redis.ConnectionError, redis.TimeoutError):
                yield UP.reading(0, cache=cache)
            else:
                yield UP.reading(1, cache=cache)
                yield from _readings(cache, said)


def _readings(cache: str, said: Mapping[str, Any]) -> Iterator[Reading]:
    for metric, field in ((MEMORY_USED, "used_memory"), (CLIENTS, "connected_clients"), (EVICTED_KEYS, "evicted_keys")):
        yield metric.reading(said[field], cache=cache)
    if said["maxmemory"]:
        yield MEMORY_LIMIT.reading(said["maxmemory"], cache=cache)
    for result, field in (("hit", "keyspace_hits"), ("miss", "keyspace_misses")):
        yield LOOKUPS.reading(said[field], cache=cache, result=result)


COLLECTOR = Redis()
