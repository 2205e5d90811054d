"""What a signed list said: its sheet and its votes as canonical JSON with a hash, packed to fit into one answer.

Nothing here looks at a record: what was signed is shown and printed again from this text alone, whatever changes later.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from dataclasses import dataclass

import msgspec

LARGEST = 4_000_000
"""So many bytes a packed list may come to; more is no list."""


@dataclass(frozen=True)
class Paper:
    """A list as it is printed. ``heads``: the two columns of lines above the title; ``told``: what stands under it;
    ``groups``: heading and number of columns; ``signs``: who signs, and the hint under it."""

    heads: tuple[tuple[str, ...], tuple[str, ...]]
    title: str
    told: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    signs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ListOutcome:
    """What a list came to for one case. ``agreed`` of ``present``; nothing of both on the list of a commune."""

    case: str
    stays: bool
    agreed: int | None = None
    present: int | None = None
    objections: str | None = None


@dataclass(frozen=True)
class Signed:
    """All that a list said on the day it was signed off."""

    day: str
    paper: Paper
    fates: tuple[ListOutcome, ...]


def packed(signed: Signed) -> tuple[str, str]:
    """The text to keep, and the hash of what it says."""
    said = msgspec.json.encode(signed, order="sorted")
    return base64.b64encode(zlib.compress(said, 9)).decode(), hashlib.sha256(said).hexdigest()


def unpacked(content: str | None, digest: str | None) -> Signed | None:
    """What a kept text says; None where there is none, or where it is not what the hash was made of."""
    try:
        opened = zlib.decompressobj()
        said = opened.decompress(base64.b64decode(content or "", validate=True), LARGEST)
        if not opened.eof or hashlib.sha256(said).hexdigest() != digest:
            return None
        return msgspec.json.decode(said, type=Signed)
    except (binascii.Error, zlib.error, msgspec.DecodeError, ValueError):
        return None
