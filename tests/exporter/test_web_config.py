"""TLS and basic authentication, against a real uvicorn, real certificates and real clients."""

import asyncio
import base64
import socket
import ssl
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bcrypt
import pytest
import requests
import uvicorn
import yaml
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.responses import PlainTextResponse
from starlette.types import Message

from exporter.web_config import BasicAuth, ConfigError, WebConfig, load
from tests.exporter.support import certificate

HASH = bcrypt.hashpw(b"right", b"$2b$04$abcdefghijklmnopqrstuu").decode()  # the same in every test process
TLS = "tls_server_config: {cert_file: server.crt, key_file: server.key"

Write = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a certificate for 127.0.0.1, its key, an encrypted key, and another pair that clients can use."""
    certificate(tmp_path, "server", "the server")
    certificate(tmp_path, "client", "a client")
    key = serialization.load_pem_private_key((tmp_path / "server.key").read_bytes(), None)
    (tmp_path / "encrypted.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Write:
    def write(content: str) -> Path:
        path = folder / "web.yaml"
        path.write_text(content, encoding="utf-8")
        return path

    return write


@pytest.fixture
def faults(write: Write, folder: Path) -> Callable[[str], list[str]]:
    def faults(content: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load(write(content))
        return [problem.removeprefix(f"{folder}/") for problem in caught.value.problems]

    return faults


def test_tls_and_basic_auth_let_in_who_knows_the_password(write: Write, folder: Path) -> None:
    web = load(
        write(f"{TLS}}}\nbasic_auth_users: {{alice: {HASH}}}\n"
              "http_server_config: {headers: {X-Frame-Options: deny, X-XSS-Protection: ''}}")
    )  # fmt: skip
    with _serving(web) as (url, _):
        assert url.startswith("https://")
        trusted = folder / "server.crt"
        answer = _get(url, folder, auth=("alice", "right"))
        assert (answer.status_code, answer.text) == (200, "hello\n")
        assert answer.headers["X-Frame-Options"] == "deny"
        assert "X-XSS-Protection" not in answer.headers
        for auth in (("alice", "wrong"), ("alice", ""), ("bob", "right"), ("", ""), None):
            answer = _get(url, folder, auth=auth)
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"] == 'Basic realm="KPI Exporter", charset="UTF-8"'
            assert answer.headers["X-Frame-Options"] == "deny"
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(url, timeout=5)
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.get(url.replace("https", "http"), timeout=5)
        command = ["curl", "-sS", "--max-time", "5", "--cacert", str(trusted), "-u", "alice:right", url]
        assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "hello\n"


def test_an_empty_file_and_empty_sections_change_nothing(write: Write) -> None:
    for content in ("", "# later\n", "tls_server_config:\nhttp_server_config: {}\nbasic_auth_users: {}\n"):
        web = load(write(content))
        assert web.ssl_context() is None
        with _serving(web) as (url, _):
            assert url.startswith("http://")
            assert requests.get(url, timeout=5).text == "hello\n"


@pytest.mark.parametrize("given", ["RequireAndVerifyClientCert", "VerifyClientCertIfGiven", "NoClientCert"])
def test_client_certificates_are_asked_for_as_the_file_says(write: Write, folder: Path, given: str) -> None:
    authority = "" if given == "NoClientCert" else ", client_ca_file: client.crt"
    web = load(write(f"{TLS}, client_auth_type: {given}{authority}}}"))
    own = str(folder / "client.crt"), str(folder / "client.key")
    foreign = str(folder / "server.crt"), str(folder / "server.key")
    with _serving(web) as (url, _):
        assert _get(url, folder, cert=own).status_code == 200
        if given == "RequireAndVerifyClientCert":
            with pytest.raises(requests.exceptions.ConnectionError):
                _get(url, folder)
        else:
            assert _get(url, folder).status_code == 200
        if given == "NoClientCert":
            assert _get(url, folder, cert=foreign).status_code == 200
        else:
            with pytest.raises(requests.exceptions.ConnectionError):
                _get(url, folder, cert=foreign)


def test_versions_below_the_least_and_above_the_most_are_refused(write: Write, folder: Path) -> None:
    assert _versions(load(write(f"{TLS}}}")), folder) == ["TLSv1.2", "TLSv1.3"]
    assert _versions(load(write(f"{TLS}, min_version: TLS13}}")), folder) == ["TLSv1.3"]
    assert _versions(load(write(f"{TLS}, max_version: TLS12}}")), folder) == ["TLSv1.2"]


def test_old_versions_are_set_without_a_python_warning(write: Write, recwarn: pytest.WarningsRecorder) -> None:
    context = load(write(f"{TLS}, min_version: TLS10, max_version: TLS11}}")).ssl_context()
    assert context is not None
    assert (context.minimum_version, context.maximum_version) == (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
    assert not recwarn.list


def test_cipher_suites_are_offered_in_the_order_of_the_file(write: Write, folder: Path) -> None:
    suites = "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256"
    client = ssl.create_default_context(cafile=folder / "server.crt")
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-SHA")
    for prefer, chosen in (("true", "ECDHE-ECDSA-AES256-SHA"), ("false", "ECDHE-ECDSA-AES128-GCM-SHA256")):
        web = load(write(f"{TLS}, cipher_suites: [{suites}], prefer_server_cipher_suites: {prefer}}}"))
        with _serving(web) as (url, _):
            assert _connect(url, client)[1] == chosen
    client.set_ciphers("ECDHE-ECDSA-CHACHA20-POLY1305")
    with _serving(web) as (url, _), pytest.raises(ssl.SSLError):
        _connect(url, client)


def test_every_cipher_suite_that_the_file_may_name_is_known_to_openssl(write: Write) -> None:
    names = [f"TLS_ECDHE_{key}_WITH_{name}" for key in ("RSA", "ECDSA") for name in (
        "AES_128_CBC_SHA", "AES_256_CBC_SHA", "AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256",
    )]  # fmt: skip
    for name in names:
        context = load(write(f"{TLS}, cipher_suites: [{name}]}}")).ssl_context()
        assert context is not None
        assert len([cipher for cipher in context.get_ciphers() if cipher["protocol"] != "TLSv1.3"]) == 1


def test_a_renewed_certificate_is_served_without_a_restart(write: Write, folder: Path) -> None:
    web = load(write(f"{TLS}}}"))
    with _serving(web) as (url, context):
        before = _get(url, folder)
        certificate(folder, "server", "the server, renewed")
        with pytest.raises(requests.exceptions.SSLError):
            _get(url, folder)
        assert context is not None
        load(folder / "web.yaml").load_certificate(context)
        assert _get(url, folder).text == before.text


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic !!!", "Basic " + base64.b64encode(b"alice").decode(), "Basic /zpy",
     "Bearer " + base64.b64encode(b"alice:right").decode(), "Basic !" + base64.b64encode(b"alice:right").decode(),
     "basic " + base64.b64encode(b"alice:right ").decode()],
)  # fmt: skip
def test_a_header_that_says_nothing_useful_gets_401(header: str) -> None:
    assert asyncio.run(_statuses(_auth(HASH), [header])) == [401]


def test_the_scheme_is_read_in_any_case_and_the_password_may_hold_colons_and_letters_of_any_script() -> None:
    for password in ("right", "a:b:", "größe", "x" * 100):
        auth = _auth(bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode())
        assert asyncio.run(_statuses(auth, [_basic("alice", password).replace("Basic", "bAsIc")])) == [200]


@pytest.mark.parametrize("kind", ["2a", "2b", "2y"])
def test_every_kind_of_bcrypt_hash_is_read(kind: str) -> None:
    assert asyncio.run(_statuses(_auth(f"${kind}{HASH[3:]}"), [_basic("alice", "right")])) == [200]


def test_a_websocket_needs_the_password_too_and_the_lifespan_does_not() -> None:
    async def sent(scope: dict[str, Any]) -> list[Message]:
        messages: list[Message] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "inside"})

        async def send(message: Message) -> None:
            messages.append(message)

        await BasicAuth(app, {"alice": SecretStr(HASH)})(scope, _receive, send)
        return messages

    refused = asyncio.run(sent({"type": "websocket", "headers": []}))
    assert refused[0]["status"] == 401
    assert asyncio.run(sent({"type": "lifespan"})) == [{"type": "inside"}]


def test_a_right_password_is_checked_once_and_a_wrong_one_each_time() -> None:
    auth = _auth(bcrypt.hashpw(b"right", bcrypt.gensalt(10)).decode())
    first, second = (_seconds(auth, "alice", "right", 200) for _ in range(2))
    wrong = [_seconds(auth, "alice", "wrong", 401) for _ in range(2)]
    assert first > 0.02
    assert second < first / 5
    assert min(wrong) > first / 3


def test_an_unknown_user_takes_as_long_as_a_wrong_password() -> None:
    auth = _auth(bcrypt.hashpw(b"right", bcrypt.gensalt(9)).decode())
    wrong = min(_seconds(auth, "alice", "wrong", 401) for _ in range(3))
    unknown = min(_seconds(auth, "mallory", "wrong", 401) for _ in range(3))
    assert 0.5 < unknown / wrong < 2


def test_a_login_that_is_being_checked_holds_nobody_up(write: Write) -> None:
    slow = bcrypt.hashpw(b"right", bcrypt.gensalt(12)).decode()
    with _serving(load(write(f"basic_auth_users: {{alice: {HASH}, bob: {slow}}}"))) as (url, _):
        assert requests.get(url, auth=("alice", "right"), timeout=5).status_code == 200
        answers: list[int] = []
        checked = threading.Thread(
            target=lambda: answers.append(requests.get(url, auth=("bob", "wrong"), timeout=30).status_code)
        )
        checked.start()
        time.sleep(0.05)
        assert requests.get(url, auth=("alice", "right"), timeout=5).status_code == 200
        assert not answers
        checked.join()
        assert answers == [401]


def test_more_logins_than_can_be_checked_get_503_while_known_ones_go_on() -> None:
    auth = _auth(HASH)
    right = _basic("alice", "right")

    async def flood() -> list[int]:
        await _statuses(auth, [right])
        return await _statuses(auth, [_basic("mallory", str(number)) for number in range(40)] + [right])

    assert asyncio.run(flood()) == [401] * 32 + [503] * 8 + [200]


def test_only_so_many_right_passwords_are_remembered() -> None:
    # bcrypt looks at 72 bytes, so that many passwords fit one hash.
    auth = _auth(bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode())

    async def many() -> None:
        for number in range(140):
            assert await _statuses(auth, [_basic("alice", "x" * 72 + str(number))]) == [200]

    asyncio.run(many())
    assert len(auth._remembered) == 128


def test_a_changed_password_ends_the_old_one_at_once() -> None:
    auth = _auth(HASH)
    assert asyncio.run(_statuses(auth, [_basic("alice", "right")])) == [200]
    auth.users = {"alice": SecretStr(bcrypt.hashpw(b"new", bcrypt.gensalt(4)).decode())}
    assert asyncio.run(_statuses(auth, [_basic("alice", "right"), _basic("alice", "new")])) == [401, 200]
    auth.users = {}
    assert asyncio.run(_statuses(auth, [""])) == [200]


REFUSED = [
    ("tls_server_confg: {}", ["web.yaml:1: tls_server_confg: unknown key; did you mean tls_server_config?"]),
    ("tls_server_config: {cert_file: server.crt}",
     ["web.yaml:1: tls_server_config.key_file: expected a file, since TLS needs cert_file and key_file"]),
    ("tls_server_config: {min_version: TLS13}",
     ["web.yaml:1: tls_server_config.cert_file: expected a file, since TLS needs cert_file and key_file",
      "web.yaml:1: tls_server_config.key_file: expected a file, since TLS needs cert_file and key_file"]),
    ("tls_server_config:\n  cert_file: a\n  key_file: server.key\n  client_ca_file: .\n",
     ["web.yaml:2: tls_server_config.cert_file: could not read the file 'a': No such file or directory",
      "web.yaml:4: tls_server_config.client_ca_file: could not read the file '.': Is a directory"]),
    ("tls_server_config: {cert_file: '', key_file: server.key}",
     ["web.yaml:1: tls_server_config.cert_file: expected a path, got ''"]),
    ("tls_server_config:\n  key_file: client.key\n  cert_file: server.crt",
     ["web.yaml:3: tls_server_config.cert_file: could not use 'server.crt' with the key 'client.key': "
      "the key belongs to another certificate"]),
    ("tls_server_config: {cert_file: server.key, key_file: server.key}",
     ["web.yaml:1: tls_server_config.cert_file: could not use 'server.key' with the key 'server.key': "
      "expected a certificate and a key in PEM"]),
    ("tls_server_config: {cert_file: server.crt, key_file: encrypted.key}",
     ["web.yaml:1: tls_server_config.cert_file: could not use 'server.crt' with the key 'encrypted.key': "
      "the key is encrypted, and nobody is there to give its password"]),
    (f"{TLS}, client_ca_file: client.key, client_auth_type: VerifyClientCertIfGiven}}",
     ["web.yaml:1: tls_server_config.client_ca_file: could not use 'client.key': expected a certificate in PEM"]),
    (f"{TLS}, client_ca_file: client.crt}}",
     ["web.yaml:1: tls_server_config.client_auth_type: expected a type that verifies clients, "
      "since client_ca_file is given"]),
    (f"{TLS}, client_auth_type: RequireAndVerifyClientCert}}",
     ["web.yaml:1: tls_server_config.client_auth_type: expected client_ca_file as well, since clients are verified"]),
    (f"{TLS}, client_auth_type: RequireAnyClientCert}}",
     ["web.yaml:1: tls_server_config.client_auth_type: expected VerifyClientCertIfGiven or "
      "RequireAndVerifyClientCert, since this server verifies every certificate that it asks for, "
      "got 'RequireAnyClientCert'"]),
    (f"{TLS}, client_auth_type: Never}}",
     ["web.yaml:1: tls_server_config.client_auth_type: expected NoClientCert or VerifyClientCertIfGiven or "
      "RequireAndVerifyClientCert, got 'Never'"]),
    (f"{TLS}, min_version: SSL3}}",
     ["web.yaml:1: tls_server_config.min_version: expected 'TLS10', 'TLS11', 'TLS12' or 'TLS13', got 'SSL3'"]),
    (f"{TLS}, min_version: TLS13, max_version: TLS12}}",
     ["web.yaml:1: tls_server_config.min_version: expected a version that is not above max_version"]),
    (f"{TLS}, cipher_suites: [TLS_AES_128_GCM_SHA256]}}",
     ["web.yaml:1: tls_server_config.cipher_suites: expected a suite of TLS 1.2 as well, or the min_version TLS13"]),
    (f"{TLS}, curve_preferences: [X25519]}}",
     ["web.yaml:1: tls_server_config.curve_preferences: the key is not supported: the TLS library chooses the curve"]),
    ("rate_limit: {burst: 1}",
     ["web.yaml:1: rate_limit: the key is not supported: a scrape only copies ready bytes, "
      "so limit requests in a proxy if you must"]),
    ("http_server_config:\n  headers:\n    X-Frame-Options: allow\n    X-Content-Type-Options: sniff",
     ["web.yaml:3: http_server_config.headers.X-Frame-Options: expected deny or sameorigin",
      "web.yaml:4: http_server_config.headers.X-Content-Type-Options: expected nosniff"]),
    ('http_server_config: {headers: {X-XSS-Protection: "1\\nSet-Cookie: a"}}',
     ["web.yaml:1: http_server_config.headers.X-XSS-Protection: expected printable ASCII on one line, "
      "got '1\\nSet-Cookie: a'"]),
    ("http_server_config: {headers: {Set-Cookie: a}}",
     ["web.yaml:1: http_server_config.headers.Set-Cookie: expected 'Content-Security-Policy', 'X-Frame-Options', "
      "'X-Content-Type-Options', 'X-XSS-Protection' or 'Strict-Transport-Security'"]),
    ("basic_auth_users:\n  'a:b': x", [
        "web.yaml:2: basic_auth_users.'a:b': expected a user name that is not empty and has no colon",
        "web.yaml:2: basic_auth_users.'a:b': expected a bcrypt hash of cost 4 to 18, "
        "as `htpasswd -nBC 10 NAME` prints it after the colon, got something else (it is not shown)"]),
    (f"basic_auth_users:\n  a: {HASH}\n  a: {HASH}",
     ["web.yaml:3: basic_auth_users.a: the key is given twice, in line 2 and in line 3"]),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), REFUSED)
def test_what_the_server_cannot_do_is_refused_and_never_ignored(
    faults: Callable[[str], list[str]], content: str, expected: list[str]
) -> None:
    assert faults(content) == expected


def test_an_unknown_cipher_suite_is_told_with_those_there_are(faults: Callable[[str], list[str]]) -> None:
    (told,) = faults(f"{TLS}, cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}}")
    assert "cipher_suites[0]: expected one of TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, " in told
    assert told.endswith(", got 'TLS_RSA_WITH_RC4_128_SHA'")


@pytest.mark.parametrize("key", ["cert", "key", "client_ca", "client_allowed_sans"])
def test_what_the_format_knows_and_the_server_does_not_comes_with_a_way_out(
    faults: Callable[[str], list[str]], key: str
) -> None:
    (told,) = faults(f"{TLS}, {key}: SECRET}}")
    assert told.startswith(f"web.yaml:1: tls_server_config.{key}: the key is not supported: ")
    assert "SECRET" not in told


SECRET = HASH[8:40]


@pytest.mark.parametrize(
    "content",
    [
        f"basic_auth_users: {{alice: '{HASH} '}}", f"basic_auth_users: {{alice: [{HASH}]}}",
        f"basic_auth_users: [{HASH}]", f"basic_auth_users: {HASH}", f"basic_auth_users: {{'{HASH}': alice}}",
        f"tls_server_config: {{min_version: {HASH}}}", f"{HASH}: alice", f"listen: {HASH}",
        f"basic_auth_users: {{alice: '{HASH[:4]}31{HASH[6:]}'}}", f"basic_auth_users: {{alice: {HASH}",
        f"basic_auth_users: {{alice: {HASH}}}\nlisten: 1",
    ],
)  # fmt: skip
def test_no_error_shows_a_hash(write: Write, content: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(content))
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_web_configuration_does_not_show_its_hashes(write: Write) -> None:
    assert SECRET not in repr(load(write(f"basic_auth_users: {{alice: {HASH}}}")))


_KEYS = st.sampled_from(
    ["tls_server_config", "http_server_config", "basic_auth_users", "headers", "cert_file", "key_file", "cipher_suites"]
)
_DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["TLS12", HASH, "/", "web.yaml"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS | st.text(), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=100, deadline=None)
@given(_DATA)
def test_any_data_gives_a_web_configuration_or_a_config_error(
    tmp_path_factory: pytest.TempPathFactory, data: Any
) -> None:
    path = tmp_path_factory.getbasetemp() / "web.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    try:
        web = load(path)
    except ConfigError:
        return
    web.ssl_context()


async def _hello(scope: Any, receive: Any, send: Any) -> None:
    await PlainTextResponse("hello\n")(scope, receive, send)


async def _receive() -> Message:
    return {"type": "http.request"}


@contextmanager
def _serving(web: WebConfig) -> Iterator[tuple[str, ssl.SSLContext | None]]:
    """A real server on a free port: its address and its TLS context."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        BasicAuth(_hello, web.basic_auth_users),
        headers=list(web.headers.items()),
        lifespan="off",
        log_level="critical",
        log_config=None,
        timeout_graceful_shutdown=1,  # a TLS client that keeps its connection would hold the end up for 30 s
    )
    config.load()
    config.ssl = web.ssl_context()
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    try:
        scheme = "https" if config.ssl else "http"
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/", config.ssl
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def _get(url: str, folder: Path, **more: Any) -> requests.Response:
    return requests.get(url, verify=str(folder / "server.crt"), timeout=5, **more)


