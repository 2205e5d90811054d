"""The parts of a house, and which of them are durable by which law.

The laws group the four parts that are surveyed differently:

- Circular 01/2022 (Articles 3-4) and Decision 55/2025: floor and foundation · frame and walls · roof
- Decree 07/2021 (indicator 7) and the statistics office: posts · walls · roof
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any, Literal, TypeAlias

from fieldapp.surveys import choices as lists

Answers: TypeAlias = Mapping[str, Any]
Law: TypeAlias = Literal["tt01", "qd55"]
Durable: TypeAlias = bool | None
"""None: not answered, or a material that neither the law nor the province has ruled on."""

MATERIALS = {
    "floor_material": "floor_material",
    "post_material": "frame_material",
    "wall_material": "wall_material",
    "roof_material": "roof_material",
}
"""Question and code list of each part."""
OWN_HOUSE = ("nha_rieng", "leu_tam")


@dataclass(frozen=True)
class Parts:
    """Three structures, each durable, not durable, or not known; ``unruled`` names materials nobody has ruled on."""

    named: Mapping[str, Durable]
    unruled: tuple[str, ...] = ()

    @property
    def durable(self) -> int:
        """How many of the three are durable."""
        return sum(part is True for part in self.named.values())

    @property
    def not_durable(self) -> int:
        """How many are not. A material nobody has ruled on counts here, until the province says it is durable."""
        return sum(part is False for part in self.named.values())

    @property
    def is_flimsy(self) -> bool | None:
        """Whether two of the three are not durable; None when too little is known to say."""
        if self.not_durable >= 2:
            return True
        unknown = sum(part is None for part in self.named.values())
        return False if self.not_durable + unknown < 2 else None


def has_own_house(need: Answers) -> bool | None:
    """Whether the household has a house of its own, a shed included; None when that was not answered."""
    where = need.get("has_house")
    return None if where is None else where in OWN_HOUSE


def parts(need: Answers, law: Law) -> Parts:
    """The three structures by Circular 01/2022 (``tt01``) or Decision 55/2025 (``qd55``)."""
    floor, post, wall, roof = (_durable(need, question, law) for question in MATERIALS)
    named = {"floor": floor, "frame": _both(post, wall), "roof": roof}
    return Parts(named, unruled(need, law))


def parts_nd07(need: Answers) -> Parts:
    """Posts, walls and roof, as Decree 07/2021 looks at them (indicator 7)."""
    _, post, wall, roof = (_durable(need, question, "qd55") for question in MATERIALS)
    return Parts({"posts": post, "walls": wall, "roof": roof}, unruled(need, "qd55"))


def house_type_gso(need: Answers) -> str | None:
    """The statistics office's type, ``1`` permanent to ``4`` simple, by how many of posts, walls, roof are durable."""
    found = parts_nd07(need)
    if None in found.named.values():
        return None
    return str(4 - found.durable)


def unruled(need: Answers, law: Law) -> tuple[str, ...]:
    """The questions answered with a material that neither the law nor the province has ruled on."""
    return tuple(
        question
        for question, name in MATERIALS.items()
        if need.get(question) is not None and _ruling(name, need[question], law) is None
    )


def area_per_person(household: Answers, need: Answers) -> Decimal | None:
    """Square metres a person, cut to the hundredth, so that 7,996 is still under 8.

    None when area or people are not known, or there is no house to measure.
    """
    area, persons = need.get("area_m2"), household.get("members")
    if area is None or not persons or not has_own_house(need):
        return None
    return (Decimal(area) / int(persons)).quantize(Decimal("0.01"), ROUND_DOWN)


def _durable(need: Answers, question: str, law: Law) -> Durable:
    material = need.get(question)
    return None if material is None else bool(_ruling(MATERIALS[question], material, law))


def _ruling(name: str, material: str, law: Law) -> Durable:
    choice = lists.choice(name, material)
    if choice is None:
        return None
    return choice.durable_tt01 if law == "tt01" else choice.durable_qd55


def _both(one: Durable, other: Durable) -> Durable:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True
