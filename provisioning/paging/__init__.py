"""Who is told of alerts, and how: the configuration of Alertmanager."""

from provisioning.paging.alertmanager import alertmanager_files
from provisioning.paging.settings import Paging

__all__ = ["Paging", "alertmanager_files"]
