"""A PostgreSQL that boards read, as a data source of Grafana."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_TLS_MODES = ("disable", "require", "verify-ca", "verify-full")
"""What Grafana's driver knows; libpq's `prefer` and `allow` are not among them."""


@dataclass(frozen=True)
class Database:
    """What is known about a database. What is empty, Grafana takes from its environment, and the password always.

    `name` is that of the source, empty for the only one. `host` is a name, an address or the folder of a socket.
    """

    name: str = ""
    host: str = ""
    port: str = ""
    database: str = ""
    user: str = ""
    tls_mode: str = ""

    @property
    def uid(self) -> str:
        """The uid of the data source, at most 40 characters."""
        return f"postgres-{self.name}"[:40] if self.name else "postgres"

    def variable(self, part: str) -> str:
        """The environment variable that holds a part, such as `KPI_POSTGRES_ACME_PASSWORD`."""
        name = re.sub(r"\W", "_", self.name.upper())
        return f"KPI_POSTGRES_{name}_{part}" if name else f"KPI_POSTGRES_{part}"

    def data_source(self) -> dict[str, Any]:
        """The data source as provisioning files describe it.

        The name of the database stands twice: Grafana before 9.2 reads the first, the editor of newer ones the second.
        """
        database = self._given(self.database, "DATABASE")
        known_mode = self.tls_mode if self.tls_mode in _TLS_MODES else ""
        return {
            "name": f"PostgreSQL {self.name}".strip(),
            "uid": self.uid,
            "type": "postgres",
            "access": "proxy",
            "url": self._given(self._url(), "URL"),
            "user": self._given(self.user, "USER"),
            "database": database,
            "jsonData": {"database": database, "sslmode": self._given(known_mode, "SSLMODE")},
            "secureJsonData": {"password": "$" + self.variable("PASSWORD")},
        }

    def _url(self) -> str:
        if not self.host or self.host.startswith("/"):
            return self.host
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port or 5432}"

    def _given(self, value: str, part: str) -> str:
        return value.replace("$", "$$") if value else "$" + self.variable(part)


def variable_clashes(databases: Sequence[Database]) -> Iterator[str]:
    """Databases that would share a variable or a uid, a sentence each."""
    for what in ("variable", "uid"):
        seen: dict[str, str] = {}
        for database in databases:
            key = database.variable("PASSWORD") if what == "variable" else database.uid
            twin = seen.setdefault(key, database.name)
            if twin != database.name:
                yield f"the sources {twin} and {database.name} would share the {what} {key} in Grafana; rename one"
