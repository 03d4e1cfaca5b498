"""“Café Métro”, number 1: the moon misses the last train.

It is read from left to right, and one of its pages is a double page.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from PIL import Image

from .cafe_metro_cast import (
    CREAM,
    DUSK,
    LAMP,
    NIGHT,
    WOOD,
    cup,
    entrance,
    face,
    ines,
    ines_head,
    moka,
    moon,
    roofs,
    star,
    stars,
    tower,
    train_front,
    train_side,
)
from .canvas import INK, Canvas

WALL = "#f3e3c3"


def pages() -> Iterator[tuple[str, Image.Image]]:
    """Draw the pages one by one, and yield each with its name, in reading order."""
    for number, draw in enumerate((_cover, _evening, _visitor, _over_the_roofs, _dawn), start=1):
        yield f"cafe-metro-{number}.jpg", draw().finished()


def _cover() -> Canvas:
    c = Canvas(1200, 1800)
    c.gradient(NIGHT, DUSK, "#e58d62")
    stars(c, 900, 90)
    tower(c, 930, 1330, 700, "#22315a")
    roofs(c, 1380, "#1b2850", LAMP)
    moon(c, 285, 650, 135, "happy", coat=False)
    c.rectangle((0, 1360, 1200, 1800), "#2a2540", 0)
    c.glow(600, 1420, 640, "#ffb84d", 0.5)
    entrance(c, 600, 1640, 300)
    ines(c, 600, 1390, 112, "happy", waves=True)
    cup(c, 692, 1716, 48)
    moka(c, 215, 1740, 105)
    c.title(600, 225, "CAFÉ MÉTRO", 168, CREAM, INK)
    c.letters(600, 365, "No. 1    The Last Train", 54, LAMP, weight=1.5, halo=INK)
    return c


def _evening() -> Canvas:
    c = Canvas(1200, 1800)
    with c.panel((50, 50, 1150, 620)) as p:
        _street(p)
    with c.panel((50, 650, 660, 1190), WALL) as p:
        _counter(p)
        ines(p, 190, 245, 82)
        cup(p, 345, 415, 36)
        moka(p, 490, 420, 66)
        p.balloon(410, 100, "One last coffee\nbefore we close,\nMoka?", (265, 195))
    with c.panel((690, 650, 1150, 1190), "#252b4d") as p:
        train_front(p, 230, 290, 100)
        p.shout(235, 90, "VRRRRM", 84, LAMP)
    with c.panel((50, 1220, 1150, 1750), WALL) as p:
        _counter(p, 400)
        p.rectangle((700, 40, 1010, 404), "#0f1730", 6)
        moon(p, 856, 180, 78)
        p.rectangle((690, 402, 1100, 530), WOOD, 5)
        ines(p, 170, 215, 80, "surprised")
        moka(p, 390, 402, 62)
        p.balloon(545, 110, "Good evening.\nIs it too late\nfor a white coffee?", (768, 175))
    return c


def _street(p: Canvas) -> None:
    p.gradient(NIGHT, "#2c3f70", "#55507f")
    stars(p, 260, 50)
    tower(p, 880, 430, 350, "#22315a")
    roofs(p, 440, "#1b2850", LAMP, 115)
    p.rectangle((0, 420, 1100, 570), "#39335c", 0)
    entrance(p, 330, 520, 130)
    chance = Random(13)
    for _ in range(110):
        x, y = chance.uniform(0, 1110), chance.uniform(-20, 570)
        p.line([(x, y), (x - 8, y + 30)], 1.5, "#9db2e0")
    p.caption(30, 28, "Two minutes to midnight,\nsomewhere under Montmartre.", 30)


def _counter(p: Canvas, top: float = 415) -> None:
    for x in range(0, p.width, 74):
        p.line([(x, 0), (x, top)], 2, "#dcc7a0")
    for y in range(0, round(top), 46):
        p.line([(0, y), (p.width, y)], 2, "#dcc7a0")
    p.rectangle((-10, top, p.width + 10, p.height + 10), WOOD, 5)
    p.rectangle((-10, top - 16, p.width + 10, top + 12), "#b67a4f", 4)


def _visitor() -> Canvas:
    c = Canvas(1200, 1800)
    with c.panel((50, 50, 580, 640), "#f7d9a3") as p:
        ines(p, 265, 360, 120, "surprised")
        p.balloon(265, 95, "You are...\nthe Moon.", (262, 225), 34)
    with c.panel((610, 50, 1150, 640), "#223059") as p:
        stars(p, 590, 50)
        moon(p, 270, 350, 125, "happy")
        p.balloon(265, 95, "Only until six\nin the morning.", (268, 218), 34)
    with c.panel((50, 670, 1150, 1180), WALL) as p:
        _counter(p, 390)
        ines(p, 180, 210, 82)
        moon(p, 900, 225, 84)
        p.rectangle((740, 392, 1110, 520), WOOD, 5)
        cup(p, 690, 392, 40)
        moka(p, 470, 390, 62)
        p.balloon(410, 80, "Missed your train?", (262, 160))
        p.balloon(625, 200, "My line goes a little\nfurther than most.", (812, 235), 25)
    with c.panel((50, 1210, 1150, 1750), "#1a2444") as p:
        p.gradient("#1a2444", "#5a4a86")
        p.glow(550, 300, 480, LAMP, 0.55)
        stars(p, 300, 40)
        train_side(p, 560, 400, 1.0)
        p.shout(230, 110, "DING!", 78, "#ffffff", "#c9473f")
        p.caption(640, 40, "And then a train came in\nthat is on no map.", 30)
    return c


def _over_the_roofs() -> Canvas:
    c = Canvas(2400, 1800)
    with c.only_panel((50, 50, 2350, 1750)) as p:
        p.gradient("#0d1531", "#23366b", "#6d5c9c", "#f0a06c")
        stars(p, 1100, 190)
        moon(p, 2010, 350, 190, "happy", coat=False)
        for step in range(40):
            t = step / 39
            p.circle(120 + 900 * t, 1400 - 330 * t * t, 4 + 6 * t, CREAM, 0)
        tower(p, 560, 1500, 1050, "#1c2a55")
        roofs(p, 1560, "#182550", LAMP, 150)
        p.rectangle((0, 1555, 2300, 1700), "#141d3d", 0)
        train_side(p, 1290, 880, 1.3, tilt=0.32)
        ines_head(p, 1559, 671, 31, "happy")
        p.caption(
            60, 60, "We went up past the chimneys, past the pigeons,\npast the very last stop.", 46
        )
        p.balloon(1240, 380, "Do you have to stop\nat every star?", (1535, 628), 40)
        p.balloon(1620, 190, "Only when somebody\nmakes a wish.", (1838, 300), 40)
        moka(p, 846, 1425, 66)
    return c


def _dawn() -> Canvas:
    c = Canvas(1200, 1800)
    with c.panel((50, 50, 1150, 700)) as p:
        p.gradient("#7d8fc4", "#f7b98b", "#ffe3a8")
        tower(p, 820, 520, 430, "#7a6a8f")
        roofs(p, 640, "#8d7897", CREAM, 125)
        p.glow(300, 200, 240, "#ffffff", 0.5)
        p.circle(300, 200, 66, "#fff8dc", 3, "#c9b98a")
        face(p, 300, 194, 66, "happy")
        p.caption(
            510,
            40,
            "Six o'clock. The first bakers\nare up, and the sky is empty\n"
            "except for one late traveller.",
            30,
        )
    with c.panel((50, 730, 590, 1230), WALL) as p:
        _counter(p, 385)
        cup(p, 165, 385, 46, full=False)
        p.glow(385, 350, 130, "#ffd34d", 0.9)
        p.polygon(star(385, 345, 40), "#ffd34d", 4)
        p.caption(30, 30, "On the counter: an empty cup,\nand a tip.", 26)
    with c.panel((620, 730, 1150, 1230), "#f7d9a3") as p:
        ines(p, 265, 300, 105, "happy")
        p.balloon(268, 80, "Moka... did he just\ngive us a star?", (265, 178), 29)
    with c.panel((50, 1260, 1150, 1750), "#e9cfa0") as p:
        p.gradient("#ffe9c0", "#e9b98a")
        p.glow(550, 300, 420, "#fff6d8", 0.8)
        p.rectangle((-10, 400, 1110, 500), WOOD, 5)
        moka(p, 470, 402, 96, asleep=True)
        p.polygon(star(690, 365, 34), "#ffd34d", 4)
        p.balloon(760, 150, "Mrrrp.", (560, 250), 40)
        p.letters(950, 445, "THE END", 40, CREAM, weight=1.5)
    return c
