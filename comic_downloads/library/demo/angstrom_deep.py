"""“Ångström Deep”: one long dive in five strips, read by scrolling down."""

from __future__ import annotations

import math

from PIL import Image

from .canvas import INK, Canvas

WIDTH = 800
DEPTHS = (  # the water's colours from strip to strip, and the height of each
    (2400, ("#bfe6f5", "#8fd0ee", "#4fb0df", "#2f93cf")),
    (2600, ("#2f93cf", "#2279b8", "#1a64a3")),
    (2800, ("#1a64a3", "#124a83", "#0d3766")),
    (2600, ("#0d3766", "#09264b", "#061a36")),
    (3000, ("#061a36", "#04102a", "#0a1a3d", "#123a5c")),
)


def pages() -> list[tuple[str, Image.Image]]:
    """The strips in order, with their names."""
    canvases = []
    for height, colours in DEPTHS:
        canvas = Canvas(WIDTH, height)
        canvas.gradient(*colours)
        canvases.append(canvas)
    for draw, canvas in zip((_surface, _reef, _blue, _dusk, _bottom), canvases, strict=True):
        draw(canvas)
    return [(f"strip {number}.jpg", canvas.finished()) for number, canvas in enumerate(canvases, start=1)]


def _submarine(c: Canvas, x: float, y: float, s: float) -> None:
    """The little yellow boat with its pilot; the point is its middle."""
    c.polygon([(x - s * 1.5, y), (x - s * 2.1, y - s * 0.6), (x - s * 2.1, y + s * 0.6)], "#e0912f", 5)
    c.ellipse((x - s * 2.35, y - s * 0.5, x - s * 2.1, y), "#d7dde6", 4)
    c.ellipse((x - s * 2.35, y, x - s * 2.1, y + s * 0.5), "#d7dde6", 4)
    c.rectangle((x - s * 0.6, y - s * 1.35, x + s * 0.4, y - s * 0.6), "#ffc94a", 5, s * 0.2)
    c.line([(x - s * 0.1, y - s * 1.35), (x - s * 0.1, y - s * 1.9), (x + s * 0.3, y - s * 1.9)], s * 0.14, INK, curved=False)
    c.ellipse((x - s * 1.7, y - s * 0.95, x + s * 1.7, y + s * 0.95), "#ffc94a", 5)
    c.blob([(x - s * 1.5, y + s * 0.35), (x, y + s * 0.6), (x + s * 1.5, y + s * 0.35), (x, y + s * 0.93)], "#e0912f", 0)
    c.circle(x + s * 0.75, y - s * 0.05, s * 0.58, "#d9f3ff", 6)
    c.circle(x + s * 0.75, y + s * 0.1, s * 0.32, "#c98d63", 0)
    c.blob(
        [(x + s * 0.4, y), (x + s * 0.5, y - s * 0.36), (x + s, y - s * 0.36), (x + s * 1.1, y), (x + s * 0.75, y - s * 0.14)],
        "#d5463f",
        3,
    )
    for side in (-1, 1):
        c.circle(x + s * (0.78 + side * 0.13), y + s * 0.1, s * 0.05, INK, 0)
    c.arc(x + s * 0.78, y + s * 0.18, s * 0.1, 20, 160, 3)
    c.circle(x - s * 0.55, y - s * 0.05, s * 0.3, "#d9f3ff", 5)


def _beam(c: Canvas, x: float, y: float, reach: float) -> None:
    for step in range(9):
        t = step / 9
        c.glow(x + reach * t, y + reach * 0.28 * t, reach * (0.1 + 0.2 * t), "#fff2b0", 0.32 * (1 - t))


def _bubbles(c: Canvas, x: float, y: float, count: int) -> None:
    for index in range(count):
        radius = 5 + (index * 7) % 13
        c.circle(x + math.sin(index * 1.7) * 34, y - index * 46, radius, None, 3, "#e6f7ff")
        c.arc(x + math.sin(index * 1.7) * 34, y - index * 46, radius * 0.55, 190, 280, 2, "#ffffff")


def _fish(c: Canvas, x: float, y: float, s: float, colour: str, facing: int = 1) -> None:
    c.polygon(
        [
            (x - facing * s * 0.8, y),
            (x - facing * s * 1.5, y - s * 0.5),
            (x - facing * s * 1.3, y),
            (x - facing * s * 1.5, y + s * 0.5),
        ],
        colour,
        3,
    )
    c.ellipse((x - s, y - s * 0.58, x + s, y + s * 0.58), colour, 4)
    c.arc(x + facing * s * 0.15, y, s * 0.4, -60 if facing < 0 else 120, 60 if facing < 0 else 240, 3)
    c.circle(x + facing * s * 0.58, y - s * 0.12, s * 0.16, "#ffffff", 3)
    c.circle(x + facing * s * 0.62, y - s * 0.12, s * 0.06, INK, 0)


