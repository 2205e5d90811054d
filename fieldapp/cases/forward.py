"""Which cases the villages have put forward: those that stood on a list that was signed off, and passed there."""

from __future__ import annotations

from collections.abc import Collection

from fieldapp.cases.lists import lists_of
from fieldapp.cases.signed import unpacked

BASIS = "TT 01/2022/TT-BXD, Phụ lục I"
"""Where it stands that the village votes on its list, which the commune then takes up."""


def put_forward(programme: str, villages: Collection[str]) -> set[str]:
    """The ids of the cases that signed lists of these villages put forward under a programme (its record)."""
    signed = [one for one in lists_of(programme, sorted(villages), "village") if one.state == "signed"]
    said = (unpacked(one.content, one.content_hash) for one in signed)
    return {fate.case for each in said if each is not None for fate in each.fates if fate.stays}
