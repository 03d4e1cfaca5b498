"""The devices that files can be made for."""

from __future__ import annotations

from pydantic import BaseModel, Field

from ....domain.devices import DEVICES, Device
from ....domain.options import EpubReader
from ....domain.quality import DoublePages
from .. import paths
from ..authentication import AccountRouter, SignedIn
from ..errors import problem_responses
from ..models import Items

router = AccountRouter(prefix=paths.API, tags=["formats"], responses=problem_responses(401))


class DeviceModel(BaseModel):
    """A device and its screen, held upright."""

    name: str = Field(description="What `quality` is set to.")
    label: str
    maker: str
    width: int = Field(description="In pixels.")
    height: int | None = Field(description="null for a screen that people scroll.")
    dpi: int
    gray_levels: int | None = Field(description="null for a colour screen.")
    format: str = Field(description="The format that the device opens best.")
    has_keys: bool = Field(description="Keys beside the screen turn the pages.")
    mail_bytes: int | None = Field(
        description="The most bytes that the maker's mail service takes; null without a service."
    )
    double_pages: DoublePages = Field(
        description="What becomes of double pages unless a request says otherwise."
    )
    levels: bool = Field(description="Ink becomes black and paper white unless it says otherwise.")
    crop_margins: bool = Field(description="Margins are cropped unless it says otherwise.")
    epub_for: EpubReader = Field(description="Whose readers an EPUB is for unless it says.")
    source: str = Field(description="Where the figures come from.")


@router.get("/devices")
def list_devices(_account: SignedIn) -> Items[DeviceModel]:
    """Return all devices, grouped by maker."""
    devices = [_model(device) for device in DEVICES.values()]
    return Items(items=devices, total=len(devices))


def _model(device: Device) -> DeviceModel:
    return DeviceModel(
        **vars(device),
        double_pages=device.double_pages,
        levels=device.levels,
        crop_margins=device.crop_margins,
        epub_for=device.epub_for,
    )
