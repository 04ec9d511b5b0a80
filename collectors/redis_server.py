"""Asks one Redis server, and says why it gives nothing without repeating a password."""

from collections.abc import Iterable, Mapping
from typing import Any

from collectors.errors import CollectError
from collectors.option import addresses


def servers(text: str) -> dict[str, str]:
    """The addresses by the names of their servers. Raises ValueError for one that the client would not take."""
    import redis  # takes longer to load than the rest of the exporter needs to start

    found = addresses("redis", "rediss", port=6379)(text)
    for server, url in found.items():
        try:
            redis.ConnectionPool.from_url(url).make_connection()  # connects to nothing yet
        except (TypeError, ValueError, redis.RedisError):  # what it says may quote the address
            raise ValueError(f"could not use the address of {server}: a setting after the ? is wrong") from None
    return found


def info(url: str, password: str | None, seconds: float, fields: Iterable[str]) -> Mapping[str, Any]:
    """These fields of the answer to INFO. To connect and to answer may take so long each. Raises CollectError."""
    import redis

    try:
        with redis.Redis.from_url(
            url, password=password, socket_timeout=seconds, socket_connect_timeout=seconds
        ) as server:
            said: Mapping[str, Any] = server.info()
            return {field: said[field] for field in fields}
    except redis.AuthenticationError as error:
        raise CollectError("it refuses the login: user or password is missing or wrong") from error
    except (redis.ConnectionError, redis.TimeoutError) as error:
        raise CollectError(str(error)) from error
    except Exception as error:  # whatever speaks there; what it says may repeat the password
        raise CollectError(f"it gives no INFO as a Redis does: {type(error).__name__}") from error
