"""“Café Métro”, number 1: the moon misses the last train. Read from left to right; one page is a double page."""

from __future__ import annotations

from PIL import Image

from .canvas import INK, Canvas

NIGHT, DUSK, LAMP, GREEN, RED = "#16213f", "#34497a", "#ffcf6b", "#2f7a66", "#c9473f"
SKIN, HAIR, MOON, COAT, WOOD = "#f6c9a4", "#5a2f28", "#fff0b3", "#31406f", "#8a5a3c"
WALL = "#f3e3c3"


def pages() -> list[tuple[str, Image.Image]]:
    """The pages in order, with their names."""
    drawn = [_cover(), _evening(), _visitor(), _over_the_roofs(), _dawn()]
    return [(f"cafe-metro-{number}.jpg", canvas.finished()) for number, canvas in enumerate(drawn, start=1)]


def _ines(c: Canvas, x: float, y: float, r: float, mood: str = "calm") -> None:
    """The barista; the point is the middle of her face, ``r`` its radius."""
    c.blob(
        [(x - r * 0.9, y + r * 3.4), (x - r * 0.75, y + r * 1.5), (x, y + r * 1.05), (x + r * 0.75, y + r * 1.5)]
        + [(x + r * 0.9, y + r * 3.4)],
        "#f2efe6",
    )
    c.polygon(
        [(x - r * 0.42, y + r * 1.5), (x + r * 0.42, y + r * 1.5), (x + r * 0.7, y + r * 3.5), (x - r * 0.7, y + r * 3.5)],
        GREEN,
    )
    c.line([(x - r * 0.42, y + r * 1.5), (x - r * 0.3, y + r * 1.05)], 5, GREEN)
    c.line([(x + r * 0.42, y + r * 1.5), (x + r * 0.3, y + r * 1.05)], 5, GREEN)
    c.blob(
        [(x - r * 1.2, y + r * 0.7), (x - r * 1.15, y - r * 0.5), (x, y - r * 1.25), (x + r * 1.15, y - r * 0.5)]
        + [(x + r * 1.2, y + r * 0.7), (x, y + r * 0.9)],
        HAIR,
    )
    c.ellipse((x - r * 0.86, y - r * 0.8, x + r * 0.86, y + r * 0.95), SKIN)
    c.blob(
        [(x - r * 0.95, y - r * 0.1), (x - r * 0.6, y - r * 0.95), (x + r * 0.4, y - r * 1.05), (x + r * 0.95, y - r * 0.1)]
        + [(x + r * 0.35, y - r * 0.5), (x - r * 0.3, y - r * 0.42)],
        HAIR,
        0,
    )
    c.blob(
        [(x + r * 0.2, y - r * 1.0), (x + r * 0.85, y - r * 1.55), (x + r * 1.2, y - r * 1.0), (x + r * 0.7, y - r * 0.75)],
        RED,
        3,
    )
    _face(c, x, y, r, mood)
    for side in (-1, 1):
        c.circle(x + side * r * 0.55, y + r * 0.42, r * 0.14, "#f0a58c", 0)


def _face(c: Canvas, x: float, y: float, r: float, mood: str) -> None:
    size = 0.17 if mood == "surprised" else 0.12
    for side in (-1, 1):
        eye = x + side * r * 0.36
        if mood == "happy":
            c.arc(eye, y + r * 0.18, r * 0.16, 200, 340, max(3, r * 0.07))
        else:
            c.ellipse((eye - r * size * 0.8, y - r * 0.02, eye + r * size * 0.8, y + r * 0.32), INK, 0)
            c.circle(eye + r * 0.04, y + r * 0.08, r * 0.05, "#ffffff", 0)
    if mood == "surprised":
        c.ellipse((x - r * 0.11, y + r * 0.5, x + r * 0.11, y + r * 0.76), "#8c3b35", 3)
    else:
        c.arc(x, y + r * 0.42, r * 0.22, 25, 155, max(3, r * 0.07))


