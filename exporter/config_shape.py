"""A document against a pydantic model: every fault as a line that says what was expected and what came."""

import difflib
from collections.abc import Container, Iterable, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, model_validator

from exporter.config_file import Document, Keys

_EXPECTED = {
    "bool": "true or false",
    "dict": "keys with values",
    "float": "a number",
    "finite_number": "a finite number",
    "greater_than_equal": "at least {ge}",
    "int": "a whole number",
    "less_than_equal": "at most {le}",
    "list": "a list",
    "literal_error": "{expected}",
    "mapping": "keys with values",
    "model": "keys with values",
    "path": "a path",
    "string": "text (put it in quotes)",
    "string_pattern_mismatch": "text of the form {pattern}",
    "string_too_short": "text that is not empty",
    "too_short": "a list that is not empty",
}
_CONTAINERS = ("keys with values", "a list")


class Shape(BaseModel):
    """A mapping of a configuration file. A key without value counts as not given."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _without_empty_keys(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None and info.context is not None:
            return {}
        if not isinstance(value, dict):
            return value
        return {key: inner for key, inner in value.items() if inner is not None or key not in cls.model_fields}


ShapeT = TypeVar("ShapeT", bound=Shape)


def validate(
    document: Document, model: type[ShapeT], withheld: Container[object] = (), hints: Mapping[str, str] | None = None
) -> ShapeT | None:
    """The document as `model`; what does not fit is added to the document's problems and left out.

    Values below the keys in `withheld` are never told. `hints` says why a key that one might expect is not there.
    None when nothing remains that could be looked at.
    """
    for _ in range(2):
        try:
            return model.model_validate(document.pruned(), context={"folder": document.path.absolute().parent})
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False)
        for fault in faults:
            keys = tuple(key for key in fault["loc"] if key != "[key]")
            told = _told(model, keys, fault, hints or {})
            if told.startswith("expected ") and fault["loc"][-1:] != ("[key]",):
                told += ", got " + _got(document, keys, withheld, told)
            document.add(keys, told)
    return None


def nearest(word: str, known: Iterable[str]) -> str:
    """What follows `unknown key`: the word that was probably meant, else all that there are."""
    known = sorted(known)
    close = difflib.get_close_matches(word, known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"there are: {', '.join(known)}" if known else "there are none"


def _got(document: Document, keys: Keys, withheld: Container[object], told: str) -> str:
    """What came; a text only where a text could stand, since anywhere else it may be a misplaced secret."""
    written = document.written(keys)
    if written.startswith(("'", '"')) and told.endswith(_CONTAINERS):
        return "text"
    if written not in ("nothing", "a mapping", "a list") and any(key in withheld for key in keys):
        return "something else (it is not shown)"
    return written


def _told(model: type[BaseModel], keys: Keys, fault: Mapping[str, Any], hints: Mapping[str, str]) -> str:
    kind = fault["type"]
    if kind == "extra_forbidden":
        key = str(keys[-1])
        return f"the key is not supported: {hints[key]}" if key in hints else f"unknown key; {_keys(model, keys)}"
    if kind == "value_error":
        return str(fault["ctx"]["error"])
    expected = _EXPECTED.get(kind) or _EXPECTED.get(kind.split("_")[0], "another value")
    return "expected " + expected.format_map(fault.get("ctx", {}))


def _keys(model: type[BaseModel], keys: Keys) -> str:
    inside: Any = model
    for key in keys[:-1]:
        inside = inside.model_fields[key].annotation if hasattr(inside, "model_fields") else get_args(inside)[-1]
        if type(None) in get_args(inside):  # what may be left out: Warehouse | None
            inside = next(found for found in get_args(inside) if found is not type(None))
    return nearest(str(keys[-1]), inside.model_fields)
