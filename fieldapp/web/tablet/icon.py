"""The picture of the app on the home screen."""

from __future__ import annotations

import io

from PIL import Image, ImageColor, ImageDraw

TEAL, PAPER = "#0b5d4b", "#ffffff"
SHADES = 16
"""From teal to paper, for smooth edges: so many take half a byte for each point, and a third of the file."""


def icon(size: int) -> bytes:
    """A white house with a tick in its door, drawn at four times the size so that its edges are smooth."""
    unit = size * 4 / 100
    image = Image.new("L", (size * 4, size * 4), 0)
    draw = ImageDraw.Draw(image)
    draw.polygon([(x * unit, y * unit) for x, y in ((50, 20), (84, 50), (16, 50))], fill=255)
    draw.rectangle([25 * unit, 48 * unit, 75 * unit, 80 * unit], fill=255)
    draw.line([(x * unit, y * unit) for x, y in ((37, 62), (47, 72), (65, 54))], fill=0, width=round(6 * unit))
    image = image.resize((size, size), Image.Resampling.LANCZOS)
    image = image.point([round(light * (SHADES - 1) / 255) for light in range(256)])
    image.putpalette(_shades())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _shades() -> list[int]:
    """The colours from teal to paper, each as red, green and blue."""
    ends = [ImageColor.getrgb(TEAL), ImageColor.getrgb(PAPER)]
    return [round(a + (b - a) * step / (SHADES - 1)) for step in range(SHADES) for a, b in zip(*ends, strict=True)]
