"""What can be built."""

from enum import StrEnum


class Group(StrEnum):
    """A group of built files. What is for Kubernetes is built on request only: ConfigMaps, objects of its operator."""

    DASHBOARDS = "dashboards"
    PROVISIONING = "provisioning"
    RULES = "rules"
    ALERTMANAGER = "alertmanager"
    HANDBOOK = "handbook"
    KUBERNETES = "kubernetes"
    OPERATOR = "operator"

    @property
    def folder(self) -> str:
        """Where its files lie below the folder of the build; the handbook has a folder of its own."""
        return _FOLDERS[self]


_FOLDERS = {
    Group.DASHBOARDS: "grafana/dashboards/",
    Group.PROVISIONING: "grafana/provisioning/",
    Group.RULES: "prometheus/",
    Group.ALERTMANAGER: "alertmanager/",
    Group.HANDBOOK: "",
    Group.KUBERNETES: "kubernetes/",
    Group.OPERATOR: "operator/",
}
