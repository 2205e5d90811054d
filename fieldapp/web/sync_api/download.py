"""The first download: of each record what was kept when it changed, page by page.

A page is the same for all who may see it: it is compressed once, and each answer adds to it what is its own.
"""

from __future__ import annotations

import struct
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec
from flask import Response, request

from fieldapp.web import asked
from fieldapp.web.sync_api.door import bp, device_only, heading, journal, number, send
from fieldapp.web.sync_api.exchange import SNAPSHOT_RECORDS, asked_areas
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
@device_only
def snapshot() -> Response:
    """The first download: the state of every record of an area, by pages, and the position it stands for."""
    here = journal()
    areas = asked_areas()
    position = here.position(areas)
    limit = max(1, number("limit", SNAPSHOT_RECORDS, SNAPSHOT_RECORDS))
    texts, next_page = here.snapshot(areas, asked.query.text("page") or None, limit)
    return _sent(tuple(texts), {"next_page": next_page, "position": position})


def _sent(texts: tuple[bytes, ...], told: dict[str, str | int | None]) -> Response:
    rest = b"," + msgspec.json.encode({**heading(), **told})[1:]
    if not request.accept_encodings["gzip"]:
        return send(_begun(texts) + rest)
    with _packing:  # who asks for the same page meanwhile finds it packed
        beginning = _packed(texts)
    response = send(beginning.ended(rest))
    response.headers["Content-Encoding"] = "gzip"
    return response


@lru_cache(maxsize=REMEMBERED)
def _packed(texts: tuple[bytes, ...]) -> Beginning:
    begun, machine = _begun(texts), _machine()
    packed = machine.compress(begun) + machine.flush(zlib.Z_FULL_FLUSH)  # nothing after it looks back into it
    return Beginning(_GZIP + packed, zlib.crc32(begun), len(begun))


def _begun(texts: Sequence[bytes]) -> bytes:
    return b'{"records":[' + b",".join(unpacked(texts)) + b"]"


def _machine() -> zlib._Compress:
    return zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
