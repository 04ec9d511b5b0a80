"""What answers in place of a Prometheus, or as the installed one does not: proxies, and newer versions."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from provisioning.verify.answer import Answer
from provisioning.verify.errors import Refused, Unreachable
from provisioning.verify.prometheus import PrometheusApi

Reply = Callable[[BaseHTTPRequestHandler], None]


class Stage(ThreadingHTTPServer):
    """Gives each request the next of its `replies`, the last one again and again; `asked` counts them."""

    def __init__(self, *replies: Reply) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies = replies
        self.asked = 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Stage

    def do_POST(self) -> None:
        reply = self.server.replies[min(self.server.asked, len(self.server.replies) - 1)]
        self.server.asked += 1
        reply(self)

    def log_message(self, *arguments: Any) -> None:
        pass


def told(data: object, status: int = 200) -> Reply:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        body = json.dumps(data).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def result(kind: str, *series: Any) -> Reply:
    return told({"status": "success", "data": {"resultType": kind, "result": list(series)}})


def redirect(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "https://me:secret@elsewhere.example/login")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def break_off(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"ff\r\n{")
    handler.close_connection = True


def sleep(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1.5)


@pytest.fixture
def stage() -> Iterator[Callable[..., Stage]]:
    running: list[Stage] = []

    def start(*replies: Reply) -> Stage:
        running.append(Stage(*replies))
        threading.Thread(target=running[-1].serve_forever, args=(0.01,), daemon=True).start()
        return running[-1]

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def test_a_redirect_is_not_followed_because_it_would_lose_the_question(stage: Callable[..., Stage]) -> None:
    server = stage(redirect)
    message = f"^Prometheus at {server.url} is elsewhere: it redirects to elsewhere.example/login; name that address$"
    with pytest.raises(Unreachable, match=message):
        PrometheusApi(server.url).reach()


def test_a_closed_connection_is_opened_once_more(stage: Callable[..., Stage]) -> None:
    server = stage(hang_up, result("vector"))
    PrometheusApi(server.url).reach()
    assert server.asked == 2


def test_a_server_that_always_hangs_up_cannot_be_reached(stage: Callable[..., Stage]) -> None:
    server = stage(hang_up)
    with pytest.raises(Unreachable, match=f"^could not reach Prometheus at {server.url}: Remote end closed connection"):
        PrometheusApi(server.url).reach()
    assert server.asked == 2


def test_an_answer_that_does_not_come_in_time_is_the_fault_of_the_query(stage: Callable[..., Stage]) -> None:
    server = stage(sleep)
    with pytest.raises(Refused, match=r"^no answer within 0\.01 s$"):
        PrometheusApi(server.url, timeout=0.01).at("1", 0)
    assert server.asked == 1


def test_an_answer_that_breaks_off_is_the_fault_of_the_query(stage: Callable[..., Stage]) -> None:
    with pytest.raises(Refused, match=r"^the answer broke off: "):
        PrometheusApi(stage(break_off).url).at("1", 0)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (told("words", 502), r"^the answer is not Prometheus' own: 502 Bad Gateway$"),
        (told({"status": "success"}), r"^the answer is not Prometheus' own: 200 OK$"),
        (told({"status": "error", "error": "query timed out"}, 503), r"^query timed out$"),
        (told({"status": "error"}, 500), r"^it gave no reason$"),
    ],
)
def test_a_refusal_is_told_in_the_words_of_the_server(stage: Callable[..., Stage], reply: Reply, message: str) -> None:
    with pytest.raises(Refused, match=message):
        PrometheusApi(stage(reply).url).at("1", 0)


HISTOGRAM = {"count": "2", "sum": "3", "buckets": []}


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        pytest.param(result("vector"), Answer(0), id="nothing"),
        pytest.param(result("vector", {"value": [1, "0"]}, {"value": [1, "+Inf"]}), Answer(2, 1), id="values"),
        pytest.param(result("matrix", {"values": [[1, "NaN"], [2, "5"]]}, {"values": [[1, "NaN"]]}), Answer(2, 1),
                     id="a course with a number somewhere"),
        pytest.param(result("vector", {"histogram": [1, HISTOGRAM]}), Answer(1), id="a native histogram"),
        pytest.param(result("matrix", {"histograms": [[1, HISTOGRAM]]}), Answer(1), id="native histograms"),
        pytest.param(result("scalar", 1, "NaN"), Answer(1, 1), id="a number that is none"),
        pytest.param(result("string", 1, "words"), Answer(1, 1), id="a text"),
    ],
)  # fmt: skip
def test_series_with_and_without_numbers_are_told_apart(
    stage: Callable[..., Stage], reply: Reply, answer: Answer
) -> None:
    assert PrometheusApi(stage(reply).url).at("1", 0) == answer
