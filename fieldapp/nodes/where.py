"""Where a village lies and what it is called, even one that only a batch file has told of yet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fieldapp import places
from fieldapp.nodes import directory
from fieldapp.places import village_id

_AREA = re.compile(r"(\d{4})\.(\d{5})\.\d{3}")


def names_of(area: str) -> frozenset[str]:
    """All by which a village may be chosen: its id, its commune's code of today, and each code with its vintage."""
    parts, now = _AREA.fullmatch(area), places.known_commune(area)
    if parts is None or now is None:
        return frozenset([area])
    return frozenset([area, now.code, f"{now.code}@{now.vintage}", f"{parts[2]}@{parts[1]}"])


def villages_told(names: Mapping[str, Any]) -> dict[str, str]:
    """The names of villages by their ids, of what a directory says."""
    listed = directory.read(names).villages
    return {village_id(vintage, code, number): name for vintage, code, number, name in listed}