def _moka(c: Canvas, x: float, y: float, s: float, *, asleep: bool = False) -> None:
    """The cat, sitting with its paws on the point."""
    c.line(
        [(x + s * 0.5, y - s * 0.1), (x + s * 1.05, y - s * 0.15), (x + s * 1.1, y - s * 0.8), (x + s * 0.85, y - s * 0.95)],
        s * 0.2,
    )
    c.blob([(x - s * 0.55, y), (x - s * 0.5, y - s * 0.8), (x, y - s * 1.3), (x + s * 0.5, y - s * 0.8), (x + s * 0.6, y)], INK)
    for side in (-1, 1):
        c.polygon(
            [(x + side * s * 0.5, y - s * 1.35), (x + side * s * 0.45, y - s * 2.0), (x + side * s * 0.08, y - s * 1.6)], INK, 3
        )
    c.ellipse((x - s * 0.58, y - s * 1.75, x + s * 0.58, y - s * 0.85), INK)
    for side in (-1, 1):
        if asleep:
            c.arc(x + side * s * 0.24, y - s * 1.35, s * 0.12, 20, 160, 4, "#ffd34d")
        else:
            c.ellipse((x + side * s * 0.24 - s * 0.13, y - s * 1.48, x + side * s * 0.24 + s * 0.13, y - s * 1.2), "#ffd34d", 0)
            c.ellipse((x + side * s * 0.24 - s * 0.04, y - s * 1.46, x + side * s * 0.24 + s * 0.04, y - s * 1.22), INK, 0)
        for lift in (-0.04, 0.08):
            c.line([(x + side * s * 0.3, y - s * 1.08), (x + side * s * 0.8, y - s * (1.1 - lift))], 2, "#cfc8d8")
    c.polygon([(x - s * 0.07, y - s * 1.14), (x + s * 0.07, y - s * 1.14), (x, y - s * 1.05)], "#e58a8a", 0)


def _moon(c: Canvas, x: float, y: float, r: float, mood: str = "calm", *, coat: bool = True) -> None:
    """The visitor; the point is the middle of the face."""
    c.glow(x, y, r * 2.6, "#fff3c4", 0.7)
    if coat:
        c.blob(
            [(x - r * 1.3, y + r * 4), (x - r * 1.1, y + r * 1.7), (x - r * 0.4, y + r * 0.95), (x + r * 0.4, y + r * 0.95)]
            + [(x + r * 1.1, y + r * 1.7), (x + r * 1.3, y + r * 4)],
            COAT,
        )
        for step in range(3):
            c.circle(x + r * 0.12, y + r * (1.8 + step * 0.6), r * 0.1, LAMP, 3)
    c.circle(x, y, r, MOON, 5)
    for dx, dy, size in ((-0.6, -0.45, 0.16), (0.62, -0.2, 0.2), (0.35, 0.68, 0.13), (-0.68, 0.4, 0.1)):
        c.circle(x + dx * r, y + dy * r, size * r, "#f0d98a", 0)
    _face(c, x, y - r * 0.1, r, mood)
    if coat:
        c.blob(
            [(x - r * 0.85, y + r * 0.75), (x, y + r * 1.05), (x + r * 0.85, y + r * 0.75), (x + r * 0.8, y + r * 1.15)]
            + [(x, y + r * 1.4), (x - r * 0.8, y + r * 1.15)],
            RED,
        )
        c.polygon(
            [(x - r * 0.5, y + r * 1.2), (x - r * 0.15, y + r * 1.3), (x - r * 0.3, y + r * 2.2), (x - r * 0.65, y + r * 2.1)],
            RED,
        )


def _cup(c: Canvas, x: float, y: float, s: float) -> None:
    c.ellipse((x - s * 1.1, y - s * 0.12, x + s * 1.1, y + s * 0.18), "#ffffff", 3)
    c.arc(x + s * 0.72, y - s * 0.5, s * 0.32, 250, 110, 5)
    c.blob(
        [
            (x - s * 0.75, y - s * 0.95),
            (x - s * 0.6, y - s * 0.2),
            (x, y),
            (x + s * 0.6, y - s * 0.2),
            (x + s * 0.75, y - s * 0.95),
        ],
        "#ffffff",
        3,
    )
    c.ellipse((x - s * 0.75, y - s * 1.1, x + s * 0.75, y - s * 0.8), "#a8703f", 3)
    for dx in (-0.25, 0.2):
        wave = [(x + s * (dx + bend), y - s * (1.3 + lift)) for bend, lift in ((0, 0), (0.15, 0.3), (-0.1, 0.6), (0.08, 0.9))]
        c.line(wave, 3, "#fff8e8")


def _stars(c: Canvas, bottom: float, count: int = 60) -> None:
    for index in range(count):
        x, y = (index * 397 + 61) % c.width, (index * index * 53 + index * 211) % max(1, round(bottom))
        c.circle(x, y, 1.2 + index % 3, "#fff6d8", 0)


