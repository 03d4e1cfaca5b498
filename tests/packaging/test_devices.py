"""The table of devices, and the qualities that follow from it."""

from __future__ import annotations

import pytest

from comic_downloads.domain.devices import DEVICES, Device
from comic_downloads.domain.errors import InvalidQuality
from comic_downloads.domain.presets import parse_quality
from comic_downloads.web.views.device_field import describe, find_quality

ALL = pytest.mark.parametrize("device", DEVICES.values(), ids=lambda device: device.name)


def test_table_has_the_devices_people_read_on():
    assert len(DEVICES) >= 60
    makers = {device.maker for device in DEVICES.values()}
    assert makers >= {
        "Amazon",
        "Kobo",
        "reMarkable",
        "PocketBook",
        "Onyx Boox",
        "Tolino",
        "Barnes & Noble",
        "Xteink",
        "Apple",
    }
    labels = [device.label for device in DEVICES.values()]
    assert len(set(labels)) == len(labels)


@ALL
def test_device_has_a_screen_a_source_and_a_name_for_requests(device: Device):
    assert device.name == device.name.lower() and " " not in device.name
    assert device.height is None or device.width < device.height <= 10_000
    assert 100 <= device.dpi <= 500
    assert device.source.startswith("https://")


@ALL
def test_pages_are_gray_only_where_the_screen_is(device: Device):
    preset = parse_quality(device.name)
    assert preset.grayscale == (not device.is_colour)
    assert preset.gray_levels == (device.gray_levels or 256)
    assert (preset.max_width, preset.max_height) == (device.width, device.height)


@ALL
def test_device_is_found_by_its_label(device: Device):
    assert find_quality(device.label) == device.name
    assert find_quality(f"  {device.label.upper()} ") == device.name
    assert str(device.width) in describe(device.name)


@pytest.mark.parametrize(
    ("typed", "quality"),
    [
        ("libra colour", "kobo-libra-colour"),
        ("paper pro move", "remarkable-paper-pro-move"),
        ("Phone", "phone"),
        ("1264x1680", "1264x1680"),
        ("1264 × 1680", "1264x1680"),
        ("1264 X 1680", "1264x1680"),
    ],
)
def test_device_is_found_by_a_part_of_its_label_and_a_screen_by_its_size(typed: str, quality: str):
    assert find_quality(typed) == quality


@pytest.mark.parametrize("typed", ["", "   ", "kindle", "toaster", "63x800", "original", "x", "1x"])
def test_nothing_is_guessed_from_what_may_mean_several_devices_or_none(typed: str):
    assert find_quality(typed) is None


@pytest.mark.parametrize("name", ["64x64", "10000x10000", "1264x1680"])
def test_own_screen_is_a_quality(name: str):
    preset = parse_quality(name)
    assert f"{preset.max_width}x{preset.max_height}" == name
    assert not preset.grayscale


@pytest.mark.parametrize(
    "name", ["63x800", "800x10001", "0800x600", "-1x800", "800X600", "800x600 ", "1e3x800", "٨٠x٨٠"]
)
def test_impossible_screen_is_refused_with_the_range(name: str):
    with pytest.raises(InvalidQuality, match="from 64 to 10000"):
        parse_quality(name)
