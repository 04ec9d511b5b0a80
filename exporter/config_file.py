"""A YAML file as plain data, with the line of every value, and without any way for a secret to reach an error.

`read` gives a `Document`; what is wrong with the file gathers in `Document.problems`, so that all of it is told at
once. Only text, numbers, true, false, null, lists and mappings with text keys are data here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

Keys = tuple[str | int, ...]

_TAG = "tag:yaml.org,2002:"
_AS_WRITTEN = {_TAG + name for name in ("str", "timestamp", "value", "merge")}
_SCALARS = yaml.constructor.SafeConstructor()
_MOST_VALUES = 100_000
_DEEPEST = 30
_VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?:(?P<name>[A-Za-z_]\w*)(?::-(?P<default>[^}]*))?\})?)", re.ASCII)
_CREDENTIALS = re.compile(
    r"(:/+)(?:.*@|[^\s/:'\"]*:[^\s'\"]*)|(passw\w*\s*=).*|(\$2[abxy]\$)[^\s'\"]*", re.DOTALL | re.IGNORECASE
)
_PLAIN_KEY = re.compile(r"[\w.-]+")


class ConfigError(Exception):
    """A configuration file cannot be used. `problems` are complete lines such as `kpi.yaml:3: listen: expected …`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Problem(NamedTuple):
    """What is wrong with the value at `keys`; `line` is given where it is not the line of that value."""

    keys: Keys
    text: str
    line: int | None = None


class _Place(NamedTuple):
    line: int
    written: str


@dataclass
class Document:
    """`data` is what the file says. `broken` holds the keys of values that are wrong and therefore unknown.

    Documents of the same path are equal, so that a configuration is equal to its like whatever the lines are.
    """

    path: Path
    data: Any = field(default=None, repr=False, compare=False)
    problems: list[Problem] = field(default_factory=list, repr=False, compare=False)
    broken: set[Keys] = field(default_factory=set, repr=False, compare=False)
    places: dict[Keys, _Place] = field(default_factory=dict, repr=False, compare=False)

    def add(self, keys: Keys, text: str, line: int | None = None) -> None:
        """Note that the value at `keys` is wrong, and is not to be looked at any more."""
        self.problems.append(Problem(keys, text, line))
        self.broken.add(keys)

    def written(self, keys: Keys) -> str:
        """The value at `keys` as the file writes it (`${NAME}` stays), fit for an error; `a mapping`, `a list`."""
        return self.places[keys].written if keys in self.places else "nothing"

    def error(self) -> ConfigError:
        """All problems, in the order of the file."""
        told = [(problem.line or self.line(problem.keys), problem) for problem in self.problems]
        told.sort(key=lambda pair: pair[0])
        lines = dict.fromkeys(f"{line}: {_dotted(problem.keys)}{problem.text}" for line, problem in told)
        return ConfigError([f"{self.path}:{without_credentials(line)}" for line in lines])

    def line(self, keys: Keys) -> int:
        """The line of the value at `keys`, or of the nearest mapping around it that the file has."""
        while keys and keys not in self.places:
            keys = keys[:-1]
        return self.places[keys].line if keys in self.places else 1

    def pruned(self) -> Any:
        """The data without what is broken. A list with a broken item is left out as a whole."""
        return _pruned(self.data, (), self.broken)


def read(path: Path) -> Document:
    """The file as data. Raises ConfigError when it cannot be read, is not UTF-8, or is not YAML at all."""
    document = Document(path)
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        problem = f"{path}: could not read the file: {reason(error)}"
    else:
        problem, root = _composed(path, content)
        if root is not None:
            _Conversion(document).run(root)
    if problem:
        raise ConfigError([problem])
    return document


