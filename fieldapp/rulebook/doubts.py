"""What is wrong with a rule, and what is asked about it, before it is saved: a sentence each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import combinations
from typing import Any

import sqlalchemy as sa

from fieldapp import places
from fieldapp.db import db
from fieldapp.i18n import _, language, ngettext
from fieldapp.places import Village
from fieldapp.reference import wording
from fieldapp.rulebook.drafts import RuleDraft, records_after, with_codes
from fieldapp.surveys import SURVEYS, Decision
from sync import WITHDRAWN

ONCE: dict[str, tuple[str, ...]] = {
    "programme_norm": ("programme", "need_type"),
    "material_ruling": ("part", "material", "law"),
    "place_status": ("place", "status"),
    "threshold": ("code",),
    "budget": ("programme", "budget_year", "fund_source", "place"),
    "approval_chain": ("step",),
    "signer": ("office", "mode"),
}
"""Of these only one can hold on a day: the questions by which two are about the same thing."""
NUMBERED = ("area_under", "area_under_alone", "area_under_family", "worn_out", "split_off")
"""The words of criteria that need a number above nothing."""
WITH_A_HOUSE = frozenset(
    ["not_durable", "area_under", "area_under_alone", "area_under_family", "worn_out", "temporary_or_badly_damaged"]
)
APART = [
    *(frozenset({"no_house", word}) for word in WITH_A_HOUSE),
    frozenset({"area_under_alone", "area_under_family"}),
    frozenset({"house_lost", "damaged_in_disaster"}),
    frozenset({"house_lost", "worn_out"}),
]
"""Pairs of criteria that no household meets together."""
BY_STATUS = {
    "in_poor_district": ("poor_district",),
    "in_difficult_place": ("difficult_commune", "difficult_village", "zone_3"),
    "in_disaster_area": ("disaster_area",),
}


def refusals(draft: RuleDraft) -> list[str]:
    """What keeps it from being saved."""
    if WITHDRAWN in draft.answers:
        return []
    return [*_known_already(draft), *_strange_place(draft), *_two_at_once(draft), *_never_met(draft)]


def questions_about(draft: RuleDraft) -> list[str]:
    """What is asked first: it can be meant."""
    return [*_decided_under(draft), *_belongs(draft), *_of_no_place(draft)]


def _known_already(draft: RuleDraft) -> Iterator[str]:
    if draft.row() is None:
        return
    row = draft.row()
    if not draft.heads and row is not None and not row.withdrawn:
        yield _("There is such a rule already. Open that one and correct it.")


def _strange_place(draft: RuleDraft) -> Iterator[str]:
    place = draft.after().get("place")
    if draft.survey in ("place_status", "office", "budget") and place and not is_place(place):
        yield _(
            "%(place)s is on none of the lists of places here. Write the code and the year, such as 060@2023, "
            "or the id of a village; or take the list in first.",
            place=place,
        )


def is_place(place: str) -> bool:
    """Whether ``060@2023`` or a village is on a list here."""
    if found := re.fullmatch("([0-9]{2,5})@([0-9]{4})", place):
        return places.place(int(found[2]), found[1]) is not None
    return db.session.get(Village, place) is not None


def _two_at_once(draft: RuleDraft) -> Iterator[str]:
    about = ONCE.get(draft.survey)
    if about is None:
        return
    after = draft.after()
    table = SURVEYS[draft.survey].__table__
    same = [table.c[name].is_not_distinct_from(after.get(name)) for name in about]
    query = sa.select(table).where(*same, table.c.id != draft.record, table.c.withdrawn.is_(sa.false()))
    for other in db.session.execute(query).mappings():
        if _meet(after, dict(other)):
            yield _(
                "For the same thing another rule holds %(span)s, and only one can hold on a day. "
                "End that one first, or choose other days.",
                span=wording.span(other["from_on"], other["to_on"]),
            )


def _meet(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    first, last = _days(one)
    begins, ends = _days(other)
    return first <= ends and begins <= last


def _days(rule: Mapping[str, Any]) -> tuple[str, str]:
    return rule.get("from_on") or "0", rule.get("to_on") or "9"


def _never_met(draft: RuleDraft) -> Iterator[str]:
    if draft.survey != "programme_criterion":
        return
    after, records = draft.after(), records_after(draft)
    number = after.get("number")
    if after.get("criterion") in NUMBERED and (number is None or Decimal(number) <= 0):
        yield _("“%(criterion)s” can never be met: it needs a number above nothing.", criterion=_worded(after))
    programme = with_codes(draft.survey, after)["programme"]
    yield from never_met([one for one in records["programme_criterion"] if one["programme"] == programme])


def never_met(criteria: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A sentence for each two parts of a programme that no household can meet together."""
    parts: dict[int, list[Mapping[str, Any]]] = {}
    for one in criteria:
        parts.setdefault(one["part"] or 0, []).append(one)
    for some, others in combinations(parts.values(), 2):
        if all(frozenset({one["criterion"], other["criterion"]}) in APART for one in some for other in others):
            yield _(
                "No household can meet both “%(one)s” and “%(other)s”, and the programme asks for both. "
                "Put them into one part if either is enough.",
                one=_worded(some[0]),
                other=_worded(others[0]),
            )


def _worded(criterion: Mapping[str, Any]) -> str:
    return wording.criterion(criterion, language())


def _decided_under(draft: RuleDraft) -> Iterator[str]:
    if draft.row() is None:
        return
    count = decided()
    if count:
        yield ngettext(
            "%(n)s approval was given while this rule held. It stays as it was decided, under the rules of its day.",
            "%(n)s approvals were given while this rule held. They stay as they were decided, under the rules of their "
            "day.",
            count,
        )


def decided() -> int:
    """How many approvals that stand were given under rules that were kept with them."""
    given = sa.and_(Decision.verdict == "approve", sa.not_(Decision.withdrawn), Decision.rules.is_not(None))
    return db.session.scalar(sa.select(sa.func.count()).select_from(Decision).where(given)) or 0


def _belongs(draft: RuleDraft) -> Iterator[str]:
    if draft.survey != "programme" or not draft.takes_back:
        return
    code = draft.before().get("code")
    if any(one["programme"] == code for one in records_after(draft)["programme_criterion"]):
        yield _("Its criteria and amounts stay, and count for nothing while the programme is taken back.")


def _of_no_place(draft: RuleDraft) -> Iterator[str]:
    after = draft.after()
    wanted = BY_STATUS.get(after.get("criterion") or "", ()) if draft.survey == "programme_criterion" else ()
    if wanted and not any(one["status"] in wanted for one in records_after(draft)["place_status"]):
        yield _("“%(criterion)s” is known of nobody: no place has such a status yet.", criterion=_worded(after))
