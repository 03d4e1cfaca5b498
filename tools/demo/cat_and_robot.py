"""“猫とロボット” (the cat and the robot), black and white, read from right to left."""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random

from PIL import Image

from .canvas import INK, Canvas, Point, smooth

TONE, PALE, STEEL = "#b9b9bd", "#e9e9ec", "#d2d2d8"


def pages() -> Iterator[tuple[str, Image.Image]]:
    """Draw the pages one by one, and yield each with its name, in reading order."""
    for number, draw in enumerate((_cover, _rain, _box, _umbrella, _home)):
        yield f"{number:02d}.png", draw().finished().convert("L")


def _robot(
    c: Canvas, x: float, y: float, size: float, mood: str = "calm", *, holds: bool = False
) -> None:
    """Draw the robot; the point is the middle of its head, and ``size`` half the head's width.

    With ``holds`` it raises one arm.
    """
    f = c.figure(x, y, size)
    f.line([(0, -0.8), (0.1, -1.35)], 0.07)
    f.circle(0.1, -1.45, 0.15, "#ffffff")
    for side in (-1, 1):
        f.rectangle((side * 0.42 - 0.2, 2.4, side * 0.42 + 0.2, 3.0), STEEL)
        f.rectangle((side * 0.45 - 0.34, 2.9, side * 0.45 + 0.34, 3.2), TONE, 4, 0.12)
        f.rectangle((side * 1.12 - 0.14, -0.3, side * 1.12 + 0.14, 0.3), TONE, 4, 0.08)
    f.rectangle((-0.28, 0.8, 0.28, 1.1), TONE)
    for side in (-1, 1):
        raised = holds and side > 0
        arm: list[Point] = [
            (side * 0.7, 1.35),
            (side * 1.15, 1.75),
            (1.45, 1.25) if raised else (side * 1.05, 2.3),
        ]
        f.line(arm, 0.24)
        f.line(arm, 0.24 - 9 / size, STEEL)
        f.circle(*arm[-1], 0.2, "#ffffff")
    f.rectangle((-0.8, 1.0, 0.8, 2.5), "#ffffff", 5, 0.25)
    f.rectangle((-0.45, 1.3, 0.45, 1.85), PALE, 4, 0.1)
    _heart(f, 0, 1.56, 0.2, INK)
    f.rectangle((-1, -0.8, 1, 0.8), "#ffffff", 5, 0.34)
    f.rectangle((-0.8, -0.55, 0.8, 0.5), "#26262c", 4, 0.26)
    for side in (-1, 1):
        if mood == "happy":
            f.arc(side * 0.38, 0.05, 0.2, 190, 350, 0.09, "#ffffff")
        else:
            f.circle(side * 0.38, -0.05, 0.24 if mood == "surprised" else 0.18, "#ffffff", 0)
    f.arc(0, 0.16, 0.14, 20, 160, 0.06, "#ffffff")


def _heart(c: Canvas, x: float, y: float, size: float, fill: str) -> None:
    f = c.figure(x, y, size)
    for side in (-1, 1):
        f.circle(side * 0.48, -0.3, 0.55, fill, 0)
    f.polygon([(-1, -0.08), (0, -0.3), (1, -0.08), (0, 1)], fill, 0)


def _kitten(c: Canvas, x: float, y: float, size: float, mood: str = "calm") -> None:
    """Draw the cat; the point is between its paws."""
    f = c.figure(x, y, size)
    for width, ink in ((0.24, INK), (0.24 - 9 / size, "#ffffff")):
        f.line([(0.4, -0.12), (0.95, -0.25), (0.9, -0.85)], width, ink)
    f.blob([(-0.5, 0), (-0.45, -0.7), (0, -1), (0.45, -0.7), (0.5, 0)], "#ffffff")
    for side in (-1, 1):
        f.polygon([(side * 0.58, -1.2), (side * 0.62, -1.95), (side * 0.1, -1.6)], "#ffffff")
        f.ellipse((side * 0.25 - 0.16, -0.2, side * 0.25 + 0.16, 0.06), "#ffffff")
    f.ellipse((-0.7, -1.7, 0.7, -0.65), "#ffffff")
    f.blob([(0.12, -1.66), (0.55, -1.5), (0.64, -1.15), (0.3, -1.2)], TONE, 0)
    for side in (-1, 1):
        eye = side * 0.3
        if mood == "happy":
            f.arc(eye, -1.08, 0.14, 200, 340, 0.06)
        else:
            f.ellipse((eye - 0.12, -1.32, eye + 0.12, -1.02), INK, 0)
            f.circle(eye + 0.03, -1.24, 0.05, "#ffffff", 0)
        for lift in (0, 0.12):
            f.line([(side * 0.48, lift - 0.95), (side * 0.95, lift * 1.6 - 1.0)], 0.015)
        f.arc(side * 0.08, -0.98, 0.08, 0, 180, 0.03)