def _roofs(c: Canvas, base: float, colour: str, lit: str, step: int = 130) -> None:
    """A row of houses with chimneys and some windows awake."""
    for index, left in enumerate(range(-30, c.width, step)):
        high = base - 90 - (index * 67) % 110
        c.polygon(
            [(left, base), (left, high), (left + step * 0.2, high - 45), (left + step * 0.8, high - 45)]
            + [(left + step, high), (left + step, base)],
            colour,
            0,
        )
        c.rectangle((left + step * 0.55, high - 80, left + step * 0.68, high - 30), colour, 0)
        for row in range(2):
            for column in range(3):
                awake = (index * 5 + row * 3 + column) % 4 == 0
                x, y = left + step * (0.16 + column * 0.27), high + 20 + row * 48
                c.rectangle((x, y, x + step * 0.15, y + 28), lit if awake else "#101a33", 0)


def _tower(c: Canvas, x: float, base: float, height: float, colour: str) -> None:
    """The iron lady, as everybody draws her."""
    for side in (-1, 1):
        legs = [(x + side * height * w, base - height * h) for w, h in ((0.24, 0), (0.12, 0.3), (0.06, 0.55), (0.012, 1.0))]
        inner = [(x + side * height * w, base - height * h) for w, h in ((0.0, 1.0), (0.02, 0.5), (0.06, 0.28), (0.15, 0))]
        c.polygon([*legs, *inner], colour, 0)
    for h, w in ((0.3, 0.15), (0.55, 0.08)):
        c.rectangle((x - height * w, base - height * h - 8, x + height * w, base - height * h + 8), colour, 0)


def _entrance(c: Canvas, x: float, y: float, s: float) -> None:
    """A Métro entrance with its two lamps; the point is the middle of its step."""
    for side in (-1, 1):
        post = [
            (x + side * s * 1.1, y),
            (x + side * s * 1.0, y - s * 1.2),
            (x + side * s * 1.25, y - s * 2.0),
            (x + side * s * 0.9, y - s * 2.4),
        ]
        c.line(post, s * 0.12, INK)
        c.line(post, s * 0.07, GREEN)
        c.glow(x + side * s * 0.85, y - s * 2.35, s * 1.3, "#ffb84d", 0.8)
        c.ellipse((x + side * s * 0.85 - s * 0.14, y - s * 2.55, x + side * s * 0.85 + s * 0.14, y - s * 2.1), "#ff8a3d", 3)
    c.rectangle((x - s * 1.05, y - s * 1.95, x + s * 1.05, y - s * 1.4), GREEN, 5, s * 0.16)
    c.letters(x, y - s * 1.66, "METRO", round(s * 0.36), "#fff3c4", weight=1.5)
    c.line([(x + s * 0.0 - s * 0.4, y - s * 1.88), (x - s * 0.3, y - s * 1.93)], 4, "#fff3c4")
    c.rectangle((x - s * 0.95, y - s * 1.3, x + s * 0.95, y), "#0c1226", 5)
    for step in range(4):
        c.rectangle((x - s * 0.9, y - s * 0.28 * (step + 1), x + s * 0.9, y - s * 0.28 * step - s * 0.12), "#3b3f5c", 0)


def _cover() -> Canvas:
    c = Canvas(1200, 1800)
    c.gradient(NIGHT, DUSK, "#e58d62")
    _stars(c, 900)
    _tower(c, 930, 1330, 760, "#22315a")
    _roofs(c, 1380, "#1b2850", LAMP)
    _moon(c, 270, 640, 130, "happy", coat=False)
    c.rectangle((0, 1360, 1200, 1800), "#2a2540", 0)
    c.glow(600, 1420, 640, "#ffb84d", 0.5)
    _entrance(c, 600, 1560, 260)
    _ines(c, 600, 1270, 120, "happy")
    _cup(c, 745, 1560, 52)
    _moka(c, 260, 1700, 110)
    c.letters(600, 210, "CAFE METRO", 168, "#fff3c4", weight=7, halo=INK)
    c.line([(552, 118), (592, 92)], 18, INK)
    c.line([(556, 116), (588, 95)], 11, "#fff3c4")
    c.line([(868, 118), (908, 92)], 18, INK)
    c.line([(872, 116), (904, 95)], 11, "#fff3c4")
    c.letters(600, 345, "No. 1    The Last Train", 54, LAMP, weight=1.5, halo=INK)
    return c


