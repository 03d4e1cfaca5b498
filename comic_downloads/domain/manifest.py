"""The manifest: the fixed, ordered input of a job, and the content key that names its output."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from operator import attrgetter
from typing import Any

from .comic_names import name_of_all
from .formats import Format
from .library import (
    NO_DETAILS,
    NO_MARKS,
    NO_PLACEMENT,
    ComicMetadata,
    Creator,
    CreatorRole,
    ImageFacts,
    ImageTrait,
    PageMarks,
    Placement,
    ReadingDirection,
    SourceDetails,
    StripPlace,
)
from .options import ComicInfoSchema, EpubReader, FilePart, Options, PageNames
from .own_file import UNTOUCHED, OwnFile
from .quality import CONVERTER_VERSION, Preset

# Increase it whenever the same input would result in other bytes. If only converted pages would
# change, increase CONVERTER_VERSION instead.
BUILDER_VERSION = 5

_FACTS = [field.name for field in fields(ImageFacts)]
_values_of_facts = attrgetter(*_FACTS)


@dataclass(frozen=True, slots=True)
class ManifestPage:
    """One page of the input, with its index and name in the comic."""

    index: int
    name: str
    facts: ImageFacts
    marks: PageMarks = NO_MARKS


@dataclass(frozen=True)
class ManifestComic:
    """One comic of the input.

    ``path`` is relative to the library folder; ``missing`` lists the indexes of damaged pages that
    are left out. Unless the comic ``is_read``, the facts of its pages are incomplete. ``file`` is
    the library's own file, if that is what was asked for.
    """

    comic_id: str
    path: str
    metadata: ComicMetadata
    pages: tuple[ManifestPage, ...]
    missing: tuple[int, ...] = ()
    is_read: bool = True
    file: OwnFile | None = None


@dataclass(frozen=True)
class Manifest:
    """Everything that decides the bytes of one file: the options, and the comics in order.

    While it names comics that are not read yet, it is what was asked for, and the worker completes
    it.
    """

    options: Options
    comics: tuple[ManifestComic, ...]

    @property
    def is_read(self) -> bool:
        """Return True if all its comics are read, so that the facts of all pages are known."""
        return all(comic.is_read for comic in self.comics)

    @property
    def own_file(self) -> OwnFile | None:
        """Return the library's own file, if that is what was asked for."""
        return self.comics[0].file if self.options.untouched and self.comics else None

    @property
    def file_format(self) -> str:
        """Return the name of the file's format, such as ``cbz``."""
        own = self.own_file
        return str(self.options.format) if own is None else own.format

    @property
    def media_type(self) -> str:
        """Return the media type of the file."""
        own = self.own_file
        return self.options.format.facts.media_type if own is None else own.media_type

    @property
    def converts(self) -> bool:
        """Return True if any page has to be converted."""
        preset = self.options.preset
        return not preset.keeps_originals and any(
            preset.changes(page.facts) for _, page in self.pages()
        )

    @property
    def converted_pixels(self) -> int:
        """Return how many pixels the pages have together that are converted."""
        preset = self.options.preset
        if preset.keeps_originals:
            return 0
        all_facts = (page.facts for _, page in self.pages())
        return sum(facts.width * facts.height for facts in all_facts if preset.changes(facts))

    @property
    def copies_pages(self) -> bool:
        """Return True if every page goes into the file byte for byte.

        Then this version writes the same bytes on every machine. An image that is encoded again may
        come out otherwise elsewhere.
        """
        return self.options.untouched or (
            not self.converts
            and all(self._is_copied(page.facts) for comic in self.comics for page in comic.pages)
        )

    def _is_copied(self, facts: ImageFacts) -> bool:
        format = self.options.format
        if not format.facts.has_contents:
            return True
        return (
            format.facts.holds(facts.media_type)
            and not format.facts.may_reencode(facts.media_type)
            and ImageTrait.UNCOMMON not in facts.traits
            and (ImageTrait.LOOSE not in facts.traits or facts.media_type == "image/jpeg")
        )

    def etag(self, sha256: str) -> str:
        """Return the entity tag of the file with this digest; it has letters and digits only.

        Where pages are copied it follows from the input, so that it is known before the bytes are.
        """
        if not self.copies_pages:
            return sha256
        return hashlib.sha256(f"{self.content_key()} {BUILDER_VERSION}".encode()).hexdigest()

    @property
    def title(self) -> str:
        """Return the title in the file's metadata.

        It depends on the comics alone, so that equal content has equal bytes.
        """
        title = name_of_all([comic.metadata for comic in self.comics]) or "Comic"
        return title if self.options.part is None else self.options.part.after(title)

    def described(self, comic: ManifestComic) -> ComicMetadata:
        """Return what the file says about the comic.

        A single comic of which it has a part is called so; series and number stay.
        """
        part = self.options.part
        if part is None or len(self.comics) > 1:
            return comic.metadata
        return replace(comic.metadata, title=part.after(comic.metadata.title))

    @property
    def page_count(self) -> int:
        """Return the number of source pages."""
        return sum(len(comic.pages) for comic in self.comics)

    @property
    def output_page_count(self) -> int:
        """Return how many pages the file has: a strip that is cut becomes several."""
        return sum(self.parts(page) for _, page in self.pages())

    @property
    def size_bytes(self) -> int:
        """Return the bytes of all source pages together."""
        return sum(page.facts.size_bytes for comic in self.comics for page in comic.pages)

    @property
    def missing_pages(self) -> list[dict[str, str | int]]:
        """Return the pages left out as damaged, in the form in which a job's row stores them."""
        return [
            {"comic_id": comic.comic_id, "page_index": index}
            for comic in self.comics
            for index in comic.missing
        ]

    @property
    def stilled_pages(self) -> int:
        """Return how many animations become still pictures, because their pages are drawn."""
        if self.options.untouched:
            return 0
        return sum(
            ImageTrait.ANIMATED in page.facts.traits and not self._keeps_bytes(page)
            for _, page in self.pages()
        )

    def _keeps_bytes(self, page: ManifestPage) -> bool:
        format = self.options.format
        return (
            format is not Format.PDF
            and format.facts.holds(page.facts.media_type)
            and not self.options.preset.changes(page.facts)
        )

    def pages(self) -> Iterator[tuple[ManifestComic, ManifestPage]]:
        """Yield the source pages in order, each with its comic."""
        for comic in self.comics:
            for page in comic.pages:
                yield comic, page

    def output_pages(self) -> Iterator[tuple[ManifestComic, ManifestPage, int]]:
        """Yield the pages of the file in order: the comic, the source page, and its part from 0."""
        for comic, page in self.pages():
            for part in range(self.parts(page)):
                yield comic, page, part

    def parts(self, page: ManifestPage) -> int:
        """Return how many pages of the file this page becomes."""
        return self.options.preset.parts_of(page.facts)

    def content_key(self) -> str:
        """Return the SHA-256 (hex) of all that decides the output's bytes, and of nothing else.

        Ids and paths are left out, so equal pages with equal options are one artifact for all. A
        file that stays untouched was not read, so that it is only equal to itself.
        """
        return self._content_key

    @cached_property
    def _content_key(self) -> str:
        if self.options.untouched:
            files = [[comic.path, comic.file and comic.file.as_dict()] for comic in self.comics]
            return hashlib.sha256(json.dumps([UNTOUCHED, files]).encode()).hexdigest()
        document = self.as_dict()
        document["builder"] = BUILDER_VERSION
        if not self.options.preset.keeps_originals:
            document["converter"] = CONVERTER_VERSION
        for comic in document["comics"]:
            del comic["comic_id"], comic["path"]
        return hashlib.sha256(
            json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
        ).hexdigest()

    def as_dict(self) -> dict:
        """Return the manifest as plain values.

        Fields added after the first content keys were stored are left out while they have their
        default, so that those keys stay the same.
        """
        options: dict[str, object] = {
            "format": str(self.options.format),
            "preset": self.options.preset.as_dict(),
            "target_size_bytes": self.options.target_size_bytes,
            "metadata": self.options.metadata,
            "skip_damaged": self.options.skip_damaged,
            "page_names": str(self.options.page_names),
        }
        if self.options.comic_info is not ComicInfoSchema.V2_0:
            options["comic_info"] = str(self.options.comic_info)
        if self.options.untouched:
            options["untouched"] = True
        # For Kobo only the name of the file is another.
        if self.options.epub_for is EpubReader.KINDLE and self.options.format is Format.EPUB:
            options["epub_for"] = str(self.options.epub_for)
        if self.options.part is not None:
            options["part"] = [self.options.part.number, self.options.part.total]
        return {"options": options, "comics": [_comic_as_dict(comic) for comic in self.comics]}

    def to_json(self) -> str:
        """Return the manifest as JSON, as the database stores it."""
        return json.dumps(self.as_dict(), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Return the manifest that ``to_json`` wrote."""
        document = json.loads(text)
        options = document["options"]
        return cls(
            options=Options(
                format=Format(options["format"]),
                preset=Preset.from_dict(options["preset"]),
                target_size_bytes=options["target_size_bytes"],
                metadata=options["metadata"],
                skip_damaged=options["skip_damaged"],
                page_names=PageNames(options["page_names"]),
                comic_info=ComicInfoSchema(options.get("comic_info", ComicInfoSchema.V2_0)),
                untouched=options.get("untouched", False),
                epub_for=EpubReader(options.get("epub_for", EpubReader.ANY)),
                part=FilePart(*options["part"]) if "part" in options else None,
            ),
            comics=tuple(_comic_from_dict(comic) for comic in document["comics"]),
        )


def metadata_as_dict(metadata: ComicMetadata) -> dict:
    """Return the metadata as plain values, and of details and placement only what is known."""
    # ``asdict`` would take ten times as long.
    values = dict(vars(metadata))
    values["creators"] = tuple(dict(vars(creator)) for creator in metadata.creators)
    for name, defaults in (("details", NO_DETAILS), ("placement", NO_PLACEMENT)):
        known = _known(vars(values.pop(name)), vars(defaults))
        if known:
            values[name] = known
    return values


def metadata_from_dict(values: dict) -> ComicMetadata:
    """Return the metadata from the values that ``metadata_as_dict`` returned."""
    return ComicMetadata(
        **{
            **values,
            "creators": tuple(
                Creator(c["name"], CreatorRole(c["role"])) for c in values["creators"]
            ),
            "reading_direction": ReadingDirection(values["reading_direction"]),
            "details": SourceDetails(**values.get("details", {})),
            "placement": _placement_from_dict(values.get("placement", {})),
        }
    )


def _placement_from_dict(values: dict[str, Any]) -> Placement:
    return Placement(**{**values, "editions": tuple(values.get("editions", ()))})


def _known(values: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value != defaults[name]}


def _comic_as_dict(comic: ManifestComic) -> dict[str, Any]:
    return {
        **({} if comic.is_read else {"is_read": False}),
        **({} if comic.file is None else {"file": comic.file.as_dict()}),
        "comic_id": comic.comic_id,
        "path": comic.path,
        "metadata": metadata_as_dict(comic.metadata),
        "pages": [_page_as_dict(page) for page in comic.pages],
        "missing": comic.missing,
    }


def _page_as_dict(page: ManifestPage) -> dict[str, Any]:
    facts = dict(zip(_FACTS, _values_of_facts(page.facts), strict=True))
    for added_later in ("traits", "strip"):
        if not facts[added_later]:
            del facts[added_later]
    values: dict[str, Any] = {"index": page.index, "name": page.name, "facts": facts}
    if page.marks != NO_MARKS:
        values["marks"] = _known(asdict(page.marks), asdict(NO_MARKS))
    return values


def _page_from_dict(values: dict[str, Any]) -> ManifestPage:
    facts = values["facts"]
    return ManifestPage(
        values["index"],
        values["name"],
        ImageFacts(
            **{
                **facts,
                "traits": tuple(map(ImageTrait, facts.get("traits", ()))),
                "strip": StripPlace(*facts["strip"]) if "strip" in facts else None,
            }
        ),
        PageMarks(**values.get("marks", {})),
    )


def _comic_from_dict(values: dict) -> ManifestComic:
    return ManifestComic(
        comic_id=values["comic_id"],
        path=values["path"],
        metadata=metadata_from_dict(values["metadata"]),
        pages=tuple(map(_page_from_dict, values["pages"])),
        missing=tuple(values["missing"]),
        is_read=values.get("is_read", True),
        file=OwnFile.from_dict(values["file"]) if "file" in values else None,
    )
