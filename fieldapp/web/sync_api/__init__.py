"""``/sync/v1/``: the door for devices. Bearer tokens, JSON only, never a redirect.

Every answer carries ``proto``, ``node``, ``epoch`` and ``now``; a client takes anything else for no network.
"""

from fieldapp.web.sync_api import comparing, counts, enrolment, exchange, forms, photos, unlocking
from fieldapp.web.sync_api.door import answer, bp, device_only, fits, pack, refuse

__all__ = [
    "answer",
    "bp",
    "comparing",
    "counts",
    "device_only",
    "enrolment",
    "exchange",
    "fits",
    "forms",
    "pack",
    "photos",
    "refuse",
    "unlocking",
]
