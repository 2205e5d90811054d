"""What is missing or odd about a record, to be looked at before anybody decides; pure.

The page of a record, the queue and an approval of many at once ask it alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple, TypeAlias

from fieldapp.housing import Assessment, Misfit
from fieldapp.surveys import Finding, check, of_kind
from fieldapp.surveys.alike import distance
from fieldapp.surveys.base import Record

LatLon: TypeAlias = tuple[float, float]
DoubtKind = Literal[
    "no_position", "outside", "far", "no_photo", "photo_elsewhere", "sound_house", "ruling", "score", "missing",
    "unusual", "misfit",
]  # fmt: skip

FAR_M = 5000
"""No house is far from the others of its village below this; the tablet asks by the same rule."""
BORDER_M = 1000
"""The borders are drawn in straight pieces: whoever lives this near to one may lie on its other side."""
ENOUGH = 3
"""Of fewer houses nobody can tell where the village is."""


class Doubt(NamedTuple):
    """One of them.

    ``detail``: for ``outside`` and ``far`` the metres; for ``photo_elsewhere`` the ids of the other records; for
    ``missing`` and ``unusual`` what was found about each question; for ``misfit`` each of them; for ``ruling`` the
    questions and materials that wait for one.
    """

    kind: DoubtKind
    detail: tuple[Any, ...] = ()


@dataclass(frozen=True)
class DoubtInput:
    """What is looked at: a record, its answers, and what is known around it.

    ``outside``: how many metres beyond the border of its commune its position lies.

    ``houses``: the positions of the other houses of its village; ``photos``: of each of its photos that other
    households' records name, which; ``law``: what follows for a housing survey and its household, if both are here.
    """

    survey: type[Record]
    answers: Mapping[str, Any]
    houses: Sequence[LatLon] = ()
    photos: Mapping[str, Sequence[str]] = field(default_factory=dict)
    law: Assessment | None = None
    outside: float = 0
    misfits: Sequence[Misfit] = ()


def doubts(seen: DoubtInput, today: date) -> tuple[Doubt, ...]:
    """What is missing or odd, the gravest first."""
    findings = check(seen.survey, seen.answers, today)
    return (*_sequence(seen), *_position(seen), *_photos(seen, findings), *_law(seen), *_answers(seen, findings))


def _sequence(seen: DoubtInput) -> Iterator[Doubt]:
    if seen.misfits:
        yield Doubt("misfit", tuple(seen.misfits))


def _position(seen: DoubtInput) -> Iterator[Doubt]:
    asked = of_kind(seen.survey.survey, "point")
    points = [seen.answers[each.name] for each in asked if seen.answers.get(each.name)]
    if asked and not points and seen.survey.survey == "household":
        yield Doubt("no_position")
    if seen.outside > BORDER_M:
        yield Doubt("outside", (round(seen.outside),))
    for point in points:
        metres = far_from((float(point["lat"]), float(point["lon"])), seen.houses)
        if metres > FAR_M:
            yield Doubt("far", (round(metres),))


def far_from(point: LatLon, houses: Sequence[LatLon]) -> float:
    """Metres to the nearest of the other houses that lie together; 0 where there are too few to tell."""
    together = _together(houses)
    return min(distance(point, house) for house in together) if len(together) >= ENOUGH else 0


def _together(houses: Sequence[LatLon]) -> list[LatLon]:
    """The houses that make the village: one that is astray itself vouches for nobody."""
    if len(houses) < ENOUGH:
        return list(houses)
    middle = tuple(sorted(house[axis] for house in houses)[(len(houses) - 1) // 2] for axis in (0, 1))
    away = [distance((middle[0], middle[1]), house) for house in houses]
    usual = sorted(away)[int(0.9 * (len(houses) - 1))]
    return [house for house, metres in zip(houses, away, strict=True) if metres <= max(3 * usual, FAR_M)]


def _photos(seen: DoubtInput, findings: Sequence[Finding]) -> Iterator[Doubt]:
    wanted = {finding.question for finding in findings if finding.word in ("required", "at_least")}
    if wanted & {each.name for each in of_kind(seen.survey.survey, "photo")}:
        yield Doubt("no_photo")
    if others := tuple(dict.fromkeys(record for records in seen.photos.values() for record in records)):
        yield Doubt("photo_elsewhere", others)


def _law(seen: DoubtInput) -> Iterator[Doubt]:
    if seen.law is None:
        return
    if seen.answers.get("need_type") == "xay_moi" and not _may_fall(seen.answers) and _is_sound(seen.law):
        yield Doubt("sound_house")
    rulings = [lack for lack in (*seen.law.difficulty.lacks, *seen.law.lacks) if lack.kind == "ruling"]
    if rulings:
        yield Doubt("ruling", tuple(dict.fromkeys((lack.subject, lack.name) for lack in rulings)))
    if "b1_above_limit" in seen.law.doubts:
        yield Doubt("score")


def _may_fall(answers: Mapping[str, Any]) -> bool:
    return any(answers.get(name) for name in ("in_danger_of_collapse", "must_be_demolished"))


def _is_sound(law: Assessment) -> bool:
    """Whether the house is known to be large enough and durable: a new one is asked for all the same."""
    return not law.difficulty.met and not law.difficulty.open


def _answers(seen: DoubtInput, findings: Sequence[Finding]) -> Iterator[Doubt]:
    photos = {each.name for each in of_kind(seen.survey.survey, "photo")}
    missing = tuple(each.question for each in findings if each.word == "required" and each.question not in photos)
    if missing:
        yield Doubt("missing", missing)
    if unusual := tuple(each.message for each in findings if each.word != "required" and each.question not in photos):
        yield Doubt("unusual", unusual)
