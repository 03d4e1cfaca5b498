"""What can be chosen for a file, besides its comics and pages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .formats import Format
from .quality import Preset


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


class OnPageError(StrEnum):
    """What becomes of a download with damaged pages: it fails, or it leaves them out."""

    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True)
class Options:
    """The choices that decide the bytes of a file. ``target_size_bytes`` None means any size.

    With ``untouched`` the file is the library's own, and nothing else matters.
    """

    format: Format
    preset: Preset
    target_size_bytes: int | None = None
    metadata: bool = True
    skip_damaged: bool = False
    page_names: PageNames = PageNames.ORIGINAL
    comic_info: ComicInfoSchema = ComicInfoSchema.V2_0
    untouched: bool = False
