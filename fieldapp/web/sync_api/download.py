"""The first download: of each record what was kept when it changed, page by page.

A page is the same for all who may see it: it is compressed once, and each answer adds to it what is its own.
"""

from __future__ import annotations

import struct
import threading
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import msgspec
from flask import Response, current_app, request

from fieldapp.people import Areas
from fieldapp.web import asked
from fieldapp.web.sync_api.base import bp, heading, journal, number, send, visitors_only
from fieldapp.web.sync_api.exchange import SNAPSHOT_RECORDS, asked_areas
from sync.feeds import EVERYWHERE
from sync.journal import unpacked

REMEMBERED = 64
"""So many pages are at hand for who asks next: some 200 KB each."""

_GZIP = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"  # no name, no time (RFC 1952)
_packing = threading.Lock()


@dataclass(frozen=True)
class Beginning:
    """The beginning of an answer, packed so that more can follow, with its checksum and size before it was packed."""

    packed: bytes
    checksum: int
    size: int

    def ended(self, rest: bytes) -> bytes:
        """The whole answer as gzip."""
        machine = _machine()
        end = struct.pack("<LL", zlib.crc32(rest, self.checksum), (self.size + len(rest)) & 0xFFFFFFFF)
        return self.packed + machine.compress(rest) + machine.flush() + end


@bp.get("/snapshot")
@visitors_only
def snapshot() -> Response:
    """The first download: the state of every record of an area, by pages, and the position it stands for."""
    here = journal()
    areas = asked_areas()
    limit = max(1, number("limit", SNAPSHOT_RECORDS, SNAPSHOT_RECORDS))
    place = PageStart(areas, asked.query.text("page") or None, limit)
    position = here.position(areas)
    if not request.accept_encodings["gzip"]:
        texts, next_page = here.snapshot(*place)
        return send(_begun(texts) + _rest(next_page, position))
    with _packing:  # who asks for the same page meanwhile finds it packed
        beginning, next_page = _known(place) or _page(place)
    response = send(beginning.ended(_rest(next_page, position)))
    response.headers["Content-Encoding"] = "gzip"
    return response


def _rest(next_page: str | None, position: int) -> bytes:
    """What of an answer comes after its records."""
    return b"," + msgspec.json.encode({**heading(), "next_page": next_page, "position": position})[1:]


class PageStart(NamedTuple):
    """Where a page begins, and how long it is."""

    areas: Areas
    after: str | None
    limit: int


def _known(place: PageStart) -> tuple[Beginning, str | None] | None:
    """A page of a single village, as it was packed when anything in this village changed last."""
    if place.areas is None or len(place.areas) != 1 or place.areas == EVERYWHERE:
        return None  # what is in no village yet is in no feed, so no position tells that it is another
    (area,) = place.areas
    return _at_hand()(place, heading()["epoch"], journal().end_of(area))


def _at_hand() -> Callable[[PageStart, str, int], tuple[Beginning, str | None]]:
    """The pages that this application has told last. One is the same while the feed of its village ends where it does:
    all that makes it another is fed to the village."""

    def page(place: PageStart, _epoch: str, _end: int) -> tuple[Beginning, str | None]:
        return _page(place)

    if __name__ not in current_app.extensions:
        current_app.extensions[__name__] = lru_cache(maxsize=REMEMBERED)(page)
    found: Callable[[PageStart, str, int], tuple[Beginning, str | None]] = current_app.extensions[__name__]
    return found


def _page(place: PageStart) -> tuple[Beginning, str | None]:
    texts, next_page = journal().snapshot(*place)
    return _packed(tuple(texts)), next_page


@lru_cache(maxsize=REMEMBERED)
def _packed(texts: tuple[bytes, ...]) -> Beginning:
    begun, machine = _begun(texts), _machine()
    packed = machine.compress(begun) + machine.flush(zlib.Z_FULL_FLUSH)  # nothing after it looks back into it
    return Beginning(_GZIP + packed, zlib.crc32(begun), len(begun))


def _begun(texts: Sequence[bytes]) -> bytes:
    return b'{"records":[' + b",".join(unpacked(texts)) + b"]"


def _machine() -> zlib._Compress:
    return zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
