"""Pictures of numbers as shapes for a template to draw: bars, columns over time, a map. Pure, but for the borders."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from fieldapp.places.borders import Ring, read

LOOKS = 6
"""So many colours there are; a picture with more begins again."""
SHADES = 5
MAP_WIDTH = 1000
COLUMN, GAP, HEIGHT = 10.0, 2.0, 50.0


class Stretch(NamedTuple):
    """A part of a bar: a colour, where it begins and how long it is (of 100), what it says, where it leads."""

    look: int
    x: float
    width: float
    title: str
    href: str | None


class Slice(NamedTuple):
    """A number to be drawn: ``shown`` as people read it."""

    label: str
    value: int
    shown: str
    href: str | None = None


class Bar(NamedTuple):
    """One bar with its name, its number and its parts."""

    label: str
    shown: str
    href: str | None
    parts: tuple[Stretch, ...]


def bar(
    label: str,
    shown: str,
    slices: Sequence[Slice],
    whole: int,
    href: str | None = None,
    looks: Sequence[int] = range(LOOKS),
) -> Bar:
    """A bar of slices one after the other, of 100 for the whole. ``looks``: the colour of each of them."""
    parts, x = list[Stretch](), 0.0
    for at, one in enumerate(slices):
        width = 100 * one.value / whole if whole else 0.0
        if width > 0:
            parts.append(
                Stretch(looks[at % len(looks)], round(x, 2), round(width, 2), f"{one.label}: {one.shown}", one.href)
            )
        x += width
    return Bar(label, shown, href, tuple(parts))


class Block(NamedTuple):
    """A piece of a column, in the units of the picture; ``y`` counts from above."""

    look: int
    x: float
    y: float
    height: float
    title: str
    href: str | None


class Columns(NamedTuple):
    """Columns over time: ``line``: how high the plan lies, None where there is none."""

    width: float
    blocks: tuple[Block, ...]
    line: float | None


def columns(months: Sequence[Sequence[Slice]], plan: int | None) -> Columns:
    """One column a month, of slices one above the other; all of them and the plan fit the height."""
    most = max([sum(one.value for one in month) for month in months] + [plan or 0, 1])
    blocks = list[Block]()
    for at, month in enumerate(months):
        y = HEIGHT
        for look, one in enumerate(month):
            height = HEIGHT * max(one.value, 0) / most
            y -= height
            if height > 0:
                x = at * (COLUMN + GAP) + GAP
                block = Block(
                    look % LOOKS, round(x, 2), round(y, 2), round(height, 2), f"{one.label}: {one.shown}", one.href
                )
                blocks.append(block)
    line = round(HEIGHT - HEIGHT * plan / most, 2) if plan else None
    return Columns(len(months) * (COLUMN + GAP) + GAP, tuple(blocks), line)


class Shape(NamedTuple):
    """A commune on the map: its border, the shade of its number (0 none, else 1 to 5), what it says, where it leads."""

    path: str
    shade: int
    title: str
    href: str | None


class Map(NamedTuple):
    """The communes in a box of this height; it is ``MAP_WIDTH`` wide. ``steps``: the least number of each shade."""

    height: int
    shapes: tuple[Shape, ...]
    steps: tuple[int, ...]


def choropleth(borders: Path, told: Mapping[str, Slice]) -> Map:
    """The communes that something is told of, by their code, each shaded by its number among the others."""
    height, paths = drawn(borders, borders.stat().st_mtime_ns, frozenset(told))
    most = max((one.value for one in told.values()), default=0)
    shapes = (
        Shape(paths[code], shade(one.value, most), f"{one.label}: {one.shown}", one.href)
        for code, one in told.items()
        if code in paths
    )
    return Map(height, tuple(shapes), tuple(-(-most * step // SHADES) for step in range(SHADES)) if most else ())


def shade(value: int, most: int) -> int:
    """0 of nothing, 5 of the most."""
    return min(SHADES, 1 + (value * SHADES - 1) // most) if value > 0 and most else 0


@lru_cache(maxsize=8)
def drawn(borders: Path, changed: int, codes: frozenset[str]) -> tuple[int, dict[str, str]]:
    """The height of the box and the border of each commune in it, as ``d`` of a path. ``changed``: when the file was,
    so that a new one is read."""
    found = {code: rings for code, rings in read(borders) if code in codes}
    points = [point for rings in found.values() for ring in rings for point in ring]
    if not points:
        return 1, {}
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    scale = MAP_WIDTH / max(east - west, 1e-9)
    upright = scale / math.cos(math.radians((south + north) / 2))

    def ring_path(ring: Ring) -> str:
        return "M" + "L".join(f"{round((x - west) * scale)} {round((north - y) * upright)}" for x, y, *_ in ring) + "Z"

    paths = {code: "".join(map(ring_path, rings)) for code, rings in found.items()}
    return max(1, round((north - south) * upright)), paths
