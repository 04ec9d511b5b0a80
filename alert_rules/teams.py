"""Who is told: each team with its chat channel, its mail address, and whether critical alerts page it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Team:
    """A team that alerts go to.

    `chat` is a channel such as `#incidents`. `mail` is the name of a mailbox, whose address the configuration gives.
    A critical alert of a team with `pages` also goes to PagerDuty.
    """

    name: str
    chat: str
    mail: str = ""
    pages: bool = False


DEVELOPMENT = Team("development", "#development")
QA = Team("qa", "#development", mail="qa-team")
INCIDENTS = Team("incidents", "#incidents", mail="on-call", pages=True)
DEVOPS = Team("devops", "#devops", mail="on-call", pages=True)
PRODUCT = Team("product", "#product", mail="product-manager")
FINANCE = Team("finance", "#incidents", mail="finance-team", pages=True)
SECURITY = Team("security", "#security", mail="security-team", pages=True)

TEAMS = (DEVELOPMENT, QA, INCIDENTS, DEVOPS, PRODUCT, FINANCE, SECURITY)