def _evening() -> Canvas:
    c = Canvas(1200, 1800)
    with c.panel((50, 50, 1150, 620)) as p:
        p.gradient(NIGHT, "#2c3f70", "#55507f")
        _stars(p, 260, 40)
        _tower(p, 880, 430, 350, "#22315a")
        _roofs(p, 440, "#1b2850", LAMP, 115)
        p.rectangle((0, 420, 1100, 570), "#39335c", 0)
        _entrance(p, 330, 520, 130)
        for index in range(70):
            x, y = (index * 173) % 1100, (index * 97) % 560
            p.line([(x, y), (x - 8, y + 30)], 1.5, "#9db2e0")
        p.caption(30, 28, "Two minutes to midnight,\nsomewhere under Montmartre.", 30)
    with c.panel((50, 650, 660, 1190), WALL) as p:
        _counter(p)
        _ines(p, 190, 245, 82)
        _cup(p, 330, 415, 36)
        _moka(p, 490, 420, 66)
        p.balloon(410, 100, "One last coffee\nbefore we close,\nMoka?", (255, 190))
    with c.panel((690, 650, 1150, 1190), "#252b4d") as p:
        _train(p)
        p.shout(235, 90, "VRRRRM", 84, LAMP)
    with c.panel((50, 1220, 1150, 1750), WALL) as p:
        _counter(p, 400)
        p.rectangle((700, 40, 1010, 404), "#0f1730", 6)
        p.line([(855, 44), (855, 400)], 5)
        _moon(p, 856, 180, 78)
        p.rectangle((690, 402, 1100, 530), WOOD, 5)
        _ines(p, 170, 215, 80, "surprised")
        _moka(p, 390, 402, 62)
        p.balloon(560, 95, "Good evening.\nIs it too late\nfor a white coffee?", (762, 165))
    return c


def _counter(p: Canvas, top: float = 415) -> None:
    for x in range(0, p.width, 74):
        p.line([(x, 0), (x, top)], 2, "#dcc7a0")
    for y in range(0, round(top), 46):
        p.line([(0, y), (p.width, y)], 2, "#dcc7a0")
    p.rectangle((-10, top, p.width + 10, p.height + 10), WOOD, 5)
    p.rectangle((-10, top - 16, p.width + 10, top + 12), "#b67a4f", 4)


def _train(p: Canvas) -> None:
    p.polygon([(0, 540), (170, 250), (290, 250), (460, 540)], "#151a33", 0)
    for side in (-1, 1):
        p.line([(230 + side * 34, 250), (230 + side * 170, 540)], 6, "#8088a8")
    p.glow(230, 330, 300, LAMP, 0.7)
    p.rectangle((110, 170, 350, 440), GREEN, 6, 46)
    p.rectangle((140, 205, 320, 310), "#fdf2c8", 5, 16)
    p.rectangle((110, 345, 350, 368), "#f4efe0", 3)
    p.letters(230, 357, "13", 20, INK, weight=1)
    for x in (150, 310):
        p.circle(x, 400, 18, "#fffbe0", 4)
        p.glow(x, 400, 90, "#fffbe0", 0.9)


def _visitor() -> Canvas:
    c = Canvas(1200, 1800)
    with c.panel((50, 50, 580, 640), "#f7d9a3") as p:
        _ines(p, 265, 330, 130, "surprised")
        p.balloon(265, 95, "You are...\nthe Moon.", (262, 205), 34)
    with c.panel((610, 50, 1150, 640), "#223059") as p:
        _stars(p, 590, 40)
        _moon(p, 270, 340, 128, "happy")
        p.balloon(265, 95, "Only until six\nin the morning.", (268, 205), 34)
    with c.panel((50, 670, 1150, 1180), WALL) as p:
        _counter(p, 390)
        _ines(p, 180, 210, 82)
        _moon(p, 900, 225, 84)
        p.rectangle((740, 392, 1100, 520), WOOD, 5)
        _cup(p, 690, 392, 40)
        _moka(p, 470, 390, 62)
        p.balloon(385, 92, "Missed your train?", (250, 165))
        p.balloon(640, 205, "My line goes a little\nfurther than most.", (810, 235), 25)
    with c.panel((50, 1210, 1150, 1750), "#1a2444") as p:
        p.gradient("#1a2444", "#5a4a86")
        p.glow(550, 300, 480, LAMP, 0.55)
        _train_side(p, 560, 380, 1.0)
        p.shout(230, 90, "DING!", 78, "#ffffff", "#c9473f")
        p.caption(640, 40, "And then a train came in\nthat is on no map.", 30)
    return c


