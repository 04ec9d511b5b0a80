"""What wakes people: alert rules and the recording rules below them, declared over metrics and proven by cases."""

from alert_rules.alert import Alert, Runbook, Severity
from alert_rules.case import Case, Firing, fires, silent
from alert_rules.group import Group
from alert_rules.recording import Recording
from alert_rules.teams import Team

__all__ = [
    "Alert",
    "Case",
    "Firing",
    "Group",
    "Recording",
    "Runbook",
    "Severity",
    "Team",
    "fires",
    "silent",
]
