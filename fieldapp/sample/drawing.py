"""Drawings that stand for photos: a house before hills, in colours that show what it is made of."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from random import Random

from PIL import Image, ImageDraw

SIZE = (800, 600)
Colour = tuple[int, int, int]
Pen = ImageDraw.ImageDraw

_WALLS: dict[str, tuple[Colour, Colour]] = {
    "weak": ((151, 116, 77), (120, 98, 62)),
    "sound": ((226, 205, 170), (170, 74, 58)),
    "site": ((190, 120, 96), (160, 160, 160)),
}


def pictures(each: int, *, papers: bool) -> Iterator[tuple[str, bytes]]:
    """What it shows, and a JPEG of it: ``each`` drawings of every kind, always the same; of ``papers`` as well."""
    drawers: dict[str, Callable[[Pen, Random], None]] = {
        "weak": lambda pen, rng: _house(pen, rng, "weak"),
        "sound": lambda pen, rng: _house(pen, rng, "sound"),
        "site": lambda pen, rng: _house(pen, rng, "site"),
        "inside": _inside,
        "damage": _damage,
        **({"minutes": _minutes} if papers else {}),
    }
    for shows, draw in drawers.items():
        for number in range(each):
            rng = Random(f"{shows}/{number}")
            image = Image.new("RGB", SIZE, (201, 222, 235))
            draw(ImageDraw.Draw(image), rng)
            buffer = io.BytesIO()
            image.save(buffer, "JPEG", quality=72)
            yield shows, buffer.getvalue()


def _house(pen: Pen, rng: Random, kind: str) -> None:
    _hills(pen, rng)
    wall, roof = _WALLS[kind]
    left, top, right = 180 + rng.randint(-40, 40), 300 + rng.randint(-15, 15), 600 + rng.randint(-40, 40)
    lean = rng.randint(14, 30) if kind == "weak" else 0
    pen.polygon([(left + lean, top), (right + lean, top), (right, 480), (left, 480)], fill=wall, outline=(70, 55, 40))
    if kind == "weak":
        _cracks(pen, rng, left, top, right)
    if kind != "site" or rng.random() < 0.5:
        eaves = ((left + right) // 2 + lean, top - 110)
        pen.polygon([(left - 45 + lean, top + 8), eaves, (right + 45 + lean, top + 8)], fill=roof, outline=(60, 45, 35))
    pen.rectangle([left + 60, 380, left + 130, 480], fill=(86, 60, 40))
    pen.rectangle([right - 150, 350, right - 70, 410], fill=(235, 240, 215), outline=(86, 60, 40), width=5)


def _hills(pen: Pen, rng: Random) -> None:
    for shade in ((136, 168, 128), (104, 145, 98)):
        peak, height = rng.randint(100, 700), rng.randint(120, 260)
        pen.polygon([(peak - 480, 480), (peak, height), (peak + 480, 480)], fill=shade)
    pen.rectangle([0, 470, 800, 600], fill=(164, 137, 96))


def _cracks(pen: Pen, rng: Random, left: int, top: int, right: int) -> None:
    for _crack in range(7):
        x, y = rng.randint(left + 20, right - 20), rng.randint(top + 20, 430)
        pen.line(
            [(x, y), (x + rng.randint(-18, 18), y + 22), (x + rng.randint(-22, 22), y + 46)], fill=(48, 36, 26), width=3
        )


def _inside(pen: Pen, rng: Random) -> None:
    pen.rectangle([0, 0, 800, 400], fill=(143, 112, 80))
    pen.rectangle([0, 400, 800, 600], fill=(117, 92, 66))
    for x in range(rng.randint(20, 60), 800, 120):
        pen.rectangle([x, 0, x + 14, 420], fill=(88, 66, 46))
    bed, window = rng.randint(330, 460), rng.randint(60, 180)
    pen.rectangle([bed, 330, bed + 300, 450], fill=(rng.randint(90, 190), 86, 90), outline=(70, 50, 40), width=4)
    pen.rectangle([window, 120, window + 120, 230], fill=(224, 233, 214), outline=(70, 50, 40), width=6)


def _damage(pen: Pen, rng: Random) -> None:
    pen.rectangle([0, 0, 800, 600], fill=(158, 130, 98))
    for _line in range(5):
        points = [(rng.randint(0, 200), rng.randint(0, 600))]
        while points[-1][0] < 760:
            points.append((points[-1][0] + rng.randint(40, 90), points[-1][1] + rng.randint(-60, 60)))
        pen.line(points, fill=(46, 36, 28), width=rng.randint(4, 10))
    pen.ellipse([300, 180, 520, 360], fill=(206, 220, 228), outline=(60, 44, 32), width=8)


def _minutes(pen: Pen, rng: Random) -> None:
    """A sheet of paper on a table, with lines of handwriting and a signature."""
    pen.rectangle([0, 0, 800, 600], fill=(126, 98, 70))
    pen.polygon([(150, 20), (660, 34), (640, 590), (128, 580)], fill=(247, 244, 234))
    for y in range(70, 500, 30):
        x = 180 + (60 if y == 70 else 0)
        while x < 600 - rng.randint(0, 120):
            word = rng.randint(18, 60)
            pen.line([(x, y), (x + word // 2, y - rng.randint(2, 9)), (x + word, y)], fill=(40, 52, 110), width=4)
            x += word + 12
    for turn in range(5):
        pen.arc([430 + turn * 22, 510, 480 + turn * 22, 560], 180, 20, fill=(40, 52, 110), width=4)