def reason(error: Exception) -> str:
    """Why a file could not be read, without its name."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "it is not UTF-8 text" if isinstance(error, UnicodeError) else "its name is not valid"


def without_credentials(text: str) -> str:
    """`text` without what could be the password of a connection string, or the hash of one."""
    return _CREDENTIALS.sub(lambda match: f"{match[1] or match[2] or match[3]}…", text)


def interpolate(document: Document, environ: Mapping[str, str], missing: str | None = None) -> None:
    """Replace `${NAME}` and `${NAME:-default}` in all texts by the environment, and `$$` by `$`.

    A variable that is not set and has no default becomes `missing`; without that it is a fault.
    """
    document.data = _interpolated(document, document.data, (), environ, missing)


def _interpolated(document: Document, value: Any, keys: Keys, environ: Mapping[str, str], missing: str | None) -> Any:
    if isinstance(value, dict):
        return {key: _interpolated(document, inner, (*keys, key), environ, missing) for key, inner in value.items()}
    if isinstance(value, list):
        return [_interpolated(document, inner, (*keys, index), environ, missing) for index, inner in enumerate(value)]
    if not isinstance(value, str):
        return value

    def replaced(match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$"
        name = match["name"]
        if name is None:
            document.add(keys, "expected ${NAME} or ${NAME:-default}; for a dollar sign before a brace write $$")
            return ""
        found = environ.get(name)
        if found is None and match["default"] is None:
            if missing is not None:
                return missing
            document.add(keys, f"the environment variable {name} is not set; set it, or write ${{{name}:-default}}")
        elif found is not None and not _is_text(found):
            document.add(keys, f"the environment variable {name} is not UTF-8 text")
        return found or match["default"] or ""

    return _VARIABLE.sub(replaced, value)


def _composed(path: Path, content: bytes) -> tuple[str, yaml.Node | None]:
    """The problem, empty if there is none, and the node tree, None for a file without content."""
    try:
        return "", yaml.compose(content.decode(), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return f"{path}:{line}: the file must be UTF-8 text, got the byte 0x{content[error.start]:02x}", None
    except yaml.MarkedYAMLError as error:
        return f"{path}:{_syntax(error)}", None
    except yaml.reader.ReaderError as error:
        line = content.decode().count("\n", 0, error.position) + 1
        return f"{path}:{line}: could not read the YAML: control characters are not allowed", None
    except RecursionError:
        return f"{path}: could not read the YAML: it is nested too deeply", None
    except (ValueError, OverflowError):
        return f"{path}: could not read the YAML: it holds an escape that is no character", None


def _syntax(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    told = [error.problem or "it is not complete"]
    if error.context:
        told.insert(0, error.context + (f" from line {error.context_mark.line + 1}" if error.context_mark else ""))
    # What the parser quotes may be a piece of a secret.
    text = " ".join(re.sub(r"'[^'<,\]}?\s]+'", "", ", ".join(told)).split())
    return f"{mark.line + 1 if mark else 1}: could not read the YAML: {text}"


class _Conversion:
    """Node tree to plain data."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._above: list[yaml.Node] = []
        self._values = 0

    def run(self, root: yaml.Node) -> None:
        self._document.data = self._value(root, (), root.start_mark.line + 1)

    def _value(self, node: yaml.Node, keys: Keys, line: int) -> Any:
        self._values += 1
        self._document.places[keys] = _Place(line, _shown(node))
        if self._values > _MOST_VALUES:
            self._refused(keys, f"the file holds more than {_MOST_VALUES} values; aliases may multiply them")
            raise self._document.error()
        if any(node is outer for outer in self._above):
            return self._refused(keys, "an alias must not point to what it stands in")
        if len(self._above) == _DEEPEST:
            return self._refused(keys, "the value is nested too deeply")
        self._above.append(node)
        try:
            if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
                return self._mapping(node, keys)
            if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
                return [
                    self._value(item, (*keys, index), item.start_mark.line + 1) for index, item in enumerate(node.value)
                ]
            return self._scalar(node, keys)
        finally:
            self._above.pop()

    def _mapping(self, node: yaml.MappingNode, keys: Keys) -> dict[str, Any]:
        result: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _TAG + "merge":
                self._merge(result, value_node, keys)
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag == _TAG + "merge":
                continue
            if key_node.tag not in _AS_WRITTEN or not _is_text(key_node.value):
                self._document.problems.append(Problem(keys, "expected a key that is text; put it in quotes", line))
                continue
            key = key_node.value
            if key in lines:
                text = f"the key is given twice, in line {lines[key]} and in line {line}"
                self._document.problems.append(Problem((*keys, key), text, line))
            lines[key] = line
            result[key] = self._value(value_node, (*keys, key), line)
        return result

    def _merge(self, result: dict[str, Any], node: yaml.Node, keys: Keys) -> None:
        """`<<: *base`. Of several mappings the first wins, and the keys beside `<<` win over all."""
        for part in reversed(node.value) if isinstance(node, yaml.SequenceNode) else [node]:
            merged = self._value(part, keys, self._document.line(keys))
            if isinstance(merged, dict):
                result.update(merged)
            else:
                self._refused(keys, "expected a mapping after '<<'")

    def _scalar(self, node: yaml.Node, keys: Keys) -> Any:
        if node.tag in _AS_WRITTEN and isinstance(node, yaml.ScalarNode):
            return node.value if _is_text(node.value) else self._refused(keys, "the text holds half a character")
        kind = node.tag.removeprefix(_TAG)
        if kind not in ("int", "float", "bool", "null") or not isinstance(node, yaml.ScalarNode):
            return self._refused(keys, "expected text, a number, true, false, a list or a mapping, got a YAML tag")
        try:
            return getattr(_SCALARS, f"construct_yaml_{kind}")(node)
        except (ValueError, KeyError, IndexError, OverflowError):
            return self._refused(keys, f"could not read the value as {kind}")

    def _refused(self, keys: Keys, text: str) -> None:
        self._document.add(keys, text)


def _shown(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        return "a mapping" if isinstance(node, yaml.MappingNode) else "a list"
    if node.tag == _TAG + "null":
        return "nothing"
    text = without_credentials(str(node.value))
    if node.tag not in _AS_WRITTEN:
        return text  # in full: an option of a collector takes a number as its text
    return repr(text if len(text) <= 60 else text[:59] + "…")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)


def _dotted(keys: Keys) -> str:
    text = ""
    for key in keys:
        if isinstance(key, int):
            text += f"[{key}]"
        else:
            text += ("." if text else "") + (key if _PLAIN_KEY.fullmatch(key) else repr(key))
    return f"{text}: " if text else ""


def _pruned(value: Any, keys: Keys, broken: set[Keys]) -> Any:
    if isinstance(value, dict):
        known = {key: inner for key, inner in value.items() if not _unknown(inner, (*keys, key), broken)}
        return {key: _pruned(inner, (*keys, key), broken) for key, inner in known.items()}
    return value


def _unknown(value: Any, keys: Keys, broken: set[Keys]) -> bool:
    return keys in broken or (isinstance(value, list) and any(other[: len(keys)] == keys for other in broken))
