"""The characters and places of “Café Métro”: the barista, the cat, the moon, and their Paris."""

from __future__ import annotations

from random import Random

from .canvas import INK, Canvas, Point

NIGHT, DUSK, LAMP, GREEN, RED = "#16213f", "#34497a", "#ffcf6b", "#2f7a66", "#c9473f"
SKIN, HAIR, MOON, COAT, WOOD, CREAM = (
    "#f6c9a4",
    "#5a2f28",
    "#fff0b3",
    "#31406f",
    "#8a5a3c",
    "#fff3c4",
)


def ines(
    c: Canvas, x: float, y: float, size: float, mood: str = "calm", *, waves: bool = False
) -> None:
    """Draw the barista; the point is the middle of her face, and ``size`` its radius."""
    f = c.figure(x, y, size)
    f.blob([(-1.05, 4.6), (-0.75, 1.5), (0, 1.05), (0.75, 1.5), (1.05, 4.6)], "#f2efe6")
    f.polygon([(-0.42, 1.5), (0.42, 1.5), (0.85, 4.8), (-0.85, 4.8)], GREEN)
    for side in (-1, 1):
        f.line([(side * 0.42, 1.5), (side * 0.3, 1.05)], 0.07, GREEN)
        raised = waves and side < 0
        arm: list[Point] = [
            (side * 0.68, 1.6),
            (side * 1.15, 1.9 if raised else 2.2),
            (side * 1.3, 1.05) if raised else (side * 0.75, 2.75),
        ]
        f.line(arm, 0.4, INK)
        f.line(arm, 0.4 - 7 / size, "#f2efe6")
        f.circle(*arm[-1], 0.2, SKIN)
    ines_head(f, 0, 0, 1, mood)


def ines_head(c: Canvas, x: float, y: float, size: float, mood: str) -> None:
    """Draw the barista's head; the point is the middle of her face, ``size`` its radius."""
    f = c.figure(x, y, size)
    f.blob([(-1.2, 0.7), (-1.15, -0.5), (0, -1.25), (1.15, -0.5), (1.2, 0.7), (0, 0.9)], HAIR)
    f.ellipse((-0.86, -0.8, 0.86, 0.95), SKIN)
    f.blob(
        [(-0.95, -0.1), (-0.6, -0.95), (0.4, -1.05), (0.95, -0.1), (0.35, -0.5), (-0.3, -0.42)],
        HAIR,
        0,
    )
    f.blob([(0.2, -1.0), (0.85, -1.55), (1.2, -1.0), (0.7, -0.75)], RED, 3)
    face(f, 0, 0, 1, mood)
    for side in (-1, 1):
        f.circle(side * 0.55, 0.42, 0.14, "#f0a58c", 0)


def face(c: Canvas, x: float, y: float, size: float, mood: str) -> None:
    """Draw eyes and a mouth; the mood is calm, happy or surprised."""
    f = c.figure(x, y, size)
    eye_size = 0.17 if mood == "surprised" else 0.12
    for side in (-1, 1):
        eye = side * 0.36
        if mood == "happy":
            f.arc(eye, 0.18, 0.16, 200, 340, 0.07)
        else:
            f.ellipse((eye - eye_size * 0.8, -0.02, eye + eye_size * 0.8, 0.32), INK, 0)
            f.circle(eye + 0.04, 0.08, 0.05, "#ffffff", 0)
    if mood == "surprised":
        f.ellipse((-0.11, 0.5, 0.11, 0.76), "#8c3b35", 3)
    else:
        f.arc(0, 0.42, 0.22, 25, 155, 0.07)


def moka(c: Canvas, x: float, y: float, size: float, *, asleep: bool = False) -> None:
    """Draw the cat, sitting with its paws on the point."""
    f = c.figure(x, y, size)
    f.line([(0.5, -0.1), (1.05, -0.15), (1.1, -0.8), (0.85, -0.95)], 0.2)
    f.blob([(-0.55, 0), (-0.5, -0.8), (0, -1.3), (0.5, -0.8), (0.6, 0)], INK)
    f.ellipse((-0.58, -1.75, 0.58, -0.85), INK)
    for side in (-1, 1):
        f.polygon([(side * 0.5, -1.35), (side * 0.45, -2.0), (side * 0.08, -1.6)], INK, 3)
        f.polygon([(side * 0.42, -1.5), (side * 0.4, -1.8), (side * 0.22, -1.62)], "#5b5168", 0)
        if asleep:
            f.arc(side * 0.24, -1.35, 0.12, 20, 160, 0.05, "#ffd34d")
        else:
            f.ellipse((side * 0.24 - 0.13, -1.48, side * 0.24 + 0.13, -1.2), "#ffd34d", 0)
            f.ellipse((side * 0.24 - 0.04, -1.46, side * 0.24 + 0.04, -1.22), INK, 0)
        for lift in (-0.04, 0.08):
            f.line([(side * 0.3, -1.08), (side * 0.8, lift - 1.1)], 0.02, "#cfc8d8")
    f.polygon([(-0.07, -1.14), (0.07, -1.14), (0, -1.05)], "#e58a8a", 0)


