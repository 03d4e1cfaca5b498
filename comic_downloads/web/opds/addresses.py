"""The addresses of a catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlencode

from ..api.paths import CATALOGUES

ROOT = CATALOGUES


class Version(StrEnum):
    """The versions of OPDS that there are catalogues of."""

    V1 = "v1.2"
    V2 = "v2"


@dataclass(frozen=True)
class Addresses:
    """The addresses of one catalogue, without scheme and host, so that they work behind any proxy.

    ``preset`` is the key of the offer that everything in it is, or empty.
    """

    version: Version
    preset: str = ""

    @property
    def catalog(self) -> str:
        """The root of the catalogue."""
        return self.feed("catalog")

    @property
    def search(self) -> str:
        """What the addresses of search results begin with."""
        return self.feed("comics")

    def feed(self, place: str, **query: str | int | None) -> str:
        """Return the address of a feed; parameters that are None are left out."""
        base = f"{ROOT}/{self.version}"
        if self.preset:
            base += f"/p/{quote(self.preset, safe='')}"
        given = {name: value for name, value in query.items() if value is not None}
        return f"{base}/{place}" + (f"?{urlencode(given)}" if given else "")

    def of_preset(self, preset: str) -> Addresses:
        """Return the addresses of the catalogue in which everything is of that preset."""
        return Addresses(self.version, preset)

    @property
    def files(self) -> str:
        """What the addresses of files begin with."""
        return f"{ROOT}/{self.version}/files"

    def download(self, job_id: str, filename: str) -> str:
        """Return the address of a finished file."""
        return f"{ROOT}/{self.version}/downloads/{job_id}/{in_path(filename)}"

    def cover(self, comic_id: str, version: str, height: int) -> str:
        """Return the address of a cover, at least so many pixels high."""
        return f"{ROOT}/{self.version}/covers/{comic_id}?height={height}&v={quote(version)}"

    def pages(self, comic_id: str) -> str:
        """Return what the addresses of a comic's pages begin with."""
        return f"{ROOT}/{self.version}/pages/{comic_id}/"


def in_path(filename: str) -> str:
    """Return the name of a file as the last part of an address."""
    return quote(filename.replace("/", " "), safe="")
