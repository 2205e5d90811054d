"""What the law finds of a household, in words."""

from __future__ import annotations

from fieldapp.housing.assessment import Difficulty
from fieldapp.i18n import _, _l

DIFFICULTIES = {
    "no_house": _l("No house of its own"),
    "area": _l("Too little floor area"),
    "quality": _l("The house is not durable"),
}
NO_CLASS = _l("Not a poor or near-poor household")


def difficulties(found: Difficulty) -> list[str]:
    """Each kind of difficulty a household has, and each that is not known; that it has none where there is neither."""
    said = [str(DIFFICULTIES[kind]) for kind in found.met]
    said += [_("%(what)s: not known yet", what=DIFFICULTIES[kind]) for kind in found.open]
    return said or [_("No housing difficulty")]