def _connect(url: str, context: ssl.SSLContext) -> tuple[str | None, str]:
    """The TLS version and the cipher that were agreed on."""
    host, port = url.removeprefix("https://").strip("/").split(":")
    with (
        socket.create_connection((host, int(port)), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        cipher = secure.cipher()
        assert cipher is not None
        return secure.version(), cipher[0]


def _versions(web: WebConfig, folder: Path) -> list[str | None]:
    agreed = []
    with _serving(web) as (url, _):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            client = ssl.create_default_context(cafile=folder / "server.crt")
            client.minimum_version = client.maximum_version = version
            try:
                agreed.append(_connect(url, client)[0])
            except ssl.SSLError:
                continue
    return agreed


def _auth(hashed: str) -> BasicAuth:
    return BasicAuth(_hello, {"alice": SecretStr(hashed)})


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


async def _statuses(auth: BasicAuth, headers: list[str]) -> list[int]:
    """What requests with these Authorization headers get that arrive together."""

    async def ask(header: str) -> int:
        statuses: list[int] = []

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        await auth({"type": "http", "headers": [(b"authorization", header.encode("latin-1"))]}, _receive, send)
        return statuses[0]

    return list(await asyncio.gather(*(ask(header) for header in headers)))


def _seconds(auth: BasicAuth, user: str, password: str, expected: int) -> float:
    start = time.process_time()  # what the machine does besides does not count
    assert asyncio.run(_statuses(auth, [_basic(user, password)])) == [expected]
    return time.process_time() - start
