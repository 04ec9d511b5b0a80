"""What an operator can tell a collector, beyond the settings that all have: `collectors.NAME.options` of the file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit


@dataclass(frozen=True)
class Option:
    """One option of a collector.

    `parse` makes the value of the text, and raises ValueError with what was expected; that of a secret must not tell
    the text. Without `default` the value is None where nobody sets it. A `secret` may also lie in a file, which
    `NAME_file` names.
    """

    name: str
    help: str
    default: str | None = None
    parse: Callable[[str], Any] = str
    secret: bool = False


def addresses(*schemes: str, port: int) -> Callable[[str], dict[str, str]]:
    """Parses addresses with spaces between them: each by the name of its server, `host:port`, which tells no secret."""

    def parse(text: str) -> dict[str, str]:
        urls = text.split()
        try:
            parts = [urlsplit(url) for url in urls]
            names = [f"{part.hostname}:{part.port or port}" for part in parts if part.hostname]
        except ValueError:  # what it says may quote the password
            names = []
        if not names or len({*names}) < len(urls) or any(map(is_odd, parts)):
            # What looks like credentials would not be shown: no colon behind the server here, and no @.
            such_as = " or ".join(f"{scheme}://server" for scheme in schemes)
            raise ValueError(
                f"expected addresses such as {such_as}, and the port if it is not {port}, several with spaces between "
                "them, each server once; in a password write %40 for the at sign and %2F for /"
            )
        return dict(zip(names, urls, strict=True))

    def is_odd(part: SplitResult) -> bool:
        """Another scheme, a comma between addresses, or an @ behind the server: half of a password came for it."""
        behind = part.path + part.query + part.fragment
        return part.scheme not in schemes or "@" in behind or "," in (part.hostname or "")

    return parse
