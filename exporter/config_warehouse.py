"""The key `warehouse` of `kpi.yaml`: the database in which the exporter itself keeps things."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from exporter.config_shape import Shape
from exporter.config_values import FilePath, Text, connection_string


class Warehouse(Shape):
    """The database with the tables that `kpi migrate` creates, and a role that may write the exporter's own."""

    dsn: Annotated[SecretStr, AfterValidator(connection_string)] | None = Field(
        default=None, description="Connection string, as a URL or as `host=… dbname=…`; give this or `dsn_file`."
    )
    dsn_file: FilePath | None = Field(default=None, description="File that holds the connection string.")
    search_path: list[Text] = Field(
        default=[], description="Schemas in which tables are looked up; empty leaves the choice to the database."
    )
