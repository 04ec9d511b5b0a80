"""The configuration of the process: one YAML file, checked as a whole, all faults told at once.

    config = load(Path("kpi.yaml"), os.environ)

Shape (`config_models`) comes before meaning (`config_checks`); `config_file` knows the lines.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from exporter import config_alerting_checks, config_checks
from exporter.config_file import ConfigError, interpolate, read
from exporter.config_models import CollectorSettings, Config, Source
from exporter.config_shape import validate

__all__ = ["CollectorSettings", "Config", "ConfigError", "Source", "check_collectors", "json_schema", "load"]

_WITHHELD = ("dsn", "settings", "options")
_VARIABLE = r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}"


def load(path: Path, environ: Mapping[str, str], *, missing: str | None = None) -> Config:
    """The configuration in `path`, with `environ` filled in and secret files read. Raises ConfigError with all faults.

    `missing` stands for variables that are not set and have no default; without it they are faults. Relative paths in
    the file count from its folder. Every source has its `dsn` afterwards.
    """
    document = read(path)
    if document.data is None and not document.problems:
        raise ConfigError([f"{path}: the file is empty; kpi.example.yaml shows what it may say"])
    interpolate(document, environ, missing)
    config = validate(document, Config, _WITHHELD)
    if config is not None:
        config_checks.check(config, document)
        config_alerting_checks.check(config, document)
        config = config_checks.with_secrets(config, document)
    if config is None or document.problems:
        raise document.error()
    return config.with_origin(document)


def check_collectors(config: Config, known: Collection[str], reading_sources: Collection[str]) -> None:
    """Check what only discovery can tell. Raises ConfigError with all faults.

    `known` are the names of all collectors, `reading_sources` those that read sources.
    """
    document = config.origin()
    config_checks.add(document, config_checks.unknown_collectors(config, known))
    for name in reading_sources:
        if name not in config.collectors or config.collectors[name].enabled:
            config_checks.add(document, config_checks.labels_differ(config, name))
    if document.problems:
        raise document.error()


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the file, for editors and linters. Every value may be `${NAME}` instead."""
    schema = Config.model_json_schema()
    described: dict[str, Any] = _or_variable(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **described, "title": "kpi.yaml"}


def _or_variable(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_or_variable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {
        key: inner if key in ("propertyNames", "default") else _or_variable(inner) for key, inner in schema.items()
    }
    if "patternProperties" in schema:
        result["additionalProperties"] = False
    if schema.get("type") in ("integer", "number", "boolean") or {"enum", "pattern"} & schema.keys():
        about = {key: result.pop(key) for key in ("default", "description", "title") if key in result}
        return {**about, "anyOf": [result, {"type": "string", "pattern": _VARIABLE}]}
    return result
