"""Where the links of a page lead."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Links:
    """The addresses under which browsers reach the runbooks of the exporter, and Grafana."""

    runbooks: str = "http://localhost:9840/runbooks"
    grafana: str = "http://localhost:3000"

    def runbook(self, alert: str) -> str:
        """The address of the runbook of an alert."""
        return f"{self.runbooks.rstrip('/')}/{alert}"

    def board(self, uid: str) -> str:
        """The address of a board."""
        return f"{self.grafana.rstrip('/')}/d/{uid}"