def _jelly(c: Canvas, x: float, y: float, s: float, colour: str) -> None:
    c.glow(x, y, s * 2.4, colour, 0.5)
    for index in range(6):
        left = x - s * 0.7 + index * s * 0.28
        c.line([(left + math.sin(index + step) * s * 0.16, y + step * s * 0.45) for step in range(6)], 4, colour)
    dome = [(x + s * math.cos(t), y - s * 0.9 * math.sin(t)) for t in (math.pi * step / 14 for step in range(15))]
    hem = [(x - s + s * 0.25 * step, y + (s * 0.16 if step % 2 else 0)) for step in range(9)]
    c.polygon([*dome, *hem], colour, 3, "#ffffff")
    for side in (-1, 1):
        c.circle(x + side * s * 0.28, y - s * 0.32, s * 0.08, INK, 0)
    c.arc(x, y - s * 0.28, s * 0.12, 20, 160, 3)


def _weed(c: Canvas, x: float, base: float, height: float, colour: str) -> None:
    bends = [(x + math.sin(step * 1.1 + x) * 26, base - height * step / 5) for step in range(6)]
    c.line(bends, 20, INK)
    c.line(bends, 13, colour)


def _surface(c: Canvas) -> None:
    c.gradient("#ffd9a0", "#ffeccb", "#cfeef7", box=(0, 0, WIDTH, 900))
    c.glow(610, 330, 330, "#ffffff", 0.8)
    c.circle(610, 330, 88, "#fff6d0", 0)
    for x, y, s in ((150, 480, 60), (380, 590, 44), (690, 620, 50)):
        for dx in (-1, 0, 1):
            c.circle(x + dx * s * 0.9, y, s * (1 if dx == 0 else 0.7), "#ffffff", 0)
    for x, y in ((250, 400), (320, 360), (470, 450)):
        c.line([(x - 34, y - 14), (x, y), (x + 34, y - 14)], 5, "#5d6b86", curved=False)
    wave = [(x, 900 + 26 * math.sin(x / 60)) for x in range(-20, 840, 20)]
    c.polygon([*wave, (840, 1080), (-20, 1080)], "#8fd0ee", 0)
    c.line(wave, 8, "#ffffff")
    _submarine(c, 380, 860, 110)
    c.letters(400, 130, "ANGSTROM", 118, "#ffffff", weight=5, halo="#1a64a3")
    c.circle(91, 62, 13, None, 9, "#1a64a3")
    c.circle(91, 62, 13, None, 5, "#ffffff")
    c.circle(487, 66, 5, "#ffffff", 0)
    c.circle(513, 66, 5, "#ffffff", 0)
    c.letters(400, 235, "D E E P", 74, "#ffffff", weight=3, halo="#1a64a3")
    c.balloon(250, 1180, "Everybody measures how high\nthe mountains are.", (420, 900), 32)
    c.balloon(520, 1460, "I want to know\nhow far down\nhello goes.", (470, 960), 36)
    _bubbles(c, 180, 2250, 16)
    for index, (x, y) in enumerate(((560, 1850), (650, 1920), (520, 1960), (610, 2030), (700, 1990))):
        _fish(c, x, y, 34, ("#ff8f5a", "#ffb26b")[index % 2], -1)
    c.caption(60, 2230, "10 metres.  The gulls get quieter.", 32)


def _reef(c: Canvas) -> None:
    _bubbles(c, 620, 700, 12)
    _submarine(c, 400, 480, 120)
    for index in range(11):
        _fish(
            c, 90 + (index * 137) % 640, 900 + index * 62, 30 + (index * 11) % 26, ("#ff7f6b", "#ffd166", "#7fe0c4")[index % 3]
        )
    c.caption(60, 120, "40 metres.  The traffic is terrible.", 32)
    for x, height in ((60, 520), (130, 700), (210, 430), (600, 560), (690, 760), (760, 480)):
        _weed(c, x, 2600, height, ("#3fae7a", "#56c596")[x % 20 == 0])
    for x, y, s, colour in ((330, 2540, 110, "#ff8fa3"), (480, 2570, 80, "#ffb26b"), (240, 2590, 60, "#c38fff")):
        for turn in range(-3, 4):
            top = (x + math.sin(turn * 0.42) * s * 1.2, y - math.cos(turn * 0.42) * s * 1.6)
            c.line([(x, y + 40), ((x + top[0]) / 2, (y + top[1]) / 2 - 10), top], 26, INK)
            c.line([(x, y + 40), ((x + top[0]) / 2, (y + top[1]) / 2 - 10), top], 18, colour)
    _fish(c, 430, 1900, 120, "#ffd166", -1)
    c.balloon(400, 1680, "Are you lost, little sun?", (340, 1860), 36)
    c.balloon(500, 2120, "No. I am on my way.", (700, 2010), 34)


