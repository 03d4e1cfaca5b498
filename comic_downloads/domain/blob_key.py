"""The names of finished files in the storage: what is in them, and which attempt wrote them."""

from __future__ import annotations

from dataclasses import dataclass

ARTIFACTS = "artifacts/"
_OWNER_LENGTH = 12


@dataclass(frozen=True)
class ArtifactKey:
    """``artifacts/ab/<content key>-<owner>.<format>``; ``owner`` is the beginning of the attempt's lease owner."""

    content_key: str
    owner: str
    format: str

    @classmethod
    def of_attempt(cls, content_key: str, lease_owner: str, format_name: str) -> ArtifactKey:
        return cls(content_key, short_owner(lease_owner), format_name)

    @classmethod
    def parse(cls, key: str) -> ArtifactKey | None:
        """What the key says; None for one that is not an artifact's."""
        stem, _, extension = key.rpartition("/")[2].partition(".")
        content_key, _, owner = stem.rpartition("-")
        found = cls(content_key, owner, extension)
        return found if content_key and owner and str(found) == key else None

    @property
    def prefix(self) -> str:
        """What all attempts' names for this content begin with."""
        return f"{ARTIFACTS}{self.content_key[:2]}/{self.content_key}-"

    def __str__(self) -> str:
        return f"{self.prefix}{self.owner}.{self.format}"


def short_owner(lease_owner: str) -> str:
    return lease_owner[:_OWNER_LENGTH]
