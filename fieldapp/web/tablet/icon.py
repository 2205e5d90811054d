"""The picture of the app on the home screen."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

TEAL, PAPER = "#0b5d4b", "#ffffff"


def icon(size: int) -> bytes:
    """A white house with a tick in its door, drawn at four times the size so that its edges are smooth."""
    unit = size * 4 / 100
    image = Image.new("RGB", (size * 4, size * 4), TEAL)
    draw = ImageDraw.Draw(image)
    draw.polygon([(x * unit, y * unit) for x, y in ((50, 20), (84, 50), (16, 50))], fill=PAPER)
    draw.rectangle([25 * unit, 48 * unit, 75 * unit, 80 * unit], fill=PAPER)
    draw.line([(x * unit, y * unit) for x, y in ((37, 62), (47, 72), (65, 54))], fill=TEAL, width=round(6 * unit))
    buffer = io.BytesIO()
    image.resize((size, size), Image.Resampling.LANCZOS).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
