"""The collector of Redis, against Redis."""

import contextlib
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis

from collectors import Run
from collectors.errors import Off, PresentOnly
from collectors.redis import COLLECTOR
from exporter.job import describe
from metrics import redis as m
from tests.exporter.support import free_port, redis_server

URL = next(option for option in COLLECTOR.options if option.name == "url")


@pytest.fixture
def server(program: Callable[[str], Path], tmp_path: Path) -> Iterator[int]:
    """The port of a Redis of this test alone, which asks for the password `open sesame`."""
    with redis_server(program("redis-server"), tmp_path, password="open sesame") as port:
        yield port


def read(url: str, password: str | None = "open sesame", **more: object) -> dict[str, float]:
    """What the collector reads, by metric and labels."""
    return said(run_of(url, password, **more))


def run_of(url: str, password: str | None = "open sesame", **more: object) -> Run:
    return Run(datetime.now(UTC), options={"url": URL.parse(url), "password": password}, **more)  # type: ignore[arg-type]


def said(run: Run) -> dict[str, float]:
    return {
        " ".join([reading.metric.name, *reading.labels]): float(str(reading.value))
        for reading in COLLECTOR.collect(run)
    }


def test_it_tells_what_the_server_says(server: int) -> None:
    with redis.Redis(port=server, password="open sesame") as client:
        client.set("here", "yes")
        for key in ("here", "here", "here", "gone"):
            client.get(key)
        found = read(f"redis://127.0.0.1:{server}")
    cache = f"127.0.0.1:{server}"
    assert found.pop(f"{m.MEMORY_USED} {cache}") > 100_000
    assert found == {
        f"{m.UP} {cache}": 1,
        f"{m.MEMORY_LIMIT} {cache}": 64 * 1024 * 1024,
        f"{m.CLIENTS} {cache}": 2,  # the client of this test, and the collector
        f"{m.LOOKUPS} {cache} hit": 3,
        f"{m.LOOKUPS} {cache} miss": 1,
        f"{m.EVICTED_KEYS} {cache}": 0,
    }


def test_a_server_that_is_away_leaves_the_others_alone(server: int) -> None:
    away = free_port()
    started = time.monotonic()
    run = run_of(f"redis://127.0.0.1:{away} redis://127.0.0.1:{server}")
    found = said(run)
    assert time.monotonic() - started < 1
    assert found[f"{m.UP} 127.0.0.1:{away}"] == 0
    assert found[f"{m.UP} 127.0.0.1:{server}"] == 1
    assert [name for name in found if str(away) in name] == [f"{m.UP} 127.0.0.1:{away}"]
    assert list(run.missing) == [f"127.0.0.1:{away}"]
    assert "Connection refused" in str(run.missing[f"127.0.0.1:{away}"])


def test_a_password_of_the_address_comes_first(server: int) -> None:
    assert read(f"redis://:open%20sesame@127.0.0.1:{server}", "wrong")[f"{m.UP} 127.0.0.1:{server}"] == 1


@pytest.mark.parametrize("wrong_first", [True, False])
@pytest.mark.parametrize("login", [":hunter2@", "me:hunter2@", ""])
def test_a_server_that_refuses_the_login_is_named_and_leaves_the_others_alone(
    server: int, program: Callable[[str], Path], tmp_path: Path, login: str, wrong_first: bool
) -> None:
    with redis_server(program("redis-server"), tmp_path, password="another") as other:
        urls = [f"redis://{login}127.0.0.1:{other}", f"redis://:open%20sesame@127.0.0.1:{server}"]
        run = run_of(" ".join(urls if wrong_first else urls[::-1]), None)
        found = said(run)
    assert found[f"{m.UP} 127.0.0.1:{other}"] == 0
    assert found[f"{m.UP} 127.0.0.1:{server}"] == 1
    assert {piece: describe(why) for piece, why in run.missing.items()} == {
        f"127.0.0.1:{other}": "it refuses the login: user or password is missing or wrong"
    }


