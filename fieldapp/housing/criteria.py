"""Who may be helped with a house: the criteria of each rule set, one by one, each with its article.

What cannot be known from the survey stays ``None`` and is said so; a person decides. Whether Circular 01/2022 asks for
poor quality *and* too little area, or for either, is read differently; ``both_needed`` is that setting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias

from fieldapp.housing.structures import Answers, Law, area_per_person, has_own_house, parts
from fieldapp.i18n import _l

Difficulty: TypeAlias = Literal["area", "quality", "both", "none"]
Met: TypeAlias = bool | None

QD55_FROM = date(2025, 1, 20)
"""Decision 55/QĐ-BXD, in force from its signing."""
PROGRAMME_START = 2022
"""Circular 01/2022 came into force on 15 August 2022; a household must have split off three years before."""
POOR = ("ngheo",)
POOR_OR_NEAR = ("ngheo", "can_ngheo")
MERIT = {"nguoi_co_cong", "than_nhan_liet_si"}
NOT_RESIDENTIAL = ("dat_rung", "quy_hoach", "tranh_chap", "khong_co")


@dataclass(frozen=True)
class Criterion:
    """One condition: its code, whether it is met (None: not known), a sentence, and the article it comes from."""

    code: str
    met: Met
    text: str
    basis: str


@dataclass(frozen=True)
class Verdict:
    """What a rule set says of a household. ``eligible`` is None while a condition is not known."""

    rule_set: str
    eligible: Met
    criteria: tuple[Criterion, ...]


def law_on(day: date) -> Law:
    """Which text says what a poor house is on a day."""
    return "qd55" if day >= QD55_FROM else "tt01"


def lacks_area(household: Answers, need: Answers, law: Law) -> Met:
    """Too little floor: under 8 m² a person; by Decision 55 under 18 m² alone, or under 30 m² and 8 m² a person."""
    each = area_per_person(household, need)
    if each is None:
        return False if has_own_house(need) is False else None
    if law == "tt01":
        return each < 8
    area = Decimal(need["area_m2"])
    return area < 18 if household["members"] == 1 else area < 30 and each < 8


def lacks_quality(need: Answers, law: Law) -> Met:
    """No house, or a house of which two of three structures are not durable."""
    own = has_own_house(need)
    if own is not True:
        return None if own is None else True
    return parts(need, law).is_flimsy


def is_worn_out(need: Answers, day: date) -> Met:
    """Durable materials, but 20 years or older, never repaired, degraded and unsafe (Decision 55, third criterion)."""
    if has_own_house(need) is not True:
        return False if has_own_house(need) is False else None
    unsafe = _any(need.get("in_danger_of_collapse"), need.get("leaning_or_cracked"))
    built = need.get("built_year")
    old = None if built is None else day.year - built >= 20
    repaired = need.get("was_repaired")
    return _all(old, None if repaired is None else not repaired, unsafe)


def difficulty(household: Answers, need: Answers, day: date | None = None) -> Difficulty | None:
    """The kind of housing difficulty, by the text in force on ``day`` (by default the day of the visit).

    None when the survey does not say enough. A household without a house of its own lacks quality.
    """
    day = day or visited(need)
    law = law_on(day)
    area = lacks_area(household, need, law)
    quality = _any(lacks_quality(need, law), is_worn_out(need, day) if law == "qd55" else False)
    if area is None and quality is None:
        return None
    if area and quality:
        return "both"
    if area or quality:
        return "area" if area else "quality"
    return None if area is None or quality is None else "none"


def visited(need: Answers) -> date:
    """The day of the visit; the last day of a year alone; the first day of the newest text when nothing is known."""
    given = need.get("visited_on")
    if given is None:
        return QD55_FROM
    return date.fromisoformat(given if len(given) == 10 else f"{given}-12-31")


def verdicts(household: Answers, need: Answers, *, both_needed: bool = True) -> tuple[Verdict, ...]:
    """What each rule set says; ``both_needed`` is how Circular 01/2022 is read.

    Emergency support (Decree 20/2021) is not among them: whether a house was swept away is no answer of this survey.
    """
    found = [
        _verdict("gnbv_2022", _gnbv(household, need, both_needed)),
        _verdict("phatdong_2025", _phatdong(household, need)),
        _verdict("dtts_2021", _dtts(household, need)),
        _verdict("ncc_2024", _ncc(household, need)),
        _verdict("xahoihoa_bk", _xahoihoa(household, need)),
    ]
    return tuple(found)


def _verdict(rule_set: str, criteria: tuple[Criterion, ...]) -> Verdict:
    return Verdict(rule_set, _all(*(criterion.met for criterion in criteria)), criteria)


def _gnbv(household: Answers, need: Answers, both_needed: bool) -> tuple[Criterion, ...]:
    basis = "TT 01/2022/TT-BXD Đ.3"
    join: Callable[..., Met] = _all if both_needed else _any
    quality, area = lacks_quality(need, "tt01"), lacks_area(household, need, "tt01")
    if has_own_house(need) is False:
        area = True  # without a house there is no floor to measure, and the lack of one is the whole difficulty
    text = (
        _l("No house or a house that is not durable, and under 8 m² a person")
        if both_needed
        else _l("No house, a house that is not durable, or under 8 m² a person")
    )
    return (
        _is_poor(household, POOR_OR_NEAR, basis),
        Criterion("house", join(quality, area), text, basis),
        Criterion("split_off", _split_off(household), _l("A separate household for three years or more"), basis),
        _never_helped(need, basis),
    )


def _phatdong(household: Answers, need: Answers) -> tuple[Criterion, ...]:
    basis = "QĐ 55/QĐ-BXD"
    day = max(visited(need), QD55_FROM)
    poor_house = _any(lacks_area(household, need, "qd55"), lacks_quality(need, "qd55"), is_worn_out(need, day))
    standing = need.get("must_be_demolished")
    return (
        _is_poor(household, POOR_OR_NEAR, basis),
        Criterion("land", _has_land(need), _l("Residential land without dispute"), basis),
        Criterion("house", poor_house, _l("Too small, not durable, or worn out and unsafe after 20 years"), basis),
        Criterion("may_stand", not standing, _l("Not a house that must be demolished by law"), basis),
        _never_helped(need, basis),
    )


def _dtts(household: Answers, need: Answers) -> tuple[Criterion, ...]:
    basis = "NĐ 28/2022/NĐ-CP"
    return (
        _is_poor(household, POOR, basis),
        Criterion(
            "minority",
            True if is_minority(household) else None,
            _l("An ethnic-minority household, or a Kinh household in an extremely difficult commune or village"),
            basis,
        ),
        _in_difficulty(household, need, basis),
        _never_helped(need, basis),
    )


def _ncc(household: Answers, need: Answers) -> tuple[Criterion, ...]:
    basis = "QĐ 21/2024/QĐ-TTg"
    circumstances = household.get("vulnerable")
    merit = None if circumstances is None else bool(MERIT & set(circumstances))
    text = _l("A member is a person of merit or a relative of a martyr")
    return (
        Criterion("merit", merit, text, basis),
        Criterion("house", lacks_quality(need, "qd55"), _l("No house, or a house that is not durable"), basis),
    )


def _xahoihoa(household: Answers, need: Answers) -> tuple[Criterion, ...]:
    basis = "Chương trình của tỉnh 2021-2025"
    return (
        _is_poor(household, POOR, basis),
        _in_difficulty(household, need, basis),
        _never_helped(need, basis),
    )


def _is_poor(household: Answers, classes: tuple[str, ...], basis: str) -> Criterion:
    given = household.get("poverty_class")
    text = _l("A poor household") if classes == POOR else _l("A poor or near-poor household")
    return Criterion("poor", None if given is None else given in classes, text, basis)


def _never_helped(need: Answers, basis: str) -> Criterion:
    before = need.get("supported_before")
    text = _l("Never helped with its house by any programme")
    return Criterion("never_helped", None if before is None else not before, text, basis)


def _in_difficulty(household: Answers, need: Answers, basis: str) -> Criterion:
    kind = difficulty(household, need)
    text = _l("In difficulty with floor area or quality of the house")
    return Criterion("house", None if kind is None else kind != "none", text, basis)


def _split_off(household: Answers) -> Met:
    split = household.get("split_off")
    if not split:
        return None if split is None else True
    year = household.get("split_off_year")
    return None if year is None else PROGRAMME_START - int(year) >= 3


def _has_land(need: Answers) -> Met:
    status, dispute = need.get("land_status"), need.get("has_land_dispute")
    if status in NOT_RESIDENTIAL or dispute:
        return False
    return None if status is None or dispute is None else True


def is_minority(household: Answers) -> bool:
    """Whether the head is of an ethnic minority; the Kinh, foreigners and the unknown are not."""
    return household.get("ethnic_group") not in (None, "kinh", "nuoc_ngoai", "khong_ro")


def _all(*parts_met: Met) -> Met:
    if any(met is False for met in parts_met):
        return False
    return None if any(met is None for met in parts_met) else True


def _any(*parts_met: Met) -> Met:
    if any(met is True for met in parts_met):
        return True
    return None if any(met is None for met in parts_met) else False
