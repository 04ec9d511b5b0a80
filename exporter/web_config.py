"""TLS and basic authentication by the web configuration file that Prometheus exporters share.

    web = load(path)
    server.load()                     # a uvicorn.Config
    server.ssl = web.ssl_context()    # None without TLS
    app = BasicAuth(app, web.basic_auth_users)

The headers go to `uvicorn.Config(headers=list(web.headers.items()))`. What the format knows and this server cannot
do is an error, never ignored, except HTTP/2, without which clients use HTTP/1.1.
"""

import re
import ssl
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from exporter.basic_auth import BasicAuth
from exporter.config_checks import Finding, add
from exporter.config_file import ConfigError, Document, Keys, read, reason
from exporter.config_shape import Shape, validate
from exporter.config_values import FilePath

__all__ = ["BasicAuth", "ConfigError", "WebConfig", "load"]

_VERSIONS = {
    "TLS10": ssl.TLSVersion.TLSv1,
    "TLS11": ssl.TLSVersion.TLSv1_1,
    "TLS12": ssl.TLSVersion.TLSv1_2,
    "TLS13": ssl.TLSVersion.TLSv1_3,
}
_CLIENT_AUTH = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
_CIPHERS = {
    f"TLS_ECDHE_{key}_WITH_{name}": f"ECDHE-{key}-{cipher}"
    for key in ("ECDSA", "RSA")
    for name, cipher in {
        "AES_128_CBC_SHA": "AES128-SHA",
        "AES_256_CBC_SHA": "AES256-SHA",
        "AES_128_GCM_SHA256": "AES128-GCM-SHA256",
        "AES_256_GCM_SHA384": "AES256-GCM-SHA384",
        "CHACHA20_POLY1305_SHA256": "CHACHA20-POLY1305",
    }.items()
}
_CIPHERS_OF_TLS13 = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
_HINTS = {
    "cert": "write the certificate to a file and give cert_file",
    "client_allowed_sans": "a client certificate is accepted when client_ca_file vouches for it",
    "client_ca": "write the certificate to a file and give client_ca_file",
    "curve_preferences": "the TLS library chooses the curve",
    "key": "write the key to a file and give key_file",
    "rate_limit": "a scrape only copies ready bytes, so limit requests in a proxy if you must",
}
_HEADER_VALUES = {"X-Frame-Options": ("deny", "sameorigin"), "X-Content-Type-Options": ("nosniff",)}
_TLS: Keys = ("tls_server_config",)

Version = Literal["TLS10", "TLS11", "TLS12", "TLS13"]
HeaderName = Literal[
    "Content-Security-Policy",
    "X-Frame-Options",
    "X-Content-Type-Options",
    "X-XSS-Protection",
    "Strict-Transport-Security",
]


def _client_auth(name: str) -> str:
    if name in ("RequestClientCert", "RequireAnyClientCert"):
        raise ValueError(
            "expected VerifyClientCertIfGiven or RequireAndVerifyClientCert, since this server verifies every "
            "certificate that it asks for"
        )
    if name not in _CLIENT_AUTH:
        raise ValueError(f"expected {' or '.join(_CLIENT_AUTH)}")
    return name


def _cipher_suite(name: str) -> str:
    if name not in _CIPHERS and name not in _CIPHERS_OF_TLS13:
        raise ValueError(f"expected one of {', '.join((*_CIPHERS, *_CIPHERS_OF_TLS13))}")
    return name


def _header_value(value: str) -> str:
    if not re.fullmatch(r"[\x20-\x7e]*", value):
        raise ValueError("expected printable ASCII on one line")
    return value


def _user_name(name: str) -> str:
    if not name or ":" in name:
        raise ValueError("expected a user name that is not empty and has no colon")
    return name


def _bcrypt_hash(hashed: SecretStr) -> SecretStr:
    match = re.fullmatch(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}", hashed.get_secret_value(), re.ASCII)
    if not match or not 4 <= int(match[1]) <= 18:
        raise ValueError("expected a bcrypt hash of cost 4 to 18, as `htpasswd -nBC 10 NAME` prints it after the colon")
    return hashed


class TlsServerConfig(Shape):
    """`tls_server_config` of the file. Relative paths count from its folder."""

    cert_file: FilePath | None = None
    key_file: FilePath | None = None
    client_ca_file: FilePath | None = None
    client_auth_type: Annotated[str, AfterValidator(_client_auth)] = "NoClientCert"
    min_version: Version = "TLS12"
    max_version: Version = "TLS13"
    cipher_suites: list[Annotated[str, AfterValidator(_cipher_suite)]] = Field(default=[])
    prefer_server_cipher_suites: bool = True

    @property
    def openssl_ciphers(self) -> list[str]:
        """The suites up to TLS 1.2; those of TLS 1.3 are always on."""
        return [_CIPHERS[name] for name in self.cipher_suites if name in _CIPHERS]


class HttpServerConfig(Shape):
    """`http_server_config` of the file."""

    http2: bool = True
    headers: dict[HeaderName, Annotated[str, AfterValidator(_header_value)]] = Field(default={})


