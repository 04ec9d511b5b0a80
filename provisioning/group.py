"""What can be built."""

from enum import StrEnum


class Group(StrEnum):
    """A group of built files. ConfigMaps for Kubernetes are built on request only."""

    DASHBOARDS = "dashboards"
    PROVISIONING = "provisioning"
    RULES = "rules"
    HANDBOOK = "handbook"
    KUBERNETES = "kubernetes"

    @property
    def folder(self) -> str:
        """Where its files lie below the folder of the build; the handbook has a folder of its own."""
        return _FOLDERS[self]


_FOLDERS = {
    Group.DASHBOARDS: "grafana/dashboards/",
    Group.PROVISIONING: "grafana/provisioning/",
    Group.RULES: "prometheus/",
    Group.HANDBOOK: "",
    Group.KUBERNETES: "kubernetes/",
}
