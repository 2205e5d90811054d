"""Whether money that was paid stands against withdrawing a record. What another node withdraws is a doubt instead, see
:mod:`fieldapp.facts.case_story`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.facts.tables import CaseFact, CaseMoney
from fieldapp.problems import CaseHasMoney, MoneyIsOut
from fieldapp.surveys import Household, HousingNeed, SupportCase
from fieldapp.surveys.base import Record

_PAID = sa.select(CaseFact.record).join(CaseMoney, CaseMoney.record == CaseFact.record).where(CaseMoney.paid != 0)


def must_leave_no_money(record: Record) -> None:
    """Pass only for a record under which no money is out.

    :raises MoneyIsOut: it is a case for which money was paid.
    :raises CaseHasMoney: it is a household or a need with a case for which money was paid, and which is not settled.
    """
    if record.survey == SupportCase.survey and _is_any(_PAID.where(CaseFact.record == record.id)):
        raise MoneyIsOut()
    if record.survey == Household.survey and _is_any(_goes_on().where(CaseFact.household == record.id)):
        raise CaseHasMoney()
    of_need = _goes_on().join(SupportCase, SupportCase.id == CaseFact.record).where(SupportCase.need == record.id)
    if record.survey == HousingNeed.survey and _is_any(of_need):
        raise CaseHasMoney()


def _goes_on() -> sa.Select[Any]:
    return _PAID.where(CaseFact.state != "settled")


def _is_any(query: sa.Select[Any]) -> bool:
    return db.session.scalar(query.limit(1)) is not None
