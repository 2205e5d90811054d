"""``/sync/v1/``: the HTTP interface for tablets and other nodes. JSON only, never a redirect.

A device shows its token, ``Authorization: Bearer <token>``. A locked tablet has nothing but what it has sealed, and
shows ``Authorization: Courier <device>:<proof>``, where the proof is HMAC-SHA256 of ``courier`` under the hash of its
token: with it sealed changes and photos come in, a one-time code opens a forgotten PIN, and nothing else is told.

Every answer carries ``proto``, ``node``, ``epoch`` and ``now``; a client takes anything else for no network.
An answer has the header ``Sync-Request`` as its question had it; a client takes one of another question for none.
"""

from fieldapp.web.sync_api import comparing, counts, download, enrolment, exchange, forms, photos, unlocking
from fieldapp.web.sync_api.base import answer, bp, device_only, fits, named, pack, refuse

__all__ = [
    "answer",
    "bp",
    "comparing",
    "counts",
    "device_only",
    "download",
    "enrolment",
    "exchange",
    "fits",
    "forms",
    "named",
    "pack",
    "photos",
    "refuse",
    "unlocking",
]
