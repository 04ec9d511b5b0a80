"""Has Prometheus read its rule files, and tells whether it found those that were written.

A rule file that no entry of `rule_files` matches, or that lies in a folder which Prometheus may not enter, is no fault
to Prometheus: the reload succeeds without it.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import requests

from provisioning.verify.errors import Refused, VerifyError
from provisioning.verify.loaded import loaded_groups
from provisioning.verify.prometheus import PrometheusApi

_RELOAD_SECONDS = 30
_SECONDS_UNTIL_LOADED = 3.0
_SECONDS_BETWEEN = 0.2
_MOST_NAMED = 5


class ReloadError(Exception):
    """Prometheus is away, or refuses to read or to tell its rules."""


def reload(url: str) -> None:
    """Let Prometheus read its configuration and rules. Raises ReloadError with what it says."""
    try:
        answer = requests.post(f"{url.rstrip('/')}/-/reload", timeout=_RELOAD_SECONDS)
    except requests.RequestException as error:
        cause = "it does not answer" if isinstance(error, requests.ConnectionError | requests.Timeout) else str(error)
        raise ReloadError(f"could not reload Prometheus at {url}: {cause}") from error
    if answer.status_code == requests.codes.forbidden:
        raise ReloadError(f"could not reload Prometheus at {url}: it must be started with --web.enable-lifecycle")
    if not answer.ok:
        said = " ".join(answer.text.split())[:500]
        raise ReloadError(f"could not reload Prometheus at {url}: status {answer.status_code}, {said}")


def not_loaded(url: str, groups: Sequence[str], path: Path) -> list[str]:
    """A sentence, if Prometheus does not have all the groups that are in the file, seconds after it read its rules.

    Raises ReloadError when it does not say which it has.
    """
    until = time.monotonic() + _SECONDS_UNTIL_LOADED
    while missing := _missing(url, groups):
        if time.monotonic() > until:
            named = ", ".join(missing[:_MOST_NAMED])
            others = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
            return [
                f"Prometheus at {url} does not evaluate {len(missing)} of the {len(groups)} groups in {path}: {named}"
                f"{others}. Either none of its rule_files matches the path that the file has there, or Prometheus may "
                "not enter the folder."
            ]
        time.sleep(_SECONDS_BETWEEN)
    return []


def _missing(url: str, groups: Sequence[str]) -> list[str]:
    if not groups:
        return []
    try:
        there = {group.name for group in loaded_groups(PrometheusApi(url).rules())}
    except (VerifyError, Refused) as error:
        raise ReloadError(f"could not tell whether Prometheus has read the rules: {error}") from error
    return [name for name in groups if name not in there]
