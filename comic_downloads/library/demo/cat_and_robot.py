"""“猫とロボット” (the cat and the robot), black and white, read from right to left."""

from __future__ import annotations

from PIL import Image

from .canvas import INK, Canvas, smooth

TONE, PALE, STEEL = "#b9b9bd", "#e9e9ec", "#d2d2d8"


def pages() -> list[tuple[str, Image.Image]]:
    """The pages in order, with their names."""
    drawn = [_cover(), _rain(), _box(), _umbrella(), _home()]
    return [(f"{number:02d}.png", canvas.finished().convert("L").quantize(32)) for number, canvas in enumerate(drawn)]


def _robot(c: Canvas, x: float, y: float, s: float, mood: str = "calm") -> None:
    """The robot; the point is the middle of its head, ``s`` half the width of it."""
    c.line([(x, y - s * 0.8), (x + s * 0.1, y - s * 1.35)], max(3, s * 0.07), curved=False)
    c.circle(x + s * 0.1, y - s * 1.45, s * 0.15, "#ffffff")
    for side in (-1, 1):
        c.rectangle(
            (x + side * s * 1.12 - s * 0.14, y - s * 0.3, x + side * s * 1.12 + s * 0.14, y + s * 0.3), TONE, 4, s * 0.08
        )
        c.line(
            [(x + side * s * 0.7, y + s * 1.35), (x + side * s * 1.15, y + s * 1.75), (x + side * s * 1.05, y + s * 2.3)],
            s * 0.24,
        )
        c.line(
            [(x + side * s * 0.7, y + s * 1.35), (x + side * s * 1.15, y + s * 1.75), (x + side * s * 1.05, y + s * 2.3)],
            s * 0.13,
            STEEL,
        )
        c.circle(x + side * s * 1.03, y + s * 2.4, s * 0.2, "#ffffff")
        c.rectangle((x + side * s * 0.42 - s * 0.2, y + s * 2.4, x + side * s * 0.42 + s * 0.2, y + s * 3.0), STEEL)
        c.rectangle(
            (x + side * s * 0.45 - s * 0.34, y + s * 2.9, x + side * s * 0.45 + s * 0.34, y + s * 3.2), TONE, 4, s * 0.12
        )
    c.rectangle((x - s * 0.28, y + s * 0.8, x + s * 0.28, y + s * 1.1), TONE)
    c.rectangle((x - s * 0.8, y + s * 1.0, x + s * 0.8, y + s * 2.5), "#ffffff", 5, s * 0.25)
    c.rectangle((x - s * 0.45, y + s * 1.3, x + s * 0.45, y + s * 1.85), PALE, 4, s * 0.1)
    c.blob(_heart(x, y + s * 1.58, s * 0.2), INK, 0)
    c.rectangle((x - s, y - s * 0.8, x + s, y + s * 0.8), "#ffffff", 5, s * 0.34)
    c.rectangle((x - s * 0.8, y - s * 0.55, x + s * 0.8, y + s * 0.5), "#26262c", 4, s * 0.26)
    for side in (-1, 1):
        if mood == "happy":
            c.arc(x + side * s * 0.38, y + s * 0.05, s * 0.2, 190, 350, max(4, s * 0.09), "#ffffff")
        else:
            size = 0.24 if mood == "surprised" else 0.18
            c.circle(x + side * s * 0.38, y - s * 0.05, s * size, "#ffffff", 0)
    c.arc(x, y + s * 0.16, s * 0.14, 20, 160, max(3, s * 0.06), "#ffffff")


def _heart(x: float, y: float, s: float) -> list[tuple[float, float]]:
    return [
        (x, y - s * 0.35),
        (x + s * 0.6, y - s * 0.85),
        (x + s, y - s * 0.3),
        (x + s * 0.5, y + s * 0.45),
        (x, y + s * 0.95),
    ] + [(x - s * 0.5, y + s * 0.45), (x - s, y - s * 0.3), (x - s * 0.6, y - s * 0.85)]


