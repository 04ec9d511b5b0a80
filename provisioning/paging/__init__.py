"""Who is told of alerts, and how: the configuration of Alertmanager.

Every command reads the settings, so this loads nothing but them.
"""

from provisioning.paging.settings import Paging

__all__ = ["Paging"]
