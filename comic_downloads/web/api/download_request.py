"""What a download is requested with, and the estimate of what it will be."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictInt

from ...domain.formats import Format
from ...domain.manifest import MAX_PAGE_RANGE_LENGTH
from ...domain.options import ComicInfoSchema, OnPageError, PageNames, StripHandling
from ...domain.presets import PRESETS, SCREEN
from ...domain.split import EACH, MAX_CHUNK, NO_SPLIT, VOLUME, Split, parse_split
from ...usecases.downloads.group_estimate import estimate_group
from ...usecases.downloads.submit import DownloadRequest, estimate_download
from . import paths
from .authentication import NEEDS_ACCOUNT, FromContext, SignedIn
from .errors import problem_responses
from .models import Text

# Larger JSON numbers are not exact everywhere.
MAX_BYTES = 2**53

router = APIRouter(
    prefix=paths.API,
    tags=["downloads"],
    dependencies=NEEDS_ACCOUNT,
    responses=problem_responses(401),
)

Id = Annotated[str, Field(min_length=1, max_length=64)]
# Plain text, so that the use case refuses unknown values, with its own words and error code.
Quality = Annotated[
    Text,
    Field(
        description="A quality, a device that `/devices` lists, or the width and height of a "
        "screen in pixels, from 64 to 10000 each.",
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


class DownloadBody(BaseModel):
    """Comics one by one, or a whole series; exactly one of the two."""

    # A misspelt option must not pass for one that was left out.
    model_config = ConfigDict(extra="forbid")

    comic_ids: list[Id] = Field(
        default=[], max_length=10_000, description="In the order they come in the file."
    )
    series_id: Id | None = Field(
        default=None, description="All comics of this series, in reading order."
    )
    # Plain text, so that the use case refuses unknown values, with its own words and error codes.
    format: Text = Field(json_schema_extra={"enum": [str(one) for one in Format]})
    quality: Quality = "original"
    pages: str = Field(
        default="",
        max_length=MAX_PAGE_RANGE_LENGTH,
        description="`1-10, 15`; empty means all. Pages count from 1.",
    )
    grayscale: bool = False
    crop_margins: bool = Field(
        default=False, description="Crop plain borders, at most a fifth of each side."
    )
    strips: StripHandling | None = Field(
        default=None,
        description="`split` cuts tall strips into pages of one screen each; `keep` leaves them "
        "whole. Without it they are split for devices that show a page at a time.",
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

    def to_split(self) -> Split | None:
        """Return how the comics are divided; None for one file. Raises InvalidRequest."""
        return parse_split(self.split)

    def to_request(self) -> DownloadRequest:
        """Return the request for the use cases, which check its values."""
        return DownloadRequest(
            **{**self.model_dump(exclude={"split"}), "comic_ids": tuple(self.comic_ids)}
        )


class EstimateModel(BaseModel):
    """What a download will be."""

    size_bytes: int
    seconds: float = Field(description="How long preparing takes, without waiting in the queue.")
    page_count: int
    cached: bool = Field(description="The file exists already, so the download is ready at once.")
    file_count: int = Field(description="How many files it will be; more than one with `split`.")


@router.post("/estimate", responses=problem_responses(404, 422))
def estimate(body: DownloadBody, _account: SignedIn, context: FromContext) -> EstimateModel:
    """Return what a download will be, before anything is queued."""
    split = body.to_split()
    found = (
        estimate_download(context, body.to_request())
        if split is None
        else estimate_group(context, body.to_request(), split)
    )
    return EstimateModel(
        size_bytes=found.size_bytes,
        seconds=found.seconds,
        page_count=found.page_count,
        cached=found.cached,
        file_count=found.file_count,
    )