def _falling_rain(c: Canvas, count: int = 90) -> None:
    chance = Random(count)
    for _ in range(count):
        x, y = chance.uniform(0, c.width + 20), chance.uniform(-40, c.height)
        c.line([(x, y), (x - 10, y + 38)], 1.5, "#7d7d86")


def _town(c: Canvas, base: float, tone: str) -> None:
    for index, left in enumerate(range(-20, c.width, 120)):
        high = base - 150 - (index * 83) % 150
        c.rectangle((left, high, left + 112, base + 6), tone, 3)
        for row in range(int((base - high) / 52)):
            for column in range(3):
                if (index + row * 2 + column) % 3:
                    c.rectangle(
                        (
                            left + 14 + column * 32,
                            high + 16 + row * 52,
                            left + 34 + column * 32,
                            high + 44 + row * 52,
                        ),
                        "#ffffff",
                        2,
                    )


def _shelter(c: Canvas, x: float, y: float, size: float) -> None:
    """Draw an umbrella; the point is the end of its handle."""
    f = c.figure(x, y, size)
    f.line([(0, 0), (0, -1.9)], 0.07)
    top = smooth([(-1.4, -1.5), (-1, -2.15), (0, -2.45), (1, -2.15), (1.4, -1.5)])
    hem = [(0.95, -1.68), (0.48, -1.5), (0, -1.68), (-0.48, -1.5), (-0.95, -1.68)]
    f.polygon([*top, *hem], "#3a3a42", 5)
    for end in (-0.48, 0.48):
        f.line([(0, -2.42), (end * 0.9, -2.0), (end, -1.52)], 0.012, "#ffffff")


def _crate(c: Canvas, x: float, y: float, size: float) -> None:
    """Draw an open cardboard box; the point is the middle of its front's lower edge."""
    f = c.figure(x, y, size)
    for side in (-1, 1):
        f.polygon([(side, -0.8), (side * 1.45, -0.55), (side * 1.35, -0.4), (side, -0.6)], PALE)
    f.rectangle((-1, -0.8, 1, 0), STEEL, 5)
    f.rectangle((-0.16, -0.8, 0.16, 0), PALE, 3)
    f.letters(0.6, -0.3, "FREE", 0.26, weight=0.8)


def _moonlight(c: Canvas, x: float, y: float, size: float) -> None:
    """Draw a disc of screentone."""
    c.circle(x, y, size, "#ffffff", 0)
    for row in range(int(size * 2 / 16)):
        down = row * 16 - size + 8
        half = math.sqrt(max(0, size * size - down * down)) - 10
        for column in range(int(half * 2 / 16)):
            c.circle(x - half + column * 16 + (row % 2) * 8, y + down, 3.2, "#d9d9de", 0)


def _cover() -> Canvas:
    c = Canvas(1100, 1600)
    c.gradient("#5c5c66", "#a9a9b2", "#f4f4f6")
    _falling_rain(c, 140)
    _moonlight(c, 550, 800, 430)
    c.ellipse((120, 1380, 980, 1500), "#8e8e98", 0)
    _shelter(c, 736, 1090, 310)
    _robot(c, 480, 830, 175, "happy", holds=True)
    _kitten(c, 820, 1430, 150, "happy")
    c.letters(550, 130, "NEKO & ROBOT", 120, "#ffffff", weight=6, halo=INK)
    c.letters(550, 240, "a small story for a rainy day", 42, "#ffffff", weight=0.8)
    return c


def _rain() -> Canvas:
    c = Canvas(1100, 1600)
    with c.panel((40, 40, 1060, 620), PALE) as p:
        _town(p, 440, TONE)
        p.rectangle((-10, 440, 1030, 600), "#8e8e98", 4)
        _robot(p, 250, 250, 70)
        _falling_rain(p, 120)
        p.shout(760, 120, "FSSSHHH", 90, "#ffffff", lean=6)
    with c.panel((560, 650, 1060, 1110)) as p:
        p.dots((0, 0, 500, 460), "#c9c9cf", 12, 3)
        _robot(p, 250, 250, 110)
        p.balloon(250, 66, "Rain again. I will rust.", (250, 160), 27)
    with c.panel((40, 650, 530, 1110), PALE) as p:
        _falling_rain(p, 50)
        p.shout(245, 230, "mew?", 110, "#ffffff", lean=-12)
    with c.panel((40, 1140, 1060, 1560), "#ffffff") as p:
        for index in range(60):
            x = 510 + (index * 71) % 1100 - 550
            p.line(
                [
                    (510 + (x - 510) * 0.55, 210 + ((index * 37) % 420 - 210) * 0.9),
                    (x * 1.4 - 200, ((index * 37) % 420) * 2 - 210),
                ],
                3,
            )
        p.circle(510, 215, 225, "#ffffff", 0)
        _robot(p, 510, 190, 140, "surprised")
        p.balloon(185, 105, "!!", (340, 170), 60)
    return c


