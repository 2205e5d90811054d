"""The support of a household, on its page and on that of its need: its cases, and how to make one."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from fieldapp import cases
from fieldapp.db import Prepared
from fieldapp.facts.tables import CaseFact
from fieldapp.review import Status
from fieldapp.surveys import HousingNeed
from fieldapp.surveys.base import Record
from fieldapp.web import shown
from fieldapp.web.access import may, sees
from fieldapp.web.cases.listing import ListedCase, lines
from fieldapp.web.records.criteria import LawOnRecord


class Press(NamedTuple):
    """A programme under which a need can be proposed by one press: nothing stands against it today."""

    code: str
    name: str


class Panel(NamedTuple):
    """The cases of a household; ``need``: the id of what may be proposed, "" where nothing may."""

    cases: list[ListedCase]
    need: str
    presses: list[Press]


def panel_of(record: Record, status: Status, law: LawOnRecord | None) -> Panel | None:
    """The panel of a household, a need or a visit; None where there is neither a case nor anything to propose.

    :param status: where the record stands.
    :param law: what the law says of the household and the need that asks, where there is one.
    """
    household = shown.household_id(record)
    if household is None or record.kept_by:
        return None
    there = lines([one.record for one in _cases.rows(household=household) if sees(one.area)])
    if law is None or not _may_propose(law.need):
        return Panel(there, "", []) if there else None
    free = status == "approved" and record is law.need
    return Panel(there, law.need.id, _presses(law) if free else [])


_cases = Prepared(
    lambda _dialect: (
        sa.select(CaseFact.record, CaseFact.area)
        .where(CaseFact.household == sa.bindparam("household"))
        .order_by(CaseFact.since.desc(), CaseFact.record)
    )
)


def _may_propose(need: HousingNeed) -> bool:
    return not need.withdrawn and need.need_type not in (None, cases.ASIDE) and may("keep_case", need)


def _presses(law: LawOnRecord) -> list[Press]:
    each = cases.offers_by(law.need, law.found, approved=True)
    return [Press(one.programme.code, one.programme.name) for one in each if not one.made and not one.warnings]
