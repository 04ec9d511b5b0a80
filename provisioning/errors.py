"""Why a build cannot be done."""


class BuildError(Exception):
    """`problems` says what is in the way, a sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
