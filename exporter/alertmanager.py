"""An Alertmanager of our own that groups and sends what Prometheus finds: for the demo and for the tests."""

import shutil
from pathlib import Path

from exporter.program import Program


class Alertmanager(Program):
    """Alertmanager in the background, on loopback and without peers. Its data and its log are in `directory`.

    `config_file` is read as it is; other files that it names relatively count from its folder.
    """

    def __init__(self, program: Path, directory: Path, config_file: Path, port: int) -> None:
        self.address = f"127.0.0.1:{port}"
        super().__init__(
            [
                program,
                f"--config.file={config_file}",
                f"--storage.path={directory / 'data'}",
                f"--web.listen-address={self.address}",
                "--cluster.listen-address=",  # or it would open a port for peers, on all networks
            ],
            directory,
            url=f"http://{self.address}",
            ready="/-/ready",
        )


def find(search: str | None = None) -> Path | None:
    """The program on the PATH, under either of its names; `search` replaces the PATH."""
    found = shutil.which("alertmanager", path=search) or shutil.which("prometheus-alertmanager", path=search)
    return Path(found) if found else None
