"""Asks Redis servers about themselves: the model of a collector whose numbers no database has.

collectors:
  redis:
    options: {url: "redis://cache-1:6379 redis://cache-2:6379", password_file: /run/secrets/redis-password}
    sources: [acme]  # gives the values the labels of that source, by which boards can be narrowed
"""

from collections.abc import Iterator, Mapping
from typing import Any

from collectors.contract import Collector, Run
from collectors.errors import CollectError, Off
from collectors.option import Option, addresses
from metrics import Reading
from metrics import redis as m

_SAID = {m.MEMORY_USED: "used_memory", m.CLIENTS: "connected_clients", m.EVICTED_KEYS: "evicted_keys"}
_LOOKED_UP = {"hit": "keyspace_hits", "miss": "keyspace_misses"}


def _servers(text: str) -> dict[str, str]:
    """The addresses by the names of their servers; one that the client would not take is a fault of the option."""
    import redis  # takes longer to load than the rest of the exporter needs to start

    servers = addresses("redis", "rediss", port=6379)(text)
    for server, url in servers.items():
        try:
            redis.ConnectionPool.from_url(url).make_connection()  # connects to nothing yet
        except (TypeError, ValueError, redis.RedisError):  # what it says may quote the address
            raise ValueError(f"could not use the address of {server}: a setting after the ? is wrong") from None
    return servers


class Redis(Collector):
    """Tells of each server whether it answers, and what it says. One that does not answer leaves the others alone."""

    name = "redis"
    metrics = (m.UP, *_SAID, m.MEMORY_LIMIT, m.LOOKUPS)
    options = (
        Option("url", "Addresses of the servers: redis://cache-1 or rediss://cache-2.", parse=_servers, secret=True),
        Option("password", "Their password, where the address has none.", secret=True),
    )

    def check(self, run: Run) -> bool:
        """Whether a server is named; whether it answers is a reading."""
        if not run.options["url"]:
            raise Off("off: no server is named; set collectors.redis.options.url")
        return False

    def collect(self, run: Run) -> Iterator[Reading]:
        import redis

        run.demand_present(self.name)
        self.check(run)
        for number, (cache, url) in enumerate(run.options["url"].items()):
            # To connect and to answer may take so long each, which leaves their time to the servers that follow.
            wait = min(3.0, run.seconds_left / 2 / (len(run.options["url"]) - number))
            limits = {"socket_timeout": wait, "socket_connect_timeout": wait}
            try:
                with redis.Redis.from_url(url, password=run.options["password"], **limits) as server:
                    readings = list(_readings(cache, server.info()))
            except Exception as error:  # whatever is wrong with it, or speaks there, concerns no other
                run.miss(cache, _told(error))
                readings = [m.UP.reading(0, cache=cache)]
            yield from readings


def _readings(cache: str, said: Mapping[str, Any]) -> Iterator[Reading]:
    yield m.UP.reading(1, cache=cache)
    yield from (metric.reading(said[field], cache=cache) for metric, field in _SAID.items())
    yield from (m.LOOKUPS.reading(said[field], cache=cache, result=key) for key, field in _LOOKED_UP.items())
    if said["maxmemory"]:
        yield m.MEMORY_LIMIT.reading(said["maxmemory"], cache=cache)


def _told(error: Exception) -> Exception:
    """Why a server gave nothing. An answer of its own may repeat the password, so that it is not quoted."""
    import redis

    if isinstance(error, redis.AuthenticationError):
        return CollectError("it refuses the login: user or password is missing or wrong")
    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        return error
    return CollectError(f"it gives no INFO as a Redis does: {type(error).__name__}")


COLLECTOR = Redis()
