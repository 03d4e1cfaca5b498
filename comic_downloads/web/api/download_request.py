"""What a download is requested with, and the estimate of what it will be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from ...domain.formats import Format
from ...domain.options import (
    ComicInfoSchema,
    EpubReader,
    OnPageError,
    PageNames,
    StripHandling,
)
from ...domain.page_selection import MAX_PAGE_RANGE_LENGTH
from ...domain.presets import PRESETS, SCREEN
from ...domain.quality import DoublePages
from ...domain.split import EACH, MAX_CHUNK, NO_SPLIT, VOLUME, Split, parse_split
from ...usecases.context import Context
from ...usecases.downloads.choices import SPLIT, request_of
from ...usecases.downloads.group_estimate import estimate_group
from ...usecases.downloads.groups import split_of_parts
from ...usecases.downloads.request import DownloadRequest
from ...usecases.downloads.saved_presets import chosen_with
from ...usecases.downloads.submit import estimate_download
from . import paths
from .authentication import AccountRouter, FromContext, SignedIn
from .errors import problem_responses
from .models import Text

# Larger JSON numbers are not exact everywhere.
MAX_BYTES = 2**53

router = AccountRouter(
    prefix=paths.API,
    tags=["downloads"],
    responses=problem_responses(401),
)

Id = Annotated[str, Field(min_length=1, max_length=64)]
# Plain text, so that the use case refuses unknown values, with its own words and error code.
Quality = Annotated[
    Text,
    Field(
        description="A quality, a device that `/devices` lists, or the width and height of a "
        "screen in pixels, from 64 to 10000 each. `untouched` is the library's own file, byte for "
        "byte; of a folder of images there is none.",
        json_schema_extra={"anyOf": [{"enum": list(PRESETS)}, {"pattern": f"^{SCREEN.pattern}$"}]},
    ),
]

# Bad words are refused by ``parse_split``, which says what is allowed.
SplitChoice = Annotated[
    StrictInt | Text | None,
    Field(
        json_schema_extra={
            "anyOf": [
                {"enum": [NO_SPLIT, EACH, VOLUME]},
                {"type": "integer", "minimum": 1, "maximum": MAX_CHUNK},
                {"type": "null"},
            ]
        },
        description="`each` makes a file of every comic, `volume` of every volume, a number of "
        "that many comics each. The answer is then a group. `none` makes one file of all.",
    ),
]


class ChoicesBody(BaseModel):
    """What is chosen for files, whatever their comics."""

    # A misspelt option must not pass for one that was left out.
    model_config = ConfigDict(extra="forbid")

    # Plain text, so that the use case refuses unknown values, with its own words and error codes.
    format: Annotated[Text, Field(json_schema_extra={"enum": [str(one) for one in Format]})] | (
        None
    ) = Field(
        default=None,
        description="Needed unless a preset has it, or the quality is `untouched`: such a file has "
        "a format of its own.",
    )
    quality: Quality = "original"
    grayscale: bool = False
    crop_margins: bool | None = Field(
        default=None,
        description="Crop plain borders and page numbers, at most a fifth of each side, and the "
        "same from every page. Without it they are cropped for e-readers.",
    )
    levels: bool | None = Field(
        default=None,
        description="Make ink black and paper white, on pages without colour. Without it that is "
        "done for e-readers.",
    )
    strips: StripHandling | None = Field(
        default=None,
        description="`split` cuts tall strips into pages of one screen each; `keep` leaves them "
        "whole. Without it they are split for devices that show a page at a time.",
    )
    double_pages: DoublePages | None = Field(
        default=None,
        description="What becomes of images of two pages: `split` into halves in reading order, "
        "`turn`ed sideways, `both` (first turned, then the halves), or `keep`. Without it they "
        "are split for e-readers.",
    )
    epub_for: EpubReader | None = Field(
        default=None,
        description="Whose e-readers an EPUB is for: `kobo` names it `.kepub.epub`, `kindle` adds "
        "the metadata for Amazon's panel view. Without it the device decides.",
    )
    image_format: Literal["source", "jpeg", "webp"] = Field(
        default="source",
        description="What every image becomes; `source` keeps the type of each. "
        "PDF and EPUB cannot hold WebP.",
    )
    page_names: PageNames = Field(
        default=PageNames.ORIGINAL,
        description="The names of the images in a ZIP; the other formats number them.",
    )
    target_size_bytes: Annotated[int, Field(gt=0, le=MAX_BYTES)] | None = Field(
        default=None,
        description="The file must not be larger; quality is lowered as far as needed.",
    )
    metadata: bool | ComicInfoSchema = Field(
        default=True,
        description="Put what is known about the comic into the file. In a CBZ it is a "
        "ComicInfo.xml of schema 2.0, or of the draft 2.1, with tags, translators, GTIN and "
        "story arc numbers.",
    )
    on_page_error: OnPageError = Field(
        default=OnPageError.FAIL, description="`skip` leaves damaged pages out and lists them."
    )
    expires_in_seconds: int | None = Field(
        default=None,
        description="How long the file is kept after its last request: a minute to 30 days.",
    )
    split: SplitChoice = None
    max_part_bytes: Annotated[int, Field(gt=0, le=MAX_BYTES)] | None = Field(
        default=None,
        description="The most bytes of a file. What is larger is cut into parts, between comics if "
        "possible, else between chapters, else between pages. The answer is then a group.",
    )

    def explicit(self) -> dict[str, Any]:
        """Return the choices that were sent, without those that were left out.

        A format of null is one that was left out.
        """
        sent = set(self.model_fields_set & ChoicesBody.model_fields.keys())
        if self.format is None:
            sent.discard("format")
        return self.model_dump(mode="json", include=sent)


class DownloadBody(ChoicesBody):
    """Comics one by one, or a whole series; exactly one of the two. And a format or a preset."""

    comic_ids: list[Id] = Field(
        default=[], max_length=10_000, description="In the order they come in the file."
    )
    series_id: Id | None = Field(
        default=None, description="All comics of this series, in reading order."
    )
    pages: str = Field(
        default="",
        max_length=MAX_PAGE_RANGE_LENGTH,
        description="`1-10, 15`; empty means all. Pages count from 1.",
    )
    preset: Text | None = Field(
        default=None,
        description="The id or name of a preset that `/presets` lists. What the request says "
        "itself takes the place of the preset's choices. With neither a format nor a preset, the "
        "default preset is used.",
    )


@dataclass(frozen=True)
class Asked:
    """What a body asks for: the request, and how its comics are divided; None for one file."""

    request: DownloadRequest
    split: Split | None


def read_request(context: Context, user_id: str, body: DownloadBody) -> Asked:
    """Return what the body asks for, with the choices of its preset.

    A preset's ``split`` is for several comics.

    Raises the errors of ``chosen_with`` and ``parse_split``.
    """
    choices = chosen_with(context, user_id, body.preset, body.explicit())
    is_one = len(body.comic_ids) == 1 and SPLIT not in body.model_fields_set
    comics = {
        "comic_ids": tuple(body.comic_ids),
        "series_id": body.series_id,
        "pages": body.pages,
    }
    split = None if is_one else parse_split(choices.get(SPLIT))
    request = request_of(choices, **comics)
    return Asked(request, split_of_parts(context, request, split))


class EstimateModel(BaseModel):
    """What a download will be."""

    size_bytes: int
    seconds: float = Field(description="How long preparing takes, without waiting in the queue.")
    page_count: int
    cached: bool = Field(description="The file exists already, so the download is ready at once.")
    file_count: int = Field(description="How many files it will be; more than one with `split`.")


@router.post("/estimate", responses=problem_responses(404, 409, 422))
def estimate(body: DownloadBody, account: SignedIn, context: FromContext) -> EstimateModel:
    """Return what a download will be, before anything is queued."""
    asked = read_request(context, account.id, body)
    found = (
        estimate_download(context, asked.request)
        if asked.split is None
        else estimate_group(context, asked.request, asked.split)
    )
    return EstimateModel(
        size_bytes=found.size_bytes,
        seconds=found.seconds,
        page_count=found.page_count,
        cached=found.cached,
        file_count=found.file_count,
    )
