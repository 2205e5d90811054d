"""Rules in words, for pages: a criterion as a sentence, a day, a span of days."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

from fieldapp import vietnamese as vn
from fieldapp.i18n import _
from fieldapp.surveys import choices as lists

MATERIALS = {
    "floor": ("floor_material",),
    "post": ("frame_material",),
    "frame": ("frame_material",),
    "wall": ("wall_material",),
    "roof": ("roof_material",),
    "roof_frame": ("roof_frame", "frame_material"),
}
"""The code lists in which the materials of a part of the house are."""


def criterion(answers: Mapping[str, Any], language: str) -> str:
    """``Diện tích dưới 8 m² mỗi người``, from the answers of a criterion."""
    sentence = lists.label("criterion", answers.get("criterion") or "", language)
    number, law = answers.get("number"), answers.get("law")
    named = [lists.label("programme", code, language) for code in answers.get("programmes") or ()]
    return (
        sentence.replace("%n%", vn.show_decimal(str(number)) if number is not None else "…")
        .replace("%law%", lists.label("rule_law", law, language) if law else "…")
        .replace("%programmes%", ", ".join(named) or "…")
    )


def material(part: str | None, code: str | None, language: str) -> str:
    """The name of a material of a part of the house, or where none is said, of any; an unknown code as it is."""
    for name in MATERIALS.get(part, ()) if part else dict.fromkeys(chain(*MATERIALS.values())):
        if _known(name) and (found := lists.choice(name, code or "")):
            return found.label(language)
    return code or ""


def materials(part: str, language: str) -> list[tuple[str, str]]:
    """Code and name of every material of a part of the house."""
    name = next((name for name in MATERIALS.get(part, ()) if _known(name)), "")
    return [(one.code, one.label(language)) for one in lists.offered(name)] if name else []


def _known(name: str) -> bool:
    try:
        return bool(lists.choices(name))
    except KeyError:
        return False


def span(first: str | None, last: str | None) -> str:
    """From when until when a rule holds."""
    if first and last:
        return _("from %(first)s to %(last)s", first=vn.show_date(first), last=vn.show_date(last))
    if first:
        return _("from %(first)s on", first=vn.show_date(first))
    if last:
        return _("until %(last)s", last=vn.show_date(last))
    return _("always")
