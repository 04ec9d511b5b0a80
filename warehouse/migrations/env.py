"""Alembic runs this file for each upgrade, on the connection that `warehouse.migrate` hands over."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="kpi_schema_version",
    version_table_schema=context.config.attributes["schema"],
)
context.run_migrations()