class WebConfig(Shape):
    """A web configuration file. Without `tls_server_config` the server speaks plain HTTP."""

    tls_server_config: TlsServerConfig = TlsServerConfig()
    http_server_config: HttpServerConfig = HttpServerConfig()
    basic_auth_users: dict[
        Annotated[str, AfterValidator(_user_name)], Annotated[SecretStr, AfterValidator(_bcrypt_hash)]
    ] = Field(default={})

    @property
    def headers(self) -> dict[str, str]:
        """Headers for every answer; what the file leaves blank is not sent."""
        return {name: value for name, value in self.http_server_config.headers.items() if value}

    def ssl_context(self) -> ssl.SSLContext | None:
        """A new context for the server, None without TLS. Raises OSError or ssl.SSLError when a file has changed."""
        tls = self.tls_server_config
        if tls.cert_file is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with warnings.catch_warnings():
            # Python warns of TLS 1.0 and 1.1, which the operator has asked for by name.
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = _VERSIONS[tls.min_version]
            context.maximum_version = _VERSIONS[tls.max_version]
        if not tls.prefer_server_cipher_suites:
            context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
        if tls.openssl_ciphers:
            context.set_ciphers(":".join(tls.openssl_ciphers))
        context.set_alpn_protocols(["http/1.1"])
        self.load_certificate(context)
        if tls.client_ca_file is not None:
            context.load_verify_locations(tls.client_ca_file)
        context.verify_mode = _CLIENT_AUTH[tls.client_auth_type]
        return context

    def load_certificate(self, context: ssl.SSLContext) -> None:
        """Read certificate and key again, for the connections that begin from now on: a renewal needs no restart."""
        tls = self.tls_server_config
        if tls.cert_file is not None:
            context.load_cert_chain(tls.cert_file, tls.key_file, _no_password)

    def lasting(self) -> dict[str, object]:
        """What a running server cannot take over, by its key in the file: all but users, certificate and key.

        The authority of the clients stands here with its content, since a context never forgets one that it trusts.
        Raises OSError when that file has gone.
        """
        tls = self.tls_server_config
        kept: dict[str, object] = {
            f"tls_server_config.{key}": value for key, value in tls if key not in ("cert_file", "key_file")
        }
        kept["tls_server_config.client_ca_file"] = tls.client_ca_file and tls.client_ca_file.read_bytes()
        return kept | {"http_server_config.headers": self.headers}


def load(path: Path) -> WebConfig:
    """The web configuration in `path`; an empty file changes nothing. Raises ConfigError with all faults."""
    document = read(path)
    config = validate(document, WebConfig, ("basic_auth_users", "cert", "client_ca", "key"), _HINTS)
    if config is not None:
        add(document, _tls_meaning(config.tls_server_config, document))
        add(document, _header_meaning(config.headers))
    if config is not None and not document.problems:
        add(document, _certificates(config, document))
    if config is None or document.problems:
        raise document.error()
    return config


def _tls_meaning(tls: TlsServerConfig, document: Document) -> Iterator[Finding]:
    given = tls.model_fields_set
    for key in ("cert_file", "key_file"):
        if given and key not in given:
            yield Finding("expected a file, since TLS needs cert_file and key_file", ((*_TLS, key),))
    for key in ("cert_file", "key_file", "client_ca_file"):
        file: Path | None = getattr(tls, key)
        if file is not None:
            try:
                file.read_bytes()
            except OSError as error:
                text = f"could not read the file {document.written((*_TLS, key))}: {reason(error)}"
                yield Finding(text, ((*_TLS, key),))
    about_clients: tuple[Keys, ...] = (*_TLS, "client_auth_type"), (*_TLS, "client_ca_file")
    if tls.client_auth_type == "NoClientCert" and tls.client_ca_file is not None:
        yield Finding("expected a type that verifies clients, since client_ca_file is given", about_clients)
    if tls.client_auth_type != "NoClientCert" and tls.client_ca_file is None:
        yield Finding("expected client_ca_file as well, since clients are verified", about_clients)
    if _VERSIONS[tls.min_version] > _VERSIONS[tls.max_version]:
        versions: tuple[Keys, ...] = (*_TLS, "min_version"), (*_TLS, "max_version")
        yield Finding("expected a version that is not above max_version", versions)
    if tls.cipher_suites and not tls.openssl_ciphers and tls.min_version != "TLS13":
        text = "expected a suite of TLS 1.2 as well, or the min_version TLS13"
        yield Finding(text, ((*_TLS, "cipher_suites"), (*_TLS, "min_version")))


def _header_meaning(headers: Mapping[str, str]) -> Iterator[Finding]:
    for name, allowed in _HEADER_VALUES.items():
        if name in headers and headers[name].lower() not in allowed:
            yield Finding(f"expected {' or '.join(allowed)}", (("http_server_config", "headers", name),))


def _certificates(config: WebConfig, document: Document) -> Iterator[Finding]:
    """Whether the TLS library takes the files, told without what it says of their content."""
    tls = config.tls_server_config
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if tls.cert_file is not None:
        problem = ""
        try:
            context.load_cert_chain(tls.cert_file, tls.key_file, _no_password)
        except OSError as error:
            problem = "expected a certificate and a key in PEM"
            if getattr(error, "reason", "") == "KEY_VALUES_MISMATCH":
                problem = "the key belongs to another certificate"
        except ValueError as error:
            problem = str(error)
        if problem:
            cert, key = ((*_TLS, name) for name in ("cert_file", "key_file"))
            text = f"could not use {document.written(cert)} with the key {document.written(key)}: {problem}"
            yield Finding(text, (cert, key))
    if tls.client_ca_file is not None:
        authority: Keys = (*_TLS, "client_ca_file")
        try:
            context.load_verify_locations(tls.client_ca_file)
        except OSError:
            yield Finding(f"could not use {document.written(authority)}: expected a certificate in PEM", (authority,))


def _no_password() -> str:
    """Without this, OpenSSL would ask on the terminal."""
    raise ValueError("the key is encrypted, and nobody is there to give its password")