def _kitten(c: Canvas, x: float, y: float, s: float, mood: str = "calm") -> None:
    """The cat; the point is between its paws."""
    c.line([(x + s * 0.45, y - s * 0.1), (x + s * 0.95, y - s * 0.25), (x + s * 0.9, y - s * 0.85)], s * 0.24)
    c.line([(x + s * 0.45, y - s * 0.1), (x + s * 0.95, y - s * 0.25), (x + s * 0.9, y - s * 0.85)], s * 0.14, "#ffffff")
    c.blob(
        [(x - s * 0.5, y), (x - s * 0.45, y - s * 0.7), (x, y - s), (x + s * 0.45, y - s * 0.7), (x + s * 0.5, y)], "#ffffff"
    )
    for side in (-1, 1):
        c.polygon(
            [(x + side * s * 0.58, y - s * 1.2), (x + side * s * 0.62, y - s * 1.95), (x + side * s * 0.1, y - s * 1.6)],
            "#ffffff",
        )
        c.ellipse((x + side * s * 0.25 - s * 0.16, y - s * 0.2, x + side * s * 0.25 + s * 0.16, y + s * 0.06), "#ffffff")
    c.ellipse((x - s * 0.7, y - s * 1.7, x + s * 0.7, y - s * 0.65), "#ffffff")
    c.blob(
        [(x + s * 0.12, y - s * 1.68), (x + s * 0.6, y - s * 1.5), (x + s * 0.66, y - s * 1.1), (x + s * 0.3, y - s * 1.2)],
        TONE,
        0,
    )
    for side in (-1, 1):
        eye = x + side * s * 0.3
        if mood == "happy":
            c.arc(eye, y - s * 1.08, s * 0.14, 200, 340, max(3, s * 0.06))
        else:
            c.ellipse((eye - s * 0.12, y - s * 1.32, eye + s * 0.12, y - s * 1.02), INK, 0)
            c.circle(eye + s * 0.03, y - s * 1.24, s * 0.05, "#ffffff", 0)
        for lift in (0, 0.12):
            c.line([(x + side * s * 0.48, y - s * (0.95 - lift)), (x + side * s * 0.95, y - s * (1.0 - lift * 1.6))], 2)
    c.arc(x - s * 0.08, y - s * 0.98, s * 0.08, 0, 180, 3)
    c.arc(x + s * 0.08, y - s * 0.98, s * 0.08, 0, 180, 3)


def _falling_rain(c: Canvas, count: int = 90) -> None:
    for index in range(count):
        x, y = (index * 193 + 40) % (c.width + 60), (index * 131) % c.height
        c.line([(x, y), (x - 10, y + 38)], 1.5, "#7d7d86")


def _town(c: Canvas, base: float, tone: str) -> None:
    for index, left in enumerate(range(-20, c.width, 120)):
        high = base - 150 - (index * 83) % 150
        c.rectangle((left, high, left + 112, base + 6), tone, 3)
        for row in range(int((base - high) / 52)):
            for column in range(3):
                if (index + row * 2 + column) % 3:
                    c.rectangle(
                        (left + 14 + column * 32, high + 16 + row * 52, left + 34 + column * 32, high + 44 + row * 52),
                        "#ffffff",
                        2,
                    )


def _shelter(c: Canvas, x: float, y: float, s: float) -> None:
    """An umbrella with its handle's end at the point."""
    c.line([(x, y), (x, y - s * 1.9)], max(5, s * 0.07))
    top = [
        (x - s * 1.4, y - s * 1.5),
        (x - s, y - s * 2.15),
        (x, y - s * 2.45),
        (x + s, y - s * 2.15),
        (x + s * 1.4, y - s * 1.5),
    ]
    hem = [
        (x + s * 0.95, y - s * 1.68),
        (x + s * 0.48, y - s * 1.5),
        (x, y - s * 1.68),
        (x - s * 0.48, y - s * 1.5),
        (x - s * 0.95, y - s * 1.68),
    ]
    c.polygon([*smooth(top), *hem], "#3a3a42", 5)
    for end in (-0.48, 0.48):
        c.line([(x, y - s * 2.42), (x + s * end * 0.9, y - s * 2.0), (x + s * end, y - s * 1.52)], 3, "#ffffff")


def _crate(c: Canvas, x: float, y: float, s: float) -> None:
    """An open cardboard box, its front's lower edge centred on the point."""
    for side in (-1, 1):
        c.polygon(
            [
                (x + side * s, y - s * 0.8),
                (x + side * s * 1.45, y - s * 0.55),
                (x + side * s * 1.35, y - s * 0.4),
                (x + side * s, y - s * 0.6),
            ],
            PALE,
        )
    c.rectangle((x - s, y - s * 0.8, x + s, y), STEEL, 5)
    c.rectangle((x - s * 0.16, y - s * 0.8, x + s * 0.16, y), PALE, 3)
    c.letters(x + s * 0.6, y - s * 0.3, "FREE", round(s * 0.26), weight=0.8)


def _cover() -> Canvas:
    c = Canvas(1100, 1600)
    c.gradient("#5c5c66", "#a9a9b2", "#f4f4f6")
    c.circle(550, 800, 430, "#ffffff", 0)
    c.dots((130, 390, 970, 1210), "#d9d9de", 16, 3.4)
    _falling_rain(c, 70)
    c.ellipse((120, 1380, 980, 1500), "#8e8e98", 0)
    _shelter(c, 790, 1120, 330)
    _robot(c, 480, 810, 180, "happy")
    _kitten(c, 820, 1430, 150, "happy")
    c.letters(550, 130, "NEKO & ROBOT", 120, "#ffffff", weight=6, halo=INK)
    c.letters(550, 235, "a small story for a rainy day", 42, INK, weight=0.8)
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
        p.blob(_heart(250, 240, 84), INK, 0)
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
        _shelter(p, 640, 700, 270)
        _robot(p, 480, 470, 120, "happy")
        _kitten(p, 770, 850, 110, "happy")
        p.balloon(220, 130, "Request: may I\nwalk you home?", (390, 380), 34)
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
        p.blob(_heart(245, 175, 90), "#ffffff", 0)
        p.letters(245, 345, "The End", 44, "#ffffff", weight=1)
    return c