def moon(
    c: Canvas, x: float, y: float, size: float, mood: str = "calm", *, coat: bool = True
) -> None:
    """Draw the visitor; the point is the middle of the face, and ``size`` its radius."""
    f = c.figure(x, y, size)
    f.glow(0, 0, 2.6, CREAM, 0.7)
    if coat:
        f.blob([(-1.3, 4), (-1.1, 1.7), (-0.4, 0.95), (0.4, 0.95), (1.1, 1.7), (1.3, 4)], COAT)
        for step in range(3):
            f.circle(0.12, 1.8 + step * 0.6, 0.1, LAMP, 3)
    f.circle(0, 0, 1, MOON, 5)
    for dx, dy, crater in (
        (-0.6, -0.45, 0.16),
        (0.62, -0.2, 0.2),
        (0.35, 0.68, 0.13),
        (-0.68, 0.4, 0.1),
    ):
        f.circle(dx, dy, crater, "#f0d98a", 0)
    face(f, 0, -0.1, 1, mood)
    if coat:
        f.blob([(-0.85, 0.75), (0, 1.05), (0.85, 0.75), (0.8, 1.15), (0, 1.4), (-0.8, 1.15)], RED)
        f.polygon([(-0.5, 1.2), (-0.15, 1.3), (-0.3, 2.2), (-0.65, 2.1)], RED)


def cup(c: Canvas, x: float, y: float, size: float, *, full: bool = True) -> None:
    """Draw a cup; its saucer stands on the point."""
    f = c.figure(x, y, size)
    f.ellipse((-1.1, -0.12, 1.1, 0.18), "#ffffff", 3)
    f.arc(0.72, -0.5, 0.32, 250, 110, 0.1)
    f.blob([(-0.75, -0.95), (-0.6, -0.2), (0, 0), (0.6, -0.2), (0.75, -0.95)], "#ffffff", 3)
    f.ellipse((-0.75, -1.1, 0.75, -0.8), "#a8703f" if full else "#efe7d8", 3)
    for dx in (-0.25, 0.2) if full else ():
        f.line(
            [
                (dx + bend, -1.3 - lift)
                for bend, lift in ((0, 0), (0.15, 0.3), (-0.1, 0.6), (0.08, 0.9))
            ],
            0.08,
            "#fff8e8",
        )


def stars(c: Canvas, bottom: float, count: int = 60) -> None:
    """Scatter stars over the sky, down to ``bottom``. The same count gives the same sky."""
    chance = Random(count)
    for _ in range(count):
        c.circle(
            chance.uniform(0, c.width),
            chance.uniform(0, bottom),
            chance.choice((1.3, 2, 2, 3.2)),
            "#fff6d8",
            0,
        )


def roofs(c: Canvas, base: float, colour: str, lit: str, step: int = 130) -> None:
    """Draw a row of houses with chimneys and some lit windows."""
    for index, left in enumerate(range(-30, c.width, step)):
        f = c.figure(left, base - 90 - (index * 67) % 110, step)
        f.polygon([(0, 3), (0, 0), (0.2, -0.35), (0.8, -0.35), (1, 0), (1, 3)], colour, 0)
        f.rectangle((0.55, -0.6, 0.68, -0.2), colour, 0)
        for row in range(2):
            for column in range(3):
                awake = (index * 5 + row * 3 + column) % 4 == 0
                x, y = 0.16 + column * 0.27, 0.15 + row * 0.37
                f.rectangle((x, y, x + 0.15, y + 0.22), lit if awake else "#101a33", 0)


