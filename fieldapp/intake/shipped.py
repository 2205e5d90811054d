"""What the package ships of the rules comes in like anything else: once, and byte for byte the same on every node."""

from __future__ import annotations

from fieldapp.reference import shipped
from sync.journal import Journal


def lacking(here: Journal) -> list[str]:
    """The changes of the package that are not here yet; none costs one look at its chain."""
    texts = shipped.texts()
    return texts[here.acked_seq(shipped.DEVICE) :]
