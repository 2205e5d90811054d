"""The parts of a house, and which of them are durable by which law.

The laws group the parts that are surveyed differently:

- Circular 01/2022 (Articles 3-4), Decision 55/2025, Decree 131/2021: floor and foundation · frame and walls · roof
- Decree 07/2021 (indicator 7) and the statistics office: posts · walls · roof

A roof is its support and its covering. A wall that bears the roof, without posts, is the frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from fieldapp.housing.case import NEED
from fieldapp.housing.found import Answers, CriterionResult, Lack, every, unanswered
from fieldapp.reference import RulesOn
from fieldapp.surveys import choices

NO_POSTS = "khong_cot"
BEARS_ITSELF = ("be_tong", "ton_chac")
"""A concrete slab needs no support, and the second code says by its wording that its support is sturdy."""
QUESTIONS = {
    "floor": "floor_material",
    "post": "post_material",
    "wall": "wall_material",
    "roof": "roof_material",
    "roof_frame": "roof_frame",
}
LISTS = {**QUESTIONS, "post": "frame_material"}
"""The code list of each part's materials."""


@dataclass(frozen=True, eq=False)
class Parts:
    """Three structures, each durable, not durable, or not known."""

    named: Mapping[str, CriterionResult]

    @property
    def durable(self) -> int:
        """How many of the three are durable."""
        return sum(part.met is True for part in self.named.values())

    @property
    def not_durable(self) -> int:
        """How many are not."""
        return sum(part.met is False for part in self.named.values())

    @cached_property
    def flimsy(self) -> CriterionResult:
        """Whether two of the three are not durable."""
        bad = [part for part in self.named.values() if part.met is False]
        unknown = [part for part in self.named.values() if part.met is None]
        because = tuple(dict.fromkeys(name for part in self.named.values() for name in part.because))
        if len(bad) >= 2:
            return CriterionResult(True, tuple(dict.fromkeys(name for part in bad for name in part.because)))
        if len(bad) + len(unknown) < 2:
            return CriterionResult(False, because)
        return CriterionResult(None, because, tuple(dict.fromkeys(lack for part in unknown for lack in part.lacks)))


def parts(need: Answers, rules: RulesOn, law: str) -> Parts:
    """The three structures by one law: ``tt01``, ``qd55``, ``nd131``; ``nd07`` looks at posts, walls and roof."""
    key = (law, *(need.get(question) for question in QUESTIONS.values()))
    found: Parts | None = rules.remembered.get(key)
    if found is None:
        found = rules.remembered[key] = _parts(need, rules, law)
    return found


def _parts(need: Answers, rules: RulesOn, law: str) -> Parts:
    posts, walls = _posts(need, rules, law), _material(need, rules, law, "wall")
    roof = _roof(need, rules, law)
    if law == "nd07":
        return Parts({"posts": posts, "walls": walls, "roof": roof})
    return Parts({"floor": _material(need, rules, law, "floor"), "frame": every(posts, walls), "roof": roof})


def house_type_gso(need: Answers, rules: RulesOn) -> str | None:
    """The statistics office's type, ``1`` permanent to ``4`` simple, by how many of posts, walls, roof are durable."""
    found = parts(need, rules, "nd07")
    return None if found.durable + found.not_durable < 3 else str(4 - found.durable)


def _posts(need: Answers, rules: RulesOn, law: str) -> CriterionResult:
    if need.get("post_material") == NO_POSTS:
        return _material(need, rules, law, "wall")
    return _material(need, rules, law, "post")


def _roof(need: Answers, rules: RulesOn, law: str) -> CriterionResult:
    covering = _material(need, rules, law, "roof")
    if need.get("roof_frame") is None and need.get("roof_material") in BEARS_ITSELF:
        return covering
    return every(covering, _material(need, rules, law, "roof_frame"))


def _material(need: Answers, rules: RulesOn, law: str, part: str) -> CriterionResult:
    question = QUESTIONS[part]
    material = need.get(question)
    if material is None:
        return unanswered(NEED, question)
    durable = rules.durable(law, part, material)
    if durable is None:
        durable = _of_own_file(part, material, law)
    lacks = (Lack("ruling", question, material),) if durable is None else ()
    return CriterionResult(durable, (question,), lacks)


def _of_own_file(part: str, material: str, law: str) -> bool | None:
    """What a province's own code lists ruled before rulings were records."""
    choice = choices.choice(LISTS[part], material)
    if choice is None:
        return None
    return choice.durable_tt01 if law == "tt01" else choice.durable_qd55
