"""The names of finished files in the storage: what is in them, and which attempt wrote them."""

from __future__ import annotations

from dataclasses import dataclass

ARTIFACTS = "artifacts/"
_OWNER_LENGTH = 12


@dataclass(frozen=True)
class ArtifactKey:
    """``artifacts/ab/<content key>-<token>.<format>``; ``token`` is the beginning of the attempt's lease token."""

    content_key: str
    token: str
    format: str

    @classmethod
    def of_attempt(cls, content_key: str, lease_token: str, format_name: str) -> ArtifactKey:
        return cls(content_key, short_token(lease_token), format_name)

    @classmethod
    def parse(cls, key: str) -> ArtifactKey | None:
        """What the key says; None for one that is not an artifact's."""
        stem, _, extension = key.rpartition("/")[2].partition(".")
        content_key, _, token = stem.rpartition("-")
        found = cls(content_key, token, extension)
        return found if content_key and token and str(found) == key else None

    @property
    def prefix(self) -> str:
        """What all attempts' names for this content begin with."""
        return f"{ARTIFACTS}{self.content_key[:2]}/{self.content_key}-"

    def __str__(self) -> str:
        return f"{self.prefix}{self.token}.{self.format}"


def short_token(lease_token: str) -> str:
    return lease_token[:_OWNER_LENGTH]
