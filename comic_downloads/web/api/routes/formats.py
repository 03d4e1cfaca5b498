"""The formats, qualities, devices and limits that a client can offer."""

from __future__ import annotations

from pydantic import BaseModel, Field

from ....domain.formats import Format
from ....domain.options import ComicInfoSchema, PageNames
from ....domain.presets import PRESETS
from ....domain.quality import IMAGE_FORMATS, ImageEncoding
from ... import labels
from .. import paths
from ..authentication import AccountRouter, FromContext, SignedIn
from ..errors import problem_responses

router = AccountRouter(prefix=paths.API, tags=["formats"], responses=problem_responses(401))


class FormatModel(BaseModel):
    """A format and the options that apply to it."""

    name: str
    label: str
    media_type: str
    image_formats: list[str] = Field(description="The values of `image_format` that it accepts.")
    page_names: list[str] = Field(description="The values of `page_names` that it accepts.")
    metadata: list[str] = Field(
        description="The schemas that `metadata` can name; true means the first one."
    )


class QualityModel(BaseModel):
    """A quality or a device, with what it does to pages."""

    name: str
    label: str
    max_width: int | None = Field(
        description="In pixels; larger pages are shrunk, none is enlarged. null means any width."
    )
    max_height: int | None
    grayscale: bool
    splits_strips: bool = Field(
        description="Tall strips are cut into screens unless `strips` says otherwise."
    )
    keeps_originals: bool = Field(description="The pages stay unchanged.")


class Limits(BaseModel):
    """The limits of this server and of this account."""

    max_comics_per_download: int
    max_pages_per_download: int
    max_active_downloads: int
    max_queued_downloads: int
    max_upload_bytes: int
    storage_quota_bytes: int = Field(description="0 means no limit.")
    link_ttl_seconds: int
    file_ttl_seconds: int


class Formats(BaseModel):
    """Everything that a picker offers."""

    formats: list[FormatModel]
    qualities: list[QualityModel]
    devices: list[QualityModel] = Field(description="Picked like a quality.")
    limits: Limits


@router.get("/formats")
def list_formats(_account: SignedIn, context: FromContext) -> Formats:
    """Return everything that a picker offers."""
    settings = context.settings
    return Formats(
        formats=[_format(one) for one in Format],
        qualities=[_quality(name, words) for name, words in labels.QUALITIES.items()],
        devices=[_quality(name, words) for name, words in labels.DEVICES.items()],
        limits=Limits(
            max_comics_per_download=settings.max_comics_per_job,
            max_pages_per_download=settings.max_pages_per_job,
            max_active_downloads=settings.max_active_per_user,
            max_queued_downloads=settings.max_queued_per_user,
            max_upload_bytes=settings.max_upload_bytes,
            storage_quota_bytes=settings.storage_quota_bytes,
            link_ttl_seconds=settings.link_ttl_seconds,
            file_ttl_seconds=settings.artifact_ttl_seconds,
        ),
    )


def _format(format: Format) -> FormatModel:
    facts = format.facts
    kinds = [
        str(kind)
        for kind in IMAGE_FORMATS
        if kind is not ImageEncoding.WEBP or facts.holds("image/webp")
    ]
    names = [str(one) for one in PageNames if facts.keeps_page_names or one is PageNames.NUMBERED]
    schemas = [str(schema) for schema in ComicInfoSchema] if facts.has_comic_info else []
    return FormatModel(
        name=format,
        label=labels.FORMATS[format].label,
        media_type=facts.media_type,
        image_formats=kinds,
        page_names=names,
        metadata=schemas,
    )


def _quality(name: str, words: labels.Words) -> QualityModel:
    preset = PRESETS[name]
    return QualityModel(
        name=preset.name,
        label=words.label,
        max_width=preset.max_width,
        max_height=preset.max_height,
        grayscale=preset.grayscale,
        splits_strips=preset.split_strips,
        keeps_originals=preset.keeps_originals,
    )