def tower(c: Canvas, x: float, base: float, height: float, colour: str) -> None:
    """Draw the Eiffel Tower."""
    f = c.figure(x, base, height)
    for side in (-1, 1):
        outer = [(side * 0.24, 0), (side * 0.12, -0.3), (side * 0.06, -0.55), (side * 0.012, -1.0)]
        inner = [(0, -1.0), (side * 0.02, -0.5), (side * 0.06, -0.28), (side * 0.15, 0)]
        f.polygon([*outer, *inner], colour, 0)
    f.rectangle((-0.15, -0.32, 0.15, -0.29), colour, 0)
    f.rectangle((-0.08, -0.57, 0.08, -0.54), colour, 0)


def entrance(c: Canvas, x: float, y: float, size: float) -> None:
    """Draw a Métro entrance with its two lamps; the point is the middle of its step."""
    f = c.figure(x, y, size)
    for side in (-1, 1):
        post: list[Point] = [
            (side * 1.1, 0),
            (side * 1.0, -1.2),
            (side * 1.25, -2.0),
            (side * 0.9, -2.4),
        ]
        f.line(post, 0.12, INK)
        f.line(post, 0.07, GREEN)
        f.glow(side * 0.85, -2.35, 1.3, "#ffb84d", 0.8)
        f.ellipse((side * 0.85 - 0.14, -2.55, side * 0.85 + 0.14, -2.1), "#ff8a3d", 3)
    f.rectangle((-1.05, -1.95, 1.05, -1.4), GREEN, 5, 0.16)
    f.letters(0, -1.64, "METRO", 0.36, CREAM, weight=1.5)
    f.line([(-0.28, -1.83), (-0.2, -1.88)], 0.05, CREAM)
    f.rectangle((-0.95, -1.3, 0.95, 0), "#0c1226", 5)
    for step in range(4):
        f.rectangle((-0.9, -0.28 * (step + 1), 0.9, -0.28 * step - 0.12), "#3b3f5c", 0)


def train_front(c: Canvas, x: float, y: float, size: float) -> None:
    """Draw the train as it comes towards us; the point is the middle of its windscreen."""
    f = c.figure(x, y, size)
    f.polygon([(-2.3, 3), (-0.6, 0.1), (0.6, 0.1), (2.3, 3)], "#151a33", 0)
    for side in (-1, 1):
        f.line([(side * 0.35, 0), (side * 1.7, 3)], 0.06, "#8088a8")
    f.glow(0, 0.7, 3, LAMP, 0.7)
    f.rectangle((-1.2, -0.9, 1.2, 1.8), GREEN, 6, 0.46)
    f.rectangle((-0.9, -0.5, 0.9, 0.5), "#fdf2c8", 5, 0.16)
    f.rectangle((-1.2, 0.86, 1.2, 1.12), "#f4efe0", 3)
    f.letters(0, 0.99, "13", 0.24, INK, weight=1)
    for side in (-1, 1):
        f.glow(side * 0.8, 1.42, 0.9, "#fffbe0", 0.9)
        f.circle(side * 0.8, 1.42, 0.18, "#fffbe0", 4)


def train_side(c: Canvas, x: float, y: float, size: float, *, tilt: float = 0) -> None:
    """Draw two carriages from the side, rising to the right by ``tilt``.

    The point is between them.
    """
    f = c.figure(x, y, size)
    for left in (-430, 0):

        def at(dx: float, dy: float, left: float = left) -> Point:
            return left + dx, dy - tilt * (left + dx)

        f.polygon([at(10, -150), at(395, -150), at(415, -120), at(415, 10), at(10, 10)], GREEN, 5)
        f.polygon([at(10, -40), at(415, -40), at(415, -18), at(10, -18)], "#fdf2c8", 3)
        for window in range(4):
            start = 36 + window * 94
            f.polygon(
                [at(start, -125), at(start + 68, -125), at(start + 68, -58), at(start, -58)],
                "#ffe9a6",
                4,
            )
        for wheel in (70, 130, 300, 360):
            f.circle(*at(wheel, 16), 20, "#4a4a62", 4)


def star(x: float, y: float, size: float) -> list[Point]:
    """Return the corners of a star."""
    turns = (
        (0, -1),
        (0.26, -0.36),
        (0.95, -0.31),
        (0.42, 0.14),
        (0.59, 0.81),
        (0, 0.45),
        (-0.59, 0.81),
        (-0.42, 0.14),
    )
    return [(x + dx * size, y + dy * size) for dx, dy in (*turns, (-0.95, -0.31), (-0.26, -0.36))]
