"""Keys of finished files in the storage: their content, and the attempt that wrote them."""

from __future__ import annotations

from dataclasses import dataclass

ARTIFACTS = "artifacts/"
_TOKEN_LENGTH = 12


@dataclass(frozen=True)
class ArtifactKey:
    """A key such as ``artifacts/ab/<content key>-<token>.<format>``.

    Attributes:
        content_key: The digest of what is in the file.
        token: The beginning of the attempt's lease token.
        format: The extension of the file.
    """

    content_key: str
    token: str
    format: str

    @classmethod
    def of_attempt(cls, content_key: str, lease_token: str, format_name: str) -> ArtifactKey:
        """Return the key under which this attempt stores its file."""
        return cls(content_key, short_token(lease_token), format_name)

    @classmethod
    def parse(cls, key: str) -> ArtifactKey | None:
        """Return the parts of the key, or None if it is not the key of an artifact."""
        stem, _, extension = key.rpartition("/")[2].partition(".")
        content_key, _, token = stem.rpartition("-")
        found = cls(content_key, token, extension)
        return found if content_key and token and str(found) == key else None

    @property
    def prefix(self) -> str:
        """Return the common prefix of the keys of all attempts at this content."""
        return f"{ARTIFACTS}{self.content_key[:2]}/{self.content_key}-"

    def __str__(self) -> str:
        return f"{self.prefix}{self.token}.{self.format}"


def short_token(lease_token: str) -> str:
    """Return the part of a lease token that is used in keys: 12 characters."""
    return lease_token[:_TOKEN_LENGTH]
