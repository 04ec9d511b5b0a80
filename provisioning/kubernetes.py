"""Boards as ConfigMaps, which the sidecar of Grafana's Helm chart loads by their label.

`kubectl apply` must be called with `--server-side`: it would store large boards a second time, in an annotation.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any
from zlib import crc32

import yaml

from dashboards.board import Board
from provisioning.errors import BuildError
from provisioning.grafana import NOTE
from provisioning.group import Group

_MOST_BYTES = 1024 * 1024
# What JSON leaves as it is and YAML does not take, or takes for the end of a line.
_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def config_map_files(boards: Iterable[Board], drawn: Mapping[str, str], namespace: str = "") -> dict[str, str]:
    """A ConfigMap per board by its path; `drawn` are the files of the boards.

    Raises BuildError for boards that no ConfigMap can hold.
    """
    texts = {PurePosixPath(path).name: _compact(text) for path, text in drawn.items()}
    files: dict[str, str] = {}
    problems: list[str] = []
    for board in boards:
        text = texts[f"{board.uid}.json"]
        if len(text.encode()) >= _MOST_BYTES:
            problems.append(
                f"the board {board.title!r} has {len(text.encode()):,} bytes, and a ConfigMap holds less than "
                f"{_MOST_BYTES:,}; make two boards of it"
            )
        files[f"{Group.KUBERNETES.folder}{config_map_name(board.uid)}.yaml"] = _config_map(board, text, namespace)
    if problems:
        raise BuildError(problems)
    return files


def _compact(text: str) -> str:
    """The same JSON with little white space: half the bytes, and still a line for each panel."""
    board = json.loads(text)
    panels = board.pop("panels")
    lines = ",\n".join(json.dumps(panel, sort_keys=True, ensure_ascii=False) for panel in panels)
    head = json.dumps(board, sort_keys=True, ensure_ascii=False)
    return f'{head[:-1]}, "panels": [\n{lines}\n]}}\n'


def config_map_name(uid: str) -> str:
    """A DNS label that belongs to this uid alone."""
    plain = re.sub(r"[^a-z0-9]+", "-", uid.lower()).strip("-")
    return f"kpi-{plain}" if plain == uid else f"kpi-{plain}-{crc32(uid.encode()):08x}".replace("--", "-")


def _config_map(board: Board, text: str, namespace: str) -> str:
    metadata: dict[str, Any] = {
        "name": config_map_name(board.uid),
        "labels": {"app.kubernetes.io/managed-by": "kpi-build", "grafana_dashboard": "1"},
        "annotations": {"grafana_folder": board.area},
    }
    if namespace:
        metadata["namespace"] = namespace
    head = yaml.safe_dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}, sort_keys=True)
    # The board as literal text, so that it can be read and compared; PyYAML would take a second to write it.
    safe = _NOT_IN_YAML.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)
    lines = "".join(f"    {line}\n" for line in safe.splitlines())
    return f"{NOTE}{head}data:\n  {board.uid}.json: |\n{lines}"
