"""A case is made from a need by one press; what stands against it is told first, with its article."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp import housing, intake, review
from fieldapp.db import db
from fieldapp.facts.case_story import GIVEN_UP
from fieldapp.housing import Assessment
from fieldapp.housing.objections import Objection, to_helping
from fieldapp.intake import Receipt
from fieldapp.people import Account
from fieldapp.places import lineage
from fieldapp.problems import CaseThere, NeedGone, NoSuchProgramme, WarnedCase
from fieldapp.reference import Programme
from fieldapp.reference.current import current_rules
from fieldapp.reference.naming import id_of_code
from fieldapp.surveys import Household, HousingNeed, SupportCase, questions
from fieldapp.surveys.base import Record

_SPACE = uuid.UUID("6669656c-6461-5070-8000-737570706f72")
ASIDE = "khong"
TARGETS = {
    "ncc_2024": "nguoi_co_cong",
    "phatdong_2025": "phat_dong",
    "gnbv_2022": "hai_ctmtqg",
    "dtts_2021": "hai_ctmtqg",
}


def case_id(need: str, programme: str) -> str:
    """The id of the case of a need under a programme: drawn from both, so that two offices that propose the household
    apart make one case."""
    return str(uuid.uuid5(_SPACE, f"{need}/{programme}"))


class Offer(NamedTuple):
    """A programme a need may be proposed under: what stands against it, and whether there is such a case already."""

    programme: Programme
    warnings: list[Objection]
    made: bool


def offers(need: HousingNeed, on: date) -> list[Offer]:
    """Every programme there is, on a day."""
    household = db.session.get(Household, need.household or "")
    answers = _answers(household) if household else {}
    places = lineage.current().known(answers.get("village"))
    found = housing.assess(answers, _answers(need), rules=current_rules(db.session()), places=places, day=on)
    return offers_by(need, found, approved=review.status_of(need) == "approved")


def offers_by(need: HousingNeed, found: Assessment, *, approved: bool) -> list[Offer]:
    """The same, by what the law says of the household and its house on that day."""
    unseen = [] if approved else [Objection("need_not_approved")]
    there = _cases_of(need.household)
    return [
        Offer(
            one.programme,
            [*_second(there, case_id(need.id, one.code)), *unseen, *to_helping(one)],
            case_id(need.id, one.code) in there,
        )
        for one in found.verdicts
    ]


def warnings_of(need: HousingNeed, programme: str, on: date) -> list[Objection]:
    """What stands against proposing this need under a programme (its code) on a day.

    :raises NoSuchProgramme: there is none.
    """
    found = next((one for one in offers(need, on) if one.programme.code == programme), None)
    if found is None:
        raise NoSuchProgramme()
    return found.warnings


def _cases_of(household: str | None) -> dict[str, str]:
    """The state of each case of a household, by id."""
    table = SupportCase.__table__
    query = sa.select(table.c.id, table.c.state).where(table.c.household == household, sa.not_(table.c.withdrawn))
    return {row.id: row.state or "" for row in db.session.execute(query)}


def _second(there: Mapping[str, str], own: str) -> list[Objection]:
    others = [id for id, state in there.items() if id != own and state not in GIVEN_UP]
    return [Objection("second_case", "TT 01/2022/TT-BXD Đ.3")] if others else []


def _answers(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in questions(type(record))}


def propose(
    need: HousingNeed,
    programme: str,
    *,
    on: date,
    account: Account,
    reason: str = "",
    known: Collection[str] = (),
) -> tuple[str, Receipt]:
    """Make the case of a need under a programme, by its code. The caller holds the writer's place and commits.

    :param reason: why it is gone on with against ``known``, the codes of the warnings that the person has seen.
    :returns: the id of the case, and what became of the change.
    :raises WarnedCase: something stands against it that was not seen, or no reason was given.
    :raises NeedGone, CaseThere, NoSuchProgramme: there is nothing to propose; it was proposed before.
    """
    if need.withdrawn or not need.household or need.need_type in (None, ASIDE):
        raise NeedGone()
    record = case_id(need.id, programme)
    if db.session.get(SupportCase, record) is not None:
        raise CaseThere()
    warnings = {one.code for one in warnings_of(need, programme, on)}
    if warnings and not (reason.strip() and warnings <= set(known)):
        raise WarnedCase()
    answers = {
        "household": need.household,
        "need": need.id,
        "programme": id_of_code("programme", programme),
        "need_type": need.need_type,
        "proposed_on": on.isoformat(),
        "target_group": TARGETS.get(programme),
        "state": "proposed",
        "state_on": on.isoformat(),
        "overridden": sorted(warnings) or None,
        "override_reason": reason.strip() or None if warnings else None,
    }
    given = {name: value for name, value in answers.items() if value is not None}
    return record, intake.save("support_case", record, given, account=account)