def _blue(c: Canvas) -> None:
    c.caption(60, 120, "300 metres.  Here blue ends.", 32, "#d9ecff")
    body = [(-60, 1500), (140, 1250), (480, 1180), (760, 1330), (900, 1500), (700, 1640), (380, 1720), (80, 1660)]
    c.blob(body, "#3d6ea8", 6)
    c.blob([(-60, 1540), (200, 1600), (560, 1600), (760, 1540), (640, 1660), (380, 1715), (80, 1655)], "#a9c9e6", 0)
    for step in range(7):
        c.line([(420 + step * 40, 1640), (520 + step * 30, 1580)], 3, "#5c86b5")
    c.ellipse((600, 1400, 640, 1450), "#ffffff", 4)
    c.circle(624, 1428, 11, INK, 0)
    c.line([(660, 1520), (740, 1500), (800, 1440)], 6)
    c.blob([(300, 1600), (220, 1820), (380, 1840), (440, 1640)], "#35639a", 5)
    _submarine(c, 300, 640, 105)
    _beam(c, 480, 680, 330)
    c.balloon(470, 360, "Hello?", (420, 560), 50)
    c.shout(400, 2050, "HELLO-O-O-O", 100, "#d9ecff", "#0d3766", -6)
    c.caption(150, 2280, "The whale took eleven minutes\nto say it. Nobody minded.", 32, "#d9ecff")
    _bubbles(c, 660, 2750, 10)


def _dusk(c: Canvas) -> None:
    c.caption(60, 120, "2,000 metres.  Everyone brings\ntheir own lamp.", 32, "#c9d8ff")
    for x, y, s, colour in (
        (180, 620, 90, "#ff9fd6"),
        (600, 760, 120, "#8fd8ff"),
        (330, 1180, 70, "#c9a6ff"),
        (650, 1420, 84, "#9ff0c8"),
    ):
        _jelly(c, x, y, s, colour)
    _submarine(c, 330, 1800, 95)
    _beam(c, 500, 1840, 330)
    c.balloon(330, 1560, "It's a whole sky\ndown here.", (380, 1710), 38)
    for index in range(70):
        c.glow((index * 211) % 800, 2000 + (index * 97) % 600, 6 + index % 9, ("#9ff0ff", "#fff0b3")[index % 2], 1.2)
    _fish(c, 560, 2300, 96, "#31456e", -1)
    c.line([(500, 2250), (450, 2160), (400, 2190)], 6, "#31456e")
    c.glow(398, 2194, 90, "#fff0b3", 1.0)
    c.circle(398, 2194, 15, "#fffbe0", 0)


def _bottom(c: Canvas) -> None:
    for index in range(60):
        c.glow((index * 173 + 30) % 800, (index * 149) % 1500, 5 + index % 8, "#9ff0ff", 1.0)
    c.caption(60, 140, "10,000 metres.", 38, "#c9d8ff")
    _submarine(c, 260, 700, 90)
    _beam(c, 420, 740, 420)
    floor = [(-20, 2480), (140, 2390), (330, 2440), (520, 2360), (700, 2430), (840, 2380), (840, 3020), (-20, 3020)]
    c.polygon(floor, "#16304f", 0)
    c.glow(420, 2330, 480, "#7fe0ff", 0.55)
    body = [(200, 2420), (190, 2180), (300, 2010), (480, 1990), (610, 2120), (640, 2420), (540, 2470), (420, 2440), (300, 2475)]
    c.blob(body, "#ff8f7a", 6)
    for index, left in enumerate((150, 250, 350, 450, 550, 650)):
        arm = [
            (420 + (left - 420) * 0.5, 2400),
            (left, 2520),
            (left + (-60 if index < 3 else 60), 2600),
            (left + (-90 if index < 3 else 90), 2540),
        ]
        c.line(arm, 44, INK)
        c.line(arm, 34, "#ff8f7a")
    for side in (-1, 1):
        c.circle(410 + side * 82, 2190, 46, "#ffffff", 5)
        c.circle(410 + side * 82 - 8, 2176, 22, INK, 0)
        c.circle(410 + side * 82 - 14, 2168, 8, "#ffffff", 0)
        c.circle(410 + side * 130, 2260, 22, "#ffb5a6", 0)
    c.arc(410, 2240, 44, 20, 160, 8)
    c.balloon(520, 1120, "Hello.", (340, 760), 54)
    c.balloon(450, 1760, "Oh! Hello.\nWe were just about\nto come up and ask.", (430, 2010), 40, "#fff6ee")
    c.letters(400, 2850, "THE END", 64, "#c9f0ff", weight=2)
