"""Everything the law says of one household and its house on one day, under the rules there are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, TypeAlias

from fieldapp.housing import criteria, order
from fieldapp.housing.case import Situation, area_per_person
from fieldapp.housing.durability import Parts, house_type_gso, parts
from fieldapp.housing.found import Answers, CriterionResult, Lack
from fieldapp.housing.order import RankedPlace
from fieldapp.housing.programmes import ProgrammeVerdict, verdicts
from fieldapp.reference import NEED_TYPES, Rules

RURAL = "2"
Order: TypeAlias = Literal["general", "merit"]


@dataclass(frozen=True)
class Difficulty:
    """The kinds of housing difficulty: ``no_house``, ``area``, ``quality``.

    ``open`` are those not known, ``lacks`` what would make them known. A household without a house lacks that, and
    neither area nor quality.
    """

    met: tuple[str, ...]
    open: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()


class Assessment:
    """What follows from the answers, the places and the rules on ``day``. Computed, never typed; each when asked for.

    ``day`` is the day asked about; ``law`` the text in force on the day of the visit, by which difficulty is told.
    """

    def __init__(self, case: Situation, then: Situation) -> None:
        self.day = case.day
        self.law = criteria.house.law_on(then.day)
        self._case = case
        self._then = then

    def parts(self, law: str) -> Parts:
        """The three structures of the house by a law: ``tt01``, ``qd55``, ``nd131`` or ``nd07``."""
        return parts(self._case.need, self._case.rules, law)

    @property
    def house_type_gso(self) -> str | None:
        """The statistics office's type of house."""
        return house_type_gso(self._case.need, self._case.rules)

    @property
    def area_per_person(self) -> Decimal | None:
        """Square metres a person."""
        return area_per_person(self._case.household, self._case.need)

    @cached_property
    def difficulty(self) -> Difficulty:
        """The kinds of housing difficulty."""
        return difficulty(self._then)

    @cached_property
    def verdicts(self) -> tuple[ProgrammeVerdict, ...]:
        """What every programme says."""
        return verdicts(self._case)

    @cached_property
    def general(self) -> RankedPlace:
        """Where the household stands by Circular 01/2022."""
        return order.general(self._case)

    @cached_property
    def merit(self) -> RankedPlace:
        """Where it stands among people of merit."""
        return order.merit(self._case)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What does not fit together."""
        return doubts(self._case)

    @property
    def eligible(self) -> dict[str, bool | None]:
        """By the code of each programme, whether it may help."""
        return {verdict.code: verdict.eligible for verdict in self.verdicts}

    @property
    def lacks(self) -> tuple[Lack, ...]:
        """What eligibility in an open programme hangs on."""
        return tuple(dict.fromkeys(lack for verdict in self.verdicts for lack in verdict.lacks))


def assess(
    household: Answers, need: Answers, *, rules: Rules, places: Collection[str] = (), day: date | None = None
) -> Assessment:
    """Apply the law to one household and its housing need.

    :param places: what the household lies in: ``code@vintage`` of commune and district, of every list known, and the id
        of its village.
    :param day: the day whose rules apply; by default the day of the visit. Difficulty is by the day of the visit.
    """
    seen = visited(need)
    on = rules.on(day or seen or date.max)
    case = Situation(household, need, places, on)
    then = case if seen in (None, on.day) else Situation(household, need, places, rules.on(seen))
    return Assessment(case, then)


def rank_key(assessment: Assessment, by: Order = "general") -> str:
    """Text by which lists are sorted, bytewise: whose turn is first comes first."""
    return (assessment.merit if by == "merit" else assessment.general).key


def visited(need: Answers) -> date | None:
    """The day of the visit; the last day of a year alone; None where it was not answered."""
    given = need.get("visited_on")
    return None if given is None else date.fromisoformat(given if len(given) == 10 else f"{given}-12-31")


def difficulty(case: Situation) -> Difficulty:
    """The kinds of difficulty by the text in force on the day of the case."""
    none = case.no_house()
    if none.met is not False:
        return Difficulty(("no_house",)) if none.met else Difficulty((), ("no_house", "area", "quality"), none.lacks)
    found: dict[str, CriterionResult] = {
        "area": criteria.house.lacks_area(case),
        "quality": criteria.house.lacks_quality(case),
    }
    return Difficulty(
        tuple(kind for kind, one in found.items() if one.met),
        tuple(kind for kind, one in found.items() if one.met is None),
        tuple(dict.fromkeys(lack for one in found.values() if one.met is None for lack in one.lacks)),
    )


def doubts(case: Situation) -> tuple[str, ...]:
    """What does not fit together: ``b1_above_limit``, a poor or near-poor household above the score of its place."""
    score = case.household.get("b1_score")
    rural = case.status("urban").met is False or case.household.get("area_type") == RURAL
    limit = case.number("b1_rural" if rural else "b1_urban")
    if score is None or limit is None or not criteria.household.poor_or_near(case).met:
        return ()
    return ("b1_above_limit",) if int(score) > limit else ()


def as_json(found: Assessment) -> dict[str, Any]:
    """An assessment as a program may read it: the shape of ``fieldapp law try --format json``."""
    return {
        "difficulty": list(found.difficulty.met),
        "difficulty_not_known": list(found.difficulty.open),
        "class": {"main": found.general.main, "sub": found.general.sub, "order": found.general.key},
        "merit": {"main": found.merit.main, "order": found.merit.key},
        "programmes": {verdict.code: _verdict_json(verdict) for verdict in found.verdicts},
    }


def _verdict_json(verdict: ProgrammeVerdict) -> dict[str, Any]:
    norms = {name: verdict.norms.get(need_type) for need_type, name in NEED_TYPES.items()}
    meanings = [norm.meaning for norm in norms.values() if norm]
    return {
        "state": verdict.state,
        "eligible": verdict.eligible,
        "criteria": [
            {"code": one.criterion.word, "part": one.part, "met": one.found.met, "basis": one.criterion.legal_basis}
            for one in verdict.judged
        ],
        "lacks": [list(lack) for lack in verdict.lacks],
        "norm": {
            **{name: norm.amount if norm else None for name, norm in norms.items()},
            "meaning": meanings[0] if meanings else None,
        },
    }