def test_a_user_who_may_not_ask_is_told_by_name(server: int) -> None:
    with redis.Redis(port=server, password="open sesame") as client:
        client.execute_command("ACL", "SETUSER", "me", "on", ">hunter2", "+ping")
    run = run_of(f"redis://me:hunter2@127.0.0.1:{server}")
    assert said(run) == {f"{m.UP} 127.0.0.1:{server}": 0}
    assert str(run.missing[f"127.0.0.1:{server}"]) == "it gives no INFO as a Redis does: NoPermissionError"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("HTTP/1.1 400 Bad Request", "InvalidResponse"),
        ("-ERR unknown command 'AUTH', with args beginning with: 'hunter2'", "ResponseError"),
        ("$hunter2", "ValueError"),
        ("+OK", "KeyError"),
    ],
)
def test_what_answers_otherwise_is_named_and_leaves_the_others_alone(server: int, answer: str, told: str) -> None:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while self.request.recv(4096):
                self.request.sendall(f"{answer}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as other:
        threading.Thread(target=other.serve_forever).start()
        cache = f"127.0.0.1:{other.server_address[1]}"
        run = run_of(f"redis://:hunter2@{cache} redis://127.0.0.1:{server}")
        found = said(run)
        other.shutdown()
    assert {name: value for name, value in found.items() if name.startswith(str(m.UP))} == {
        f"{m.UP} {cache}": 0,
        f"{m.UP} 127.0.0.1:{server}": 1,
    }
    assert {piece: describe(why) for piece, why in run.missing.items()} == {
        cache: f"it gives no INFO as a Redis does: {told}"
    }


def test_it_is_off_where_no_server_is_named() -> None:
    with pytest.raises(Off, match=r"^off: no server is named; set collectors\.redis\.options\.url$"):
        list(COLLECTOR.collect(Run(datetime.now(UTC), options={"url": None, "password": None})))


def test_it_tells_nothing_of_the_past() -> None:
    run = Run(datetime.now(UTC) - timedelta(days=1), live=False, options={"url": {}, "password": None})
    with pytest.raises(PresentOnly, match=r"^redis: it can tell the present only, not 20\d\d-"):
        list(COLLECTOR.collect(run))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cache:6379",
        "http://cache",
        "redis://",
        "redis://a b",
        "redis://a redis://a:6379/1",
        "redis://default:hu/sh@cache:6379",
        "redis://default:hu\u2100sh@cache",
        "redis://[default:hush@cache",
        "redis://default:123/hush@cache",
        "redis://:hu@sh/hush@cache",
        "redis://:hu@sh?hush@cache",
        "redis://:hu@sh#hush@cache",
        "redis://a,redis://b",
    ],
)
def test_an_address_is_a_url_of_redis_and_a_fault_tells_no_password(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"^expected addresses such as redis://server or rediss://server, and the port"
    ) as caught:
        URL.parse(text)
    assert "hu" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    "setting", ["foo=1", "db=hush", "protocol=7", "max_connections=-1", "ssl_cert_reqs=none", "socket_timeout=hush"]
)
def test_a_setting_that_the_client_does_not_know_is_a_fault_of_the_option(setting: str) -> None:
    told = r"^could not use the address of cache:6379: a setting after the \? is wrong$"
    with pytest.raises(ValueError, match=told) as caught:
        URL.parse(f"redis://a redis://:hush@cache?{setting}")
    assert caught.value.__suppress_context__


def test_settings_of_the_client_may_follow_the_address() -> None:
    urls = "redis://a:1/2?health_check_interval=5", "rediss://b?ssl_cert_reqs=none", "redis://:p@ss@c"
    assert URL.parse(" ".join(urls)) == dict(zip(("a:1", "b:6379", "c:6379"), urls, strict=True))


def test_servers_that_hang_leave_time_for_the_others(server: int) -> None:
    with contextlib.ExitStack() as hanging:
        ports = [hanging.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(3)]
        urls = " ".join(f"redis://127.0.0.1:{port}" for port in (*ports, server))
        found = read(urls, deadline=time.monotonic() + 1)
    assert {name: value for name, value in found.items() if name.startswith(str(m.UP))} == {
        **{f"{m.UP} 127.0.0.1:{port}": 0 for port in ports},
        f"{m.UP} 127.0.0.1:{server}": 1,
    }


def test_a_run_does_not_tell_its_secrets() -> None:
    assert "hush" not in repr(Run(datetime.now(UTC), options={"password": "hush"}))
