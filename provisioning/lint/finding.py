"""What the linter has to say about one place."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """One finding. `code` is a key of `CODES`, `place` says where, such as `Commerce / Conversion › Revenue (30 d)`."""

    code: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.code} {self.place}: {self.message}"
