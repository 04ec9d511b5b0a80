"""`/metrics` as a real HTTP server answers it."""

import gzip
import http.client
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from exporter.block import Block
from exporter.exposition import Exposition, Key
from exporter.scrape import Scrape
from metrics import COUNT, Gauge

QUEUE = Gauge("kpi_queue", "Queue.", unit=COUNT, labels=("name",), owner="nobody", cap=10_000)
TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"


@pytest.fixture
def exposition() -> Exposition:
    exposition = Exposition()
    exposition.replace(Key("mail", "all"), Block.build(QUEUE.reading(i, name=str(i)) for i in range(5000)))
    return exposition


@pytest.fixture
def port(exposition: Exposition) -> Iterator[int]:
    server = uvicorn.Server(uvicorn.Config(Scrape(exposition), port=0, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def ask(port: int, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, "/metrics", skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_who_asks_for_nothing_gets_plain_text(port: int, exposition: Exposition) -> None:
    response, body = ask(port)
    assert response.status == 200
    assert response.headers["Content-Type"] == TEXT
    assert response.headers["Content-Encoding"] is None
    assert response.headers["Vary"] == "Accept, Accept-Encoding"
    assert body == exposition.body(openmetrics=False, gzip=False)


def test_prometheus_gets_compressed_openmetrics(port: int) -> None:
    response, body = ask(port, Accept="application/openmetrics-text;version=1.0.0,*/*;q=0.1", Accept_Encoding="gzip")
    assert response.headers["Content-Type"] == OPENMETRICS
    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body).endswith(b"# EOF\n")


def test_a_header_on_two_lines_counts_as_one(port: int) -> None:
    with_two = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with_two.putrequest("GET", "/metrics")
    with_two.putheader("Accept", "text/plain;q=0.1")
    with_two.putheader("Accept", "application/openmetrics-text")
    with_two.endheaders()
    assert with_two.getresponse().headers["Content-Type"] == OPENMETRICS
    with_two.close()


def test_head_gets_the_headers_of_get_and_no_body(port: int) -> None:
    get, body = ask(port, Accept_Encoding="gzip")
    head, nothing = ask(port, "HEAD", Accept_Encoding="gzip")
    assert nothing == b""
    assert head.headers["Content-Length"] == str(len(body))
    assert {**get.headers, "date": ""} == {**head.headers, "date": ""}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(port: int, method: str) -> None:
    response, body = ask(port, method)
    assert response.status == 405
    assert response.headers["Allow"] == "GET, HEAD"
    assert body == b"use GET or HEAD\n"


def test_a_change_is_seen_by_the_next_scrape(port: int, exposition: Exposition) -> None:
    assert b'name="7"' in ask(port)[1]
    exposition.replace(Key("mail", "all"), Block.build([QUEUE.reading(1, name="only")]))
    assert ask(port)[1].endswith(b'kpi_queue{name="only"} 1.0\n')


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl_decompresses_the_whole_body(port: int, exposition: Exposition) -> None:
    url = f"http://127.0.0.1:{port}/metrics"
    shown = subprocess.run(["curl", "--compressed", "--silent", "--fail", url], check=True, capture_output=True)
    assert shown.stdout == exposition.body(openmetrics=False, gzip=False)
