"""The companies of the demo: each a tenant with a schema, a source and a role that may only read it."""

from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo


@dataclass(frozen=True)
class Tenant:
    """A company. `seed` is that of its dice, `size` its share of the size that was asked for."""

    name: str
    seed: int
    size: float

    @property
    def reader(self) -> str:
        """The role that the exporter, and a Grafana that is open to anybody on this machine, log in as."""
        return f"kpi_reader_{self.name}"

    def owner_dsn(self, dsn: str) -> str:
        """The connection string of who writes its tables."""
        return make_conninfo(dsn, options=f"-c search_path={self.name}")

    def reader_dsn(self, dsn: str) -> str:
        """The connection string of who may read its tables and nothing else; makes the role. Raises psycopg.Error."""
        role, schema = sql.Identifier(self.reader), sql.Identifier(self.name)
        with psycopg.connect(dsn) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [self.reader]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
            for statement in (
                "ALTER ROLE {role} SET default_transaction_read_only = on",
                "ALTER ROLE {role} SET search_path = {schema}",
                "GRANT USAGE ON SCHEMA {schema} TO {role}",
                "GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}",
                "GRANT pg_monitor TO {role}",  # what the database says about itself
            ):
                connection.execute(sql.SQL(statement).format(role=role, schema=schema))
        return make_conninfo(dsn, user=self.reader)


ACME = Tenant("acme", 7, 1.0)
TENANTS = (ACME, Tenant("globex", 11, 0.3))
