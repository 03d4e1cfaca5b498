"""The devices that files can be made for: e-readers, tablets and phones, with their screens.

Makers change what they say of a model, and panels differ from it by a few pixels. Therefore each
row names where its figures come from. Where programs disagree, what converters of comics measured
on the screen counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .formats import Format
from .options import EpubReader
from .quality import DoublePages

# The sources of the figures: pixels from the first that has the model, dots per inch, colour and
# keys of e-readers from KOReader.
KCC = "https://github.com/ciromattia/kcc/blob/HEAD/kindlecomicconverter/image.py"
KOREADER = "https://github.com/koreader/koreader/tree/HEAD/frontend/device"
EPUB_TAILOR = "https://github.com/jordiboehme/epub-tailor/blob/HEAD/README.md"
SHIROINK = "https://github.com/EsOsO/ShiroInk/blob/HEAD/src/image_pipeline/devices.py"
IOS_SCREENS = "https://mycodetips.com/docs/ios/introduction/screen-resolution"
IOS_OVERVIEW = "https://bytebuys.com/overview-of-ios-devices-and-screen-sizes"
IPAD_POINTS = "https://ora.it.com/ipad-display-specifications/what-is-ipad-resolution"
NOOK_4E = "https://help.barnesandnoble.com/hc/en-us/articles/5587789324059"
NOOK_4 = "https://www.barnesandnobleinc.com/press-release/barnes-noble-introduces-nook-glowlight-4/"
X4_SHEET = "https://github.com/bigbag/papyrix-reader/blob/main/docs/device-specifications.md"
BOOX = "https://shop.boox.com/products/"  # Followed by the model.

Size = tuple[int, int]  # Width and height in pixels.
# The gray levels of electronic paper without colour.
GRAYS = 16
# "The total size of your documents should be 50 MB or less."
KINDLE_MAIL_SOURCE = "https://www.amazon.co.uk/gp/help/customer/display.html?nodeId=201974220"
KINDLE_MAIL_BYTES = 50_000_000
_MAKERS_OF_LIT_SCREENS = frozenset({"Apple", "Other"})
_EPUB_READERS = {"Amazon": EpubReader.KINDLE, "Kobo": EpubReader.KOBO}


@dataclass(frozen=True)
class Device:
    """A device and its screen, held upright.

    Attributes:
        name: The stable name in requests, lower-case with hyphens.
        label: What people call it, with the maker.
        maker: The maker.
        width: In pixels.
        height: In pixels; None for a screen that people scroll.
        dpi: Pixels per inch.
        gray_levels: How many grays the screen shows; None for a colour screen.
        format: The format that the device, or its usual reading app, opens best.
        source: The address of the figures.
        has_keys: Whether keys beside the screen turn the pages.
        mail_bytes: The most bytes that the maker's mail service takes; None without a service.
    """

    name: str
    label: str
    maker: str
    width: int
    height: int | None
    dpi: int
    gray_levels: int | None
    format: Format
    source: str
    has_keys: bool = False
    mail_bytes: int | None = None

    @property
    def is_colour(self) -> bool:
        """Return True if the screen shows colours."""
        return self.gray_levels is None

    @property
    def is_paper(self) -> bool:
        """Return True for electronic paper: it shows a page at a time, slowly and without glow."""
        return self.maker not in _MAKERS_OF_LIT_SCREENS

    @property
    def double_pages(self) -> DoublePages:
        """Return what becomes of double pages, whose halves are too small to read on paper."""
        return DoublePages.SPLIT if self.is_paper else DoublePages.KEEP

    @property
    def levels(self) -> bool:
        """Return whether ink becomes black and paper white, because paper is gray itself."""
        return self.is_paper

    @property
    def crop_margins(self) -> bool:
        """Return whether margins are cropped, because the screen is smaller than a page."""
        return self.is_paper

    @property
    def epub_for(self) -> EpubReader:
        """Return whose readers an EPUB for the device is for."""
        return _EPUB_READERS.get(self.maker, EpubReader.ANY)

    def in_colour(self) -> Device:
        """Return the same device with a colour screen."""
        return replace(self, gray_levels=None)

    def with_keys(self) -> Device:
        """Return the same device with keys that turn pages."""
        return replace(self, has_keys=True)


def _kindle(name: str, label: str, size: Size, dpi: int = 300) -> Device:
    return Device(
        f"kindle-{name}",
        f"Kindle {label}".strip(),
        "Amazon",
        *size,
        dpi,
        GRAYS,
        Format.EPUB,
        KCC,
        mail_bytes=KINDLE_MAIL_BYTES,
    )


def _kobo(name: str, label: str, size: Size, dpi: int = 300) -> Device:
    return Device(f"kobo-{name}", f"Kobo {label}", "Kobo", *size, dpi, GRAYS, Format.EPUB, KCC)


def _pocketbook(
    name: str, label: str, size: Size, dpi: int = 300, source: str = SHIROINK
) -> Device:
    return Device(
        f"pocketbook-{name}",
        f"PocketBook {label}",
        "PocketBook",
        *size,
        dpi,
        GRAYS,
        Format.CBZ,
        source,
        has_keys=True,
    )


def _boox(name: str, label: str, size: Size, page: str, dpi: int = 300) -> Device:
    return Device(
        f"boox-{name}",
        f"Boox {label}",
        "Onyx Boox",
        *size,
        dpi,
        GRAYS,
        Format.CBZ,
        BOOX + page,
    )


def _tolino(name: str, label: str, size: Size, source: str = EPUB_TAILOR) -> Device:
    return Device(
        f"tolino-{name}",
        f"Tolino {label}",
        "Tolino",
        *size,
        300,
        GRAYS,
        Format.EPUB,
        source,
    )


def _nook(name: str, label: str, size: Size, dpi: int, source: str) -> Device:
    return Device(
        f"nook-{name}",
        f"Nook {label}",
        "Barnes & Noble",
        *size,
        dpi,
        GRAYS,
        Format.EPUB,
        source,
        has_keys=True,
    )


def _remarkable(name: str, label: str, size: Size, dpi: int = 226) -> Device:
    return Device(
        f"remarkable-{name}",
        f"reMarkable {label}",
        "reMarkable",
        *size,
        dpi,
        GRAYS,
        Format.PDF,
        KCC,
    )


def _tablet(name: str, label: str, size: Size, dpi: int, source: str) -> Device:
    return Device(name, label, "Apple", *size, dpi, None, Format.CBZ, source)


def _phone(name: str, label: str, width: int, dpi: int) -> Device:
    """Return a phone, on which people scroll: its height limits nothing."""
    return Device(name, label, "Apple", width, None, dpi, None, Format.CBZ, IOS_SCREENS)


_KINDLES = (
    _kindle("5", "(2012)", (600, 800), 167).with_keys(),
    _kindle("paperwhite-2", "Paperwhite (2012, 2013)", (758, 1024), 212),
    _kindle("7", "(2014)", (600, 800), 167),
    _kindle("voyage", "Voyage (2014)", (1072, 1448)).with_keys(),
    _kindle("paperwhite-3", "Paperwhite (2015)", (1072, 1448)),
    _kindle("8", "(2016)", (600, 800), 167),
    _kindle("oasis-1", "Oasis (2016)", (1072, 1448)).with_keys(),
    _kindle("oasis-2", "Oasis (2017)", (1264, 1680)).with_keys(),
    _kindle("paperwhite-4", "Paperwhite (2018)", (1072, 1448)),
    _kindle("10", "(2019)", (600, 800), 167),
    _kindle("oasis-3", "Oasis (2019)", (1264, 1680)).with_keys(),
    _kindle("paperwhite", "Paperwhite (2021)", (1236, 1648)),
    _kindle("11", "(2022, 2024)", (1072, 1448)),
    _kindle("scribe", "Scribe (2022, 2024)", (1860, 2480)),
    _kindle("paperwhite-6", "Paperwhite (2024)", (1272, 1696)),
    _kindle("colorsoft", "Colorsoft", (1272, 1696)).in_colour(),
    _kindle("scribe-3", "Scribe (2025)", (1986, 2648)),
    _kindle("scribe-colorsoft", "Scribe Colorsoft", (1986, 2648)).in_colour(),
)
_KOBOS = (
    _kobo("touch-2", "Touch 2.0", (600, 800), 167),
    _kobo("glo-hd", "Glo HD", (1072, 1448)),
    # The frame covers the last rows of the Aura's screen (KOReader, device.lua).
    replace(_kobo("aura", "Aura", (758, 1014), 212), source=KOREADER),
    _kobo("aura-2", "Aura Edition 2", (758, 1024), 212),
    _kobo("aura-hd", "Aura HD", (1080, 1440), 265),
    _kobo("aura-h2o", "Aura H2O", (1080, 1429), 265),
    _kobo("aura-h2o-2", "Aura H2O Edition 2", (1080, 1440), 265),
    _kobo("aura-one", "Aura ONE", (1404, 1872)),
    _kobo("nia", "Nia", (758, 1024), 212),
    _kobo("clara", "Clara HD, 2E, BW", (1072, 1448)),
    _kobo("clara-colour", "Clara Colour", (1072, 1448)).in_colour(),
    _kobo("libra", "Libra H2O, 2", (1264, 1680)).with_keys(),
    _kobo("libra-colour", "Libra Colour", (1264, 1680)).in_colour().with_keys(),
    _kobo("forma", "Forma", (1440, 1920)).with_keys(),
    _kobo("sage", "Sage", (1440, 1920)).with_keys(),
    _kobo("elipsa", "Elipsa, Elipsa 2E", (1404, 1872), 227),
)
_REMARKABLES = (
    _remarkable("1", "1", (1404, 1872)).with_keys(),
    _remarkable("2", "2", (1404, 1872)),
    _remarkable("paper-pro", "Paper Pro", (1620, 2160), 229).in_colour(),
    _remarkable("paper-pro-move", "Paper Pro Move", (954, 1696), 264).in_colour(),
)
_POCKETBOOKS = (
    _pocketbook("touch-lux-5", "Touch Lux 5", (758, 1024), 212),
    _pocketbook("basic-4", "Basic 4", (758, 1024), 212),
    _pocketbook("verse", "Verse", (758, 1024), 212, EPUB_TAILOR),
    _pocketbook("verse-pro", "Verse Pro", (1072, 1448), 300, EPUB_TAILOR),
    _pocketbook("color", "Color", (1072, 1448)).in_colour(),
    _pocketbook("era", "Era", (1264, 1680)),
    _pocketbook("era-color", "Era Color", (1264, 1680)).in_colour(),
    _pocketbook("inkpad-4", "InkPad 4", (1404, 1872)),
    _pocketbook("inkpad-color", "InkPad Color", (1404, 1872)).in_colour(),
    _pocketbook("inkpad-color-2", "InkPad Color 2", (1404, 1872)).in_colour(),
    _pocketbook("inkpad-color-3", "InkPad Color 3", (1404, 1872)).in_colour(),
    _pocketbook("inkpad-x-pro", "InkPad X Pro", (1404, 1872), 227),
    _pocketbook("inkpad-lite", "InkPad Lite", (825, 1200), 150),
)
_BOOXES = (
    _boox("go-6", "Go 6, Poke 5", (1072, 1448), "go6"),
    _boox("palma", "Palma, Palma 2", (824, 1648), "palma2"),
    _boox("palma-2-pro", "Palma 2 Pro", (824, 1648), "palma2pro").in_colour(),
    _boox("page", "Page", (1264, 1680), "page").with_keys(),
    _boox("go-7", "Go 7", (1264, 1680), "go7").with_keys(),
    _boox("go-color-7", "Go Color 7", (1264, 1680), "gocolor7").in_colour().with_keys(),
    _boox("note-air-3", "Note Air, Air 2, Air 3", (1404, 1872), "noteair3", 227),
    _boox("note-air-4-c", "Note Air 3 C, 4 C, 5 C", (1860, 2480), "noteair4c").in_colour(),
    _boox("go-10-3", "Go 10.3", (1860, 2480), "go103"),
    _boox("tab-mini-c", "Tab Mini C", (1404, 1872), "tabminic").in_colour(),
    _boox("tab-ultra-c", "Tab Ultra C", (1860, 2480), "tabultrac").in_colour(),
    _boox("tab-x", "Tab X, Max Lumi", (1650, 2200), "tabx", 207),
    _boox("tab-x-c", "Tab X C", (2400, 3200), "tabxc").in_colour(),
    _boox("note-max", "Note Max", (2400, 3200), "notemax"),
)
_TOLINOS = (
    _tolino("shine", "Shine 5", (1072, 1448)),
    _tolino("shine-color", "Shine Color", (1072, 1448)).in_colour(),
    _tolino("vision-6", "Vision 6", (1264, 1680), SHIROINK).with_keys(),
    _tolino("vision-color", "Vision Color", (1264, 1680)).in_colour().with_keys(),
    _tolino("epos-3", "Epos 3", (1440, 1920)).with_keys(),
)
_NOOKS = (
    _nook("glowlight-4e", "GlowLight 4e", (758, 1024), 212, NOOK_4E),
    _nook("glowlight-4", "GlowLight 4", (1080, 1440), 300, NOOK_4),
    _nook("glowlight-4-plus", "GlowLight 4 Plus", (1404, 1872), 300, NOOK_4E),
)
# Its screen has four grays.
_XTEINK = Device("xteink-x4", "Xteink X4", "Xteink", 480, 800, 217, 4, Format.EPUB, X4_SHEET, True)
_APPLES = (
    _tablet("ipad-9", "iPad (2021)", (1620, 2160), 264, IOS_SCREENS),
    _tablet("ipad", "iPad (2022), iPad Air", (1640, 2360), 264, IOS_OVERVIEW),
    _tablet("ipad-mini", "iPad mini", (1488, 2266), 326, IOS_OVERVIEW),
    _tablet("ipad-pro-11", "iPad Pro 11″", (1668, 2388), 264, IPAD_POINTS),
    _tablet("ipad-pro-12", "iPad Pro 12.9″", (2048, 2732), 264, IOS_OVERVIEW),
    _phone("iphone-8", "iPhone 8, SE", 750, 326),
    _phone("iphone-13", "iPhone 12, 13, 14", 1170, 460),
    _phone("iphone-15", "iPhone 14 Pro, 15, 16", 1179, 460),
    _phone("iphone-15-pro-max", "iPhone 15 Pro Max", 1290, 460),
)
# Any phone: about as wide as common screens.
_PHONE = replace(_phone("phone", "Phone", 1080, 400), maker="Other")

DEVICES: dict[str, Device] = {
    device.name: device
    for device in (
        *_KINDLES,
        *_KOBOS,
        *_REMARKABLES,
        *_POCKETBOOKS,
        *_BOOXES,
        *_TOLINOS,
        *_NOOKS,
        _XTEINK,
        *_APPLES,
        _PHONE,
    )
}