def _train_side(p: Canvas, x: float, y: float, s: float, *, tilt: float = 0) -> None:
    """Two carriages seen from the side, rising to the right by ``tilt``; the point is between them."""
    for number in (-1, 0):
        left = x + number * 430 * s
        drop = -tilt * (number + 0.5) * 430 * s

        def at(dx: float, dy: float, left: float = left, drop: float = drop) -> tuple[float, float]:
            return left + dx * s, y + drop + dy * s - tilt * (dx - 215) * s

        p.polygon([at(10, -150), at(395, -150), at(415, -120), at(415, 10), at(10, 10)], GREEN, 5)
        p.polygon([at(10, -40), at(415, -40), at(415, -18), at(10, -18)], "#fdf2c8", 3)
        for window in range(4):
            start = 36 + window * 94
            p.polygon([at(start, -125), at(start + 68, -125), at(start + 68, -58), at(start, -58)], "#ffe9a6", 4)
        for wheel in (70, 130, 300, 360):
            p.circle(*at(wheel, 16), 20 * s, "#4a4a62", 4)


def _over_the_roofs() -> Canvas:
    c = Canvas(2400, 1800)
    with c.panel((50, 50, 2350, 1750)) as p:
        p.gradient("#0d1531", "#23366b", "#6d5c9c", "#f0a06c")
        _stars(p, 1100, 150)
        _moon(p, 1960, 330, 170, "happy", coat=False)
        for index in range(42):
            t = index / 41
            p.circle(120 + 1600 * t, 1330 - 760 * t * t, 5 + 7 * t, "#fff0b3", 0)
        _tower(p, 560, 1500, 1050, "#1c2a55")
        _roofs(p, 1560, "#182550", LAMP, 150)
        p.rectangle((0, 1555, 2300, 1700), "#141d3d", 0)
        _train_side(p, 1290, 860, 1.25, tilt=0.32)
        _ines(p, 1490, 690, 46, "happy")
        p.caption(60, 60, "We went up past the chimneys, past the pigeons,\npast the very last stop.", 46)
        p.balloon(1190, 330, "Do you have to stop\nat every star?", (1450, 620), 40)
        p.balloon(1560, 200, "Only when somebody\nmakes a wish.", (1790, 290), 40)
        _moka(p, 760, 1310, 70)
    return c


def _dawn() -> Canvas:
    c = Canvas(1200, 1800)
    with c.panel((50, 50, 1150, 700)) as p:
        p.gradient("#7d8fc4", "#f7b98b", "#ffe3a8")
        _tower(p, 820, 520, 430, "#7a6a8f")
        _roofs(p, 540, "#8d7897", "#fff3c4", 125)
        p.glow(300, 180, 240, "#ffffff", 0.5)
        p.circle(300, 180, 62, "#fff8dc", 3, "#c9b98a")
        _face(p, 300, 175, 62, "happy")
        p.caption(520, 40, "Six o'clock. The first bakers\nare up, and the sky is empty\nexcept for one late traveller.", 30)
    with c.panel((50, 730, 590, 1230), WALL) as p:
        _counter(p, 385)
        _cup(p, 165, 385, 46)
        p.glow(385, 350, 130, "#ffd34d", 0.9)
        p.polygon(_star(385, 345, 40), "#ffd34d", 4)
        p.caption(30, 30, "On the counter: an empty cup,\nand a tip.", 26)
    with c.panel((620, 730, 1150, 1230), "#f7d9a3") as p:
        _ines(p, 265, 280, 110, "happy")
        p.balloon(268, 80, "Moka... did he just\ngive us a star?", (265, 170), 29)
    with c.panel((50, 1260, 1150, 1750), "#e9cfa0") as p:
        p.gradient("#ffe9c0", "#e9b98a")
        p.glow(550, 300, 420, "#fff6d8", 0.8)
        p.rectangle((-10, 400, 1110, 500), WOOD, 5)
        _moka(p, 470, 402, 96, asleep=True)
        p.polygon(_star(690, 365, 34), "#ffd34d", 4)
        p.balloon(760, 150, "Mrrrp.", (560, 250), 40)
        p.letters(950, 445, "THE END", 40, "#fff3c4", weight=1.5)
    return c


def _star(x: float, y: float, r: float) -> list[tuple[float, float]]:
    turns = [
        (0, -1),
        (0.26, -0.36),
        (0.95, -0.31),
        (0.42, 0.14),
        (0.59, 0.81),
        (0, 0.45),
        (-0.59, 0.81),
        (-0.42, 0.14),
        (-0.95, -0.31),
        (-0.26, -0.36),
    ]
    return [(x + dx * r, y + dy * r) for dx, dy in turns]
