"""A Grafana of our own that shows the built boards: for the demo."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from exporter.program import Program

_SECONDS_TO_START = 90  # the first start creates its database
_PACKAGED_HOME = Path("/usr/share/grafana")


class Grafana(Program):
    """Grafana in the background, on loopback, for anybody to look at and nobody to change. It calls no other machine.

    `built` is the folder of the built files; `environment` gives what they leave open. Its data and its log are in
    `directory`.
    """

    def __init__(self, program: Path, directory: Path, built: Path, port: int, environment: Mapping[str, str]) -> None:
        directory, built = directory.absolute(), built.absolute()
        data = f"cfg:paths.data={directory / 'data'}"
        home = _home(program)
        command: list[str | Path] = [program, *(["server"] if program.name == "grafana" else [])]
        command += ["--homepath", home, data] if home else [data]
        super().__init__(
            command,
            directory,
            url=f"http://127.0.0.1:{port}",
            ready="/api/health",
            environment={
                "GF_SERVER_HTTP_ADDR": "127.0.0.1",
                "GF_SERVER_HTTP_PORT": str(port),
                "GF_PATHS_LOGS": str(directory / "log"),
                "GF_PATHS_PLUGINS": str(directory / "plugins"),
                "GF_PATHS_PROVISIONING": str(built / "grafana" / "provisioning"),
                "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": str(
                    built / "grafana" / "dashboards" / "company" / "overview.json"
                ),
                "GF_AUTH_ANONYMOUS_ENABLED": "true",
                "GF_AUTH_ANONYMOUS_ORG_ROLE": "Viewer",
                "GF_USERS_ALLOW_SIGN_UP": "false",
                "GF_SECURITY_DISABLE_GRAVATAR": "true",
                "GF_ANALYTICS_REPORTING_ENABLED": "false",
                "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
                "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
                "GF_NEWS_NEWS_FEED_ENABLED": "false",
                "GF_PLUGINS_PREINSTALL_DISABLED": "true",
                "KPI_DASHBOARDS": str(built / "grafana" / "dashboards"),
                **environment,
            },
            seconds_to_start=_SECONDS_TO_START,
        )


def find(search: str | None = None) -> Path | None:
    """The program on the PATH, under either of its names; `search` replaces the PATH."""
    found = shutil.which("grafana-server", path=search) or shutil.which("grafana", path=search)
    return Path(found) if found else None


def _home(program: Path) -> Path | None:
    """Where its pages and defaults lie: around the program, or where packages put them."""
    around = program.resolve().parent.parent
    return next((home for home in (around, _PACKAGED_HOME) if (home / "conf" / "defaults.ini").exists()), None)
