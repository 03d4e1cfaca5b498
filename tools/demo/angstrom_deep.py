"""“Ångström Deep”: one long dive in five strips, read by scrolling down."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from random import Random

from PIL import Image

from .canvas import INK, Canvas

WIDTH = 800
# The height of each strip, and the colours of its water from top to bottom.
DEPTHS = (
    (2400, ("#bfe6f5", "#8fd0ee", "#4fb0df", "#2f93cf")),
    (2600, ("#2f93cf", "#2279b8", "#1a64a3")),
    (2800, ("#1a64a3", "#124a83", "#0d3766")),
    (2600, ("#0d3766", "#09264b", "#061a36")),
    (3000, ("#061a36", "#04102a", "#0a1a3d", "#123a5c")),
)


def pages() -> Iterator[tuple[str, Image.Image]]:
    """Draw the strips one by one, and yield each with its name, from top to bottom."""
    scenes = (_surface, _reef, _blue, _dusk, _bottom)
    for number, (scene, (height, colours)) in enumerate(zip(scenes, DEPTHS, strict=True), start=1):
        yield f"strip {number}.jpg", _drawn(scene, height, colours)


def _drawn(scene: Callable[[Canvas], None], height: int, colours: tuple[str, ...]) -> Image.Image:
    canvas = Canvas(WIDTH, height)
    canvas.gradient(*colours)
    scene(canvas)
    return canvas.finished()


def _submarine(c: Canvas, x: float, y: float, size: float) -> None:
    """Draw the little yellow boat with its pilot; the point is its middle."""
    f = c.figure(x, y, size)
    f.polygon([(-1.5, 0), (-2.1, -0.6), (-2.1, 0.6)], "#e0912f", 5)
    f.ellipse((-2.35, -0.5, -2.1, 0), "#d7dde6", 4)
    f.ellipse((-2.35, 0, -2.1, 0.5), "#d7dde6", 4)
    f.rectangle((-0.6, -1.35, 0.4, -0.6), "#ffc94a", 5, 0.2)
    f.line([(-0.1, -1.35), (-0.1, -1.9), (0.3, -1.9)], 0.14, curved=False)
    f.ellipse((-1.7, -0.95, 1.7, 0.95), "#ffc94a", 5)
    f.blob([(-1.5, 0.35), (0, 0.6), (1.5, 0.35), (0, 0.93)], "#e0912f", 0)
    f.circle(-0.55, -0.05, 0.3, "#d9f3ff", 5)
    f.circle(0.75, -0.05, 0.58, "#d9f3ff", 6)
    f.circle(0.75, 0.1, 0.32, "#c98d63", 0)
    f.blob([(0.4, 0), (0.5, -0.36), (1, -0.36), (1.1, 0), (0.75, -0.14)], "#d5463f", 3)
    for side in (-1, 1):
        f.circle(0.78 + side * 0.13, 0.1, 0.05, INK, 0)
    f.arc(0.78, 0.18, 0.1, 20, 160, 0.04)


def _beam(c: Canvas, x: float, y: float, reach: float) -> None:
    """Draw the headlight, from the point to the right."""
    for step in range(9):
        t = step / 9
        c.glow(
            x + reach * t, y + reach * 0.28 * t, reach * (0.1 + 0.2 * t), "#fff2b0", 0.32 * (1 - t)
        )


def _bubbles(c: Canvas, x: float, y: float, count: int) -> None:
    for index in range(count):
        f = c.figure(x + math.sin(index * 1.7) * 34, y - index * 46, 5 + (index * 7) % 13)
        f.circle(0, 0, 1, None, 3, "#e6f7ff")
        f.arc(0, 0, 0.55, 190, 280, 0.2, "#ffffff")


def _fish(c: Canvas, x: float, y: float, size: float, colour: str, facing: int = 1) -> None:
    """Draw a fish that looks to the right, or to the left if ``facing`` is -1."""
    f = c.figure(x, y, size)
    f.polygon(
        [(-facing * 0.8, 0), (-facing * 1.5, -0.5), (-facing * 1.3, 0), (-facing * 1.5, 0.5)],
        colour,
        3,
    )
    f.ellipse((-1, -0.58, 1, 0.58), colour, 4)
    f.arc(facing * 0.15, 0, 0.4, -60 if facing < 0 else 120, 60 if facing < 0 else 240, 0.07)
    f.circle(facing * 0.58, -0.12, 0.16, "#ffffff", 3)
    f.circle(facing * 0.62, -0.12, 0.06, INK, 0)


def _jelly(c: Canvas, x: float, y: float, size: float, colour: str) -> None:
    f = c.figure(x, y, size)
    f.glow(0, 0, 2.4, colour, 0.5)
    for index in range(6):
        f.line(
            [
                (index * 0.28 - 0.7 + math.sin(index + step) * 0.16, step * 0.45)
                for step in range(6)
            ],
            0.05,
            colour,
        )
    dome = [(math.cos(t), -0.9 * math.sin(t)) for t in (math.pi * step / 14 for step in range(15))]
    hem = [(-1 + 0.25 * step, 0.16 if step % 2 else 0) for step in range(9)]
    f.polygon([*dome, *hem], colour, 3, "#ffffff")
    for side in (-1, 1):
        f.circle(side * 0.28, -0.32, 0.08, INK, 0)
    f.arc(0, -0.28, 0.12, 20, 160, 0.05)


def _weed(c: Canvas, x: float, base: float, height: float, colour: str) -> None:
    bends = [(x + math.sin(step * 1.1 + x) * 26, base - height * step / 5) for step in range(6)]
    c.line(bends, 20)
    c.line(bends, 13, colour)


def _coral(c: Canvas, x: float, base: float, size: float, colour: str) -> None:
    f = c.figure(x, base, size)
    for turn in range(-3, 4):
        across, up = math.sin(turn * 0.42) * 1.2, -math.cos(turn * 0.42) * 1.6
        for width, ink in ((0.26, INK), (0.18, colour)):
            f.line([(0, 0.4), (across / 2, up / 2 - 0.1), (across, up)], width, ink)


def _octopus(c: Canvas, x: float, y: float, size: float) -> None:
    """Draw the inhabitant; the point is between its eyes."""
    f = c.figure(x, y, size)
    f.blob(
        [
            (-1, 1),
            (-1.05, -0.1),
            (-0.55, -0.9),
            (0.35, -1),
            (0.95, -0.35),
            (1.1, 1),
            (0.6, 1.25),
            (0, 1.1),
            (-0.55, 1.28),
        ],
        "#ff8f7a",
        6,
    )
    for index, left in enumerate((-1.25, -0.77, -0.3, 0.2, 0.68, 1.15)):
        away = -1 if index < 3 else 1
        arm = [
            (left * 0.5, 0.9),
            (left, 1.5),
            (left + away * 0.28, 1.88),
            (left + away * 0.43, 1.6),
        ]
        f.line(arm, 0.21)
        f.line(arm, 0.16, "#ff8f7a")
    for side in (-1, 1):
        f.circle(side * 0.39, 0, 0.22, "#ffffff", 5)
        f.circle(side * 0.39 - 0.04, -0.07, 0.1, INK, 0)
        f.circle(side * 0.39 - 0.07, -0.1, 0.04, "#ffffff", 0)
        f.circle(side * 0.65, 0.33, 0.1, "#ffb5a6", 0)
    f.arc(0, 0.24, 0.21, 20, 160, 0.04)


def _sparks(
    c: Canvas, top: float, bottom: float, colours: tuple[str, ...], count: int = 60
) -> None:
    chance = Random(count)
    for _ in range(count):
        c.glow(
            chance.uniform(0, WIDTH),
            chance.uniform(top, bottom),
            chance.uniform(4, 12),
            chance.choice(colours),
            1.1,
        )


def _whale(c: Canvas, x: float, y: float, size: float) -> None:
    """Draw as much of the whale as fits; the point is its eye."""
    f = c.figure(x, y, size)
    f.blob(
        [
            (-6.8, 0.8),
            (-4.8, -1.7),
            (-1.4, -2.4),
            (1.4, -1),
            (2.8, 0.8),
            (0.8, 2.1),
            (-2.4, 2.9),
            (-5.4, 2.3),
        ],
        "#3d6ea8",
        6,
    )
    f.blob(
        [(-6.8, 1.2), (-4.2, 1.7), (-0.6, 1.7), (1.4, 1.15), (0.2, 2.3), (-2.4, 2.85), (-5.4, 2.2)],
        "#a9c9e6",
        0,
    )
    for step in range(7):
        f.line([(-2 + step * 0.4, 2.1), (-1 + step * 0.3, 1.6)], 0.03, "#5c86b5")
    f.ellipse((-0.2, -0.25, 0.2, 0.25), "#ffffff", 4)
    f.circle(0.05, 0.03, 0.11, INK, 0)
    f.line([(0.4, 0.95), (1.2, 0.75), (1.8, 0.15)], 0.06)
    f.blob([(-3.2, 1.75), (-4, 3.95), (-2.4, 4.15), (-1.8, 2.15)], "#35639a", 5)


def _surface(c: Canvas) -> None:
    c.gradient("#ffd9a0", "#ffeccb", "#cfeef7", box=(0, 0, WIDTH, 960))
    c.glow(610, 420, 330, "#ffffff", 0.8)
    c.circle(610, 420, 88, "#fff6d0", 0)
    for x, y, size in ((150, 480, 60), (330, 640, 40), (690, 640, 50)):
        for dx in (-1, 0, 1):
            c.circle(x + dx * size * 0.9, y, size * (1 if dx == 0 else 0.7), "#ffffff", 0)
    for x, y in ((250, 400), (320, 360), (470, 450)):
        c.line([(x - 34, y - 14), (x, y), (x + 34, y - 14)], 5, "#5d6b86", curved=False)
    wave = [(x, 900 + 26 * math.sin(x / 60)) for x in range(-20, 840, 20)]
    c.gradient("#a3dcf2", "#4fb0df", "#2f93cf", box=(0, 930, WIDTH, c.height))
    c.polygon([*wave, (840, 980), (-20, 980)], "#a3dcf2", 0)
    c.line(wave, 8, "#ffffff")
    _submarine(c, 330, 860, 110)
    c.title(400, 130, "ÅNGSTRÖM", 118, "#ffffff", "#1a64a3", 5)
    c.letters(400, 245, "D E E P", 74, "#ffffff", weight=3, halo="#1a64a3")
    c.balloon(330, 1130, "Everybody measures how high\nthe mountains are.", (400, 960), 32)
    c.balloon(480, 1450, "I want to know\nhow far down\nhello goes.", (440, 1215), 36)
    _bubbles(c, 180, 2130, 14)
    for index, (x, y) in enumerate(
        ((560, 1850), (650, 1920), (520, 1960), (610, 2030), (700, 1990))
    ):
        _fish(c, x, y, 34, ("#ff8f5a", "#ffb26b")[index % 2], -1)
    c.caption(60, 2230, "10 metres.  The gulls get quieter.", 32)


def _reef(c: Canvas) -> None:
    _bubbles(c, 640, 360, 6)
    _submarine(c, 380, 480, 120)
    for index in range(11):
        _fish(
            c,
            90 + (index * 137) % 640,
            800 + index * 62,
            30 + (index * 11) % 26,
            ("#ff7f6b", "#ffd166", "#7fe0c4")[index % 3],
        )
    c.caption(60, 120, "40 metres.  The traffic is terrible.", 32)
    for x, height in ((60, 520), (130, 700), (210, 430), (600, 560), (690, 760), (760, 480)):
        _weed(c, x, 2600, height, ("#3fae7a", "#56c596")[x % 20 == 0])
    for x, base, size, colour in (
        (330, 2540, 110, "#ff8fa3"),
        (480, 2570, 80, "#ffb26b"),
        (240, 2590, 60, "#c38fff"),
    ):
        _coral(c, x, base, size, colour)
    _fish(c, 430, 1900, 120, "#ffd166", -1)
    c.balloon(400, 1640, "Are you lost, little sun?", (330, 1840), 36)
    c.balloon(420, 2140, "No. I am on my way.", (690, 1990), 34)


def _blue(c: Canvas) -> None:
    c.caption(60, 120, "300 metres.  Here blue ends.", 32, "#d9ecff")
    _whale(c, 620, 1425, 100)
    _submarine(c, 300, 640, 105)
    _beam(c, 480, 680, 330)
    c.balloon(470, 360, "Hello?", (420, 560), 50)
    c.shout(400, 2050, "HELLO-O-O-O", 100, "#d9ecff", "#0d3766", -6)
    c.caption(150, 2280, "The whale took eleven minutes\nto say it. Nobody minded.", 32, "#d9ecff")
    _bubbles(c, 660, 2750, 10)


def _dusk(c: Canvas) -> None:
    c.caption(60, 120, "2,000 metres.  Everyone brings\ntheir own lamp.", 32, "#c9d8ff")
    jellies = (
        (180, 620, 90, "#ff9fd6"),
        (600, 760, 120, "#8fd8ff"),
        (330, 1180, 70, "#c9a6ff"),
        (650, 1420, 84, "#9ff0c8"),
    )
    for x, y, size, colour in jellies:
        _jelly(c, x, y, size, colour)
    _submarine(c, 330, 1830, 95)
    _beam(c, 500, 1870, 330)
    c.balloon(330, 1530, "It's a whole sky\ndown here.", (385, 1750), 38)
    _sparks(c, 2020, 2590, ("#9ff0ff", "#fff0b3"), 80)
    _fish(c, 560, 2300, 96, "#31456e", -1)
    c.line([(500, 2250), (450, 2160), (400, 2190)], 6, "#31456e")
    c.glow(398, 2194, 90, "#fff0b3", 1.0)
    c.circle(398, 2194, 15, "#fffbe0", 0)


def _bottom(c: Canvas) -> None:
    _sparks(c, 0, 1500, ("#9ff0ff",))
    c.caption(60, 140, "10,000 metres.", 38, "#c9d8ff")
    _submarine(c, 260, 700, 90)
    _beam(c, 420, 740, 420)
    floor = [
        (-20, 2480),
        (140, 2390),
        (330, 2440),
        (520, 2360),
        (700, 2430),
        (840, 2380),
        (840, 3020),
        (-20, 3020),
    ]
    c.polygon(floor, "#16304f", 0)
    c.glow(420, 2330, 480, "#7fe0ff", 0.55)
    _octopus(c, 410, 2190, 210)
    c.balloon(540, 980, "Hello.", (350, 770), 54)
    c.balloon(
        450, 1700, "Oh! Hello.\nWe were just about\nto come up and ask.", (430, 1990), 40, "#fff6ee"
    )
    c.letters(400, 2850, "THE END", 64, "#c9f0ff", weight=2)
