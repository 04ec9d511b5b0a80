"""Where the commands print: nothing is cut or broken when the output goes into a file or a pipe."""

from rich.console import Console

_UNLIMITED = 10_000


def console(*, stderr: bool = False) -> Console:
    """A console that leaves long lines whole; tables use the width of the terminal, or what they need without one."""
    made = Console(stderr=stderr, highlight=False, soft_wrap=True)
    return made if made.is_terminal else Console(stderr=stderr, highlight=False, soft_wrap=True, width=_UNLIMITED)