def _box() -> Canvas:
    c = Canvas(1100, 1600)
    with c.panel((40, 40, 1060, 800), "#d9d9de") as p:
        _town(p, 430, "#c4c4cb")
        p.rectangle((-10, 430, 1030, 780), "#9a9aa4", 4)
        p.ellipse((240, 600, 800, 720), "#7c7c86", 0)
        _kitten(p, 520, 570, 150)
        _crate(p, 520, 680, 230)
        _falling_rain(p, 110)
        p.balloon(800, 150, "Mew.", (620, 340), 48)
    with c.panel((560, 830, 1060, 1560)) as p:
        p.dots((0, 0, 500, 730), "#d9d9de", 14, 3)
        _robot(p, 250, 330, 130)
        p.balloon(250, 90, "Unit has no instruction\nfor this.", (250, 215), 30)
    with c.panel((40, 830, 530, 1560), PALE) as p:
        p.glow(245, 420, 380, "#ffffff", 1.0)
        _kitten(p, 245, 620, 220)
        p.letters(110, 110, "stare...", 46, weight=1)
    return c


def _umbrella() -> Canvas:
    c = Canvas(1100, 1600)
    with c.panel((560, 40, 1060, 560), PALE) as p:
        p.rectangle((140, 120, 360, 400), "#ffffff", 6, 16)
        _heart(p, 250, 240, 76, INK)
        p.letters(250, 362, "NEW INSTRUCTION", 20, weight=0.6)
        p.shout(250, 470, "beep!", 60, "#ffffff", lean=4)
    with c.panel((40, 40, 530, 560)) as p:
        p.dots((0, 0, 490, 520), "#c9c9cf", 12, 3)
        _shelter(p, 245, 520, 170)
        p.shout(245, 60, "FWUMP", 72, "#ffffff")
    with c.panel((40, 590, 1060, 1560), "#cfcfd6") as p:
        _town(p, 520, "#bcbcc4")
        p.rectangle((-10, 520, 1030, 980), "#9a9aa4", 4)
        _falling_rain(p, 150)
        _shelter(p, 655, 690, 262)
        _robot(p, 480, 520, 120, "happy", holds=True)
        _kitten(p, 770, 850, 110, "happy")
        p.balloon(200, 250, "Request: may I\nwalk you home?", (372, 440), 34)
        p.balloon(880, 620, "Mew!", (800, 690), 40)
    return c


def _home() -> Canvas:
    c = Canvas(1100, 1600)
    with c.panel((40, 40, 1060, 1120), "#ffffff") as p:
        p.dots((0, 0, 1020, 740), "#e3e3e8", 18, 4)
        p.rectangle((90, 90, 470, 480), "#6c6c78", 8)
        p.line([(280, 94), (280, 476)], 8, curved=False)
        p.line([(94, 285), (466, 285)], 8, curved=False)
        for index in range(16):
            x, y = 110 + (index * 89) % 330, 110 + (index * 57) % 320
            p.line([(x, y), (x - 6, y + 24)], 2, "#e9e9ec")
        p.rectangle((-10, 740, 1030, 1100), TONE, 5)
        p.ellipse((200, 800, 900, 1050), "#ffffff", 4)
        p.ellipse((250, 825, 850, 1025), PALE, 3)
        _robot(p, 640, 480, 130, "happy")
        _kitten(p, 400, 960, 120, "happy")
        p.balloon(760, 170, "Rust probability: high.\nHappiness: higher.", (690, 350), 34)
    with c.panel((560, 1150, 1060, 1560), PALE) as p:
        _kitten(p, 250, 360, 130, "happy")
        p.shout(250, 70, "purrrr", 76, "#ffffff", lean=-5)
    with c.panel((40, 1150, 530, 1560), "#26262c") as p:
        _heart(p, 245, 175, 80, "#ffffff")
        p.letters(245, 345, "The End", 44, "#ffffff", weight=1)
    return c
