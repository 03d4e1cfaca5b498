"""What can be chosen for a file, besides its comics and pages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .formats import Format
from .quality import Preset

KEPUB_EXTENSION = "kepub.epub"


class PageNames(StrEnum):
    """How the images in the file are named, where the format leaves a choice."""

    ORIGINAL = "original"
    NUMBERED = "numbered"


class ComicInfoSchema(StrEnum):
    """The schema of the ComicInfo.xml in the file, as published by the Anansi Project.

    2.1 is a draft, which fewer readers know.
    """

    V2_0 = "comicinfo-2.0"
    V2_1 = "comicinfo-2.1"


class StripHandling(StrEnum):
    """What becomes of tall strips: screens of their own, or one page each, as they are."""

    SPLIT = "split"
    KEEP = "keep"


class EpubReader(StrEnum):
    """Whose readers an EPUB is for: any, those of Kobo, or those of Amazon.

    Kobo's readers open a file whose name ends in ``.kepub.epub`` in the program that is made for
    fixed pages. Those of Amazon need metadata of their own for their panel view.
    """

    ANY = "any"
    KOBO = "kobo"
    KINDLE = "kindle"


class OnPageError(StrEnum):
    """What becomes of a download with damaged pages: it fails, or it leaves them out."""

    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True)
class FilePart:
    """Which of the parts a file is, from 1, that another was cut into."""

    number: int
    total: int

    def after(self, title: str) -> str:
        """Return the title of the part, such as ``Harbour (1 of 3)``."""
        return f"{title} ({self.number} of {self.total})"


@dataclass(frozen=True)
class Options:
    """The choices that decide the bytes of a file. ``target_size_bytes`` None means any size.

    With ``untouched`` the file is the library's own, and nothing else matters. A ``part`` says so
    in its title.
    """

    format: Format
    preset: Preset
    target_size_bytes: int | None = None
    metadata: bool = True
    skip_damaged: bool = False
    page_names: PageNames = PageNames.ORIGINAL
    comic_info: ComicInfoSchema = ComicInfoSchema.V2_0
    untouched: bool = False
    epub_for: EpubReader = EpubReader.ANY
    part: FilePart | None = None

    @property
    def extension(self) -> str:
        """Return the extension of the file's name, without the first dot."""
        is_kepub = self.format is Format.EPUB and self.epub_for is EpubReader.KOBO
        return KEPUB_EXTENSION if is_kepub else self.format.facts.extension
