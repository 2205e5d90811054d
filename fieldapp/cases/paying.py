"""What is wrong with a payment or a visit of a case as it is typed at a desk: a sentence for each question.

What comes by a merge is never refused: there the same is a doubt, see :mod:`fieldapp.facts.case_story`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from fieldapp import housing
from fieldapp.cases.moving import story_of
from fieldapp.db import db
from fieldapp.facts.case_story import (
    GIVEN_UP,
    Story,
    approved_by_source,
    is_decided,
    is_reopened,
    paid_by_source,
    payable_of,
    seen_in,
)
from fieldapp.facts.cases import stories
from fieldapp.facts.tables import CaseFact
from fieldapp.i18n import _
from fieldapp.reference.current import current_rules
from fieldapp.surveys import Payment, ProgressVisit, SupportCase
from fieldapp.surveys.payment import BACK, PAID
from fieldapp.vietnamese import show_date, show_money

Faults = dict[str, str]
"""A sentence by the name of the question it stands at."""


def faults(survey: str, answers: Mapping[str, Any], record: str | None = None) -> Faults:
    """What is wrong with a record beside what its own questions say; ``record``: its id, where it is corrected."""
    if survey == "payment":
        return faults_of_payment(answers)
    return faults_of_visit(answers, record) if survey == "progress_visit" else {}


def begun_with(survey: str, household: str, named: Mapping[str, str | None]) -> dict[str, Any]:
    """What a new payment, counter-entry or visit says before anybody types.

    :param named: the ``case`` and the payment it ``corrects``, where the page it is begun from names them.
    """
    case = named.get("case") or (_only_case(household) if survey == "progress_visit" else None)
    corrected = db.session.get(Payment, named.get("corrects") or "")
    if survey != "payment" or corrected is None:
        return {"case": case, **({"entry": PAID} if survey == "payment" else {})}
    same = {name: getattr(corrected, name) for name in ("case", "fund_source", "amount")}
    return {**same, "entry": BACK, "corrects": corrected.id}


def _only_case(household: str) -> str | None:
    """The case of a household that is not over, where it has one alone."""
    over = (*GIVEN_UP, "settled")
    query = sa.select(CaseFact.record).where(CaseFact.household == household, CaseFact.state.not_in(over)).limit(2)
    found = list(db.session.scalars(query))
    return found[0] if len(found) == 1 else None


def faults_of_payment(answers: Mapping[str, Any]) -> Faults:
    """Why a payment or a counter-entry cannot be entered; nothing if it can."""
    case = db.session.get(SupportCase, answers.get("case") or "")
    is_back = answers.get("entry") == BACK
    if case is None or (case.withdrawn and not is_back) or case.household != answers.get("household"):
        return {"case": _("There is no such support case. Begin from the page of the case.")}
    if answers.get("amount") is None or answers.get("fund_source") is None:
        return {}
    story = next(iter(stories([case.id])), None)
    if story is None:  # it was withdrawn, and none of its money is out
        return {"corrects": _("The case was withdrawn, and nothing paid for it is left to be taken back.")}
    return _of_counter_entry(answers, story) if is_back else _of_payment(answers, story)


def _of_payment(answers: Mapping[str, Any], story: Story) -> Faults:
    if _makes_good(answers, story):
        return _of_being_entered(answers, story)
    return _of_case(story) or _of_voucher(answers, story) or _of_amount(answers, story)


def _makes_good(answers: Mapping[str, Any], story: Story) -> bool:
    """Whether no more is entered than was taken back too often from its source: that is due however the case stands."""
    return bool(answers["amount"] <= -paid_by_source(story.payments).get(answers["fund_source"], 0))


def _of_case(story: Story) -> Faults:
    """Why nothing is paid for a case as it stands."""
    case = story.case
    if case["state"] == "blocked":
        return {"amount": _("The case is blocked, so nothing is paid. Remove the obstacle on its page first.")}
    if case["contested"]:
        return {"amount": _("Two offices moved this case apart, so nothing is paid. Say on its page which holds.")}
    if not is_decided(case):
        return {
            "amount": _(
                "Nothing is approved for this case at the moment, so nothing can be paid. Enter the decision first."
            )
        }
    if is_reopened(story):
        return {
            "amount": _(
                "The case or its housing need was changed since the decision, so nothing is paid. "
                "Look at it on its page: let the decision stand, or take the approval back."
            )
        }
    return {}


def _of_voucher(answers: Mapping[str, Any], story: Story) -> Faults:
    """Why this voucher is not entered: it is older than the decision, or here already."""
    decided = story.case["decision_on"]
    if (answers.get("paid_on") or "") < (decided or ""):
        return {"paid_on": _("The decision is of %(day)s: nothing was paid before it.", day=show_date(decided))}
    return _of_being_entered(answers, story)


def _of_being_entered(answers: Mapping[str, Any], story: Story) -> Faults:
    if _is_entered(answers, story):
        return {"voucher": _("This voucher is entered already, with the same amount, source and day.")}
    return {}


def _of_amount(answers: Mapping[str, Any], story: Story) -> Faults:
    """Why it is too much: of its source, or for what the visits have seen built."""
    source, amount = answers["fund_source"], answers["amount"]
    paid = paid_by_source(story.payments)
    left = approved_by_source(story.case).get(source, 0) - paid.get(source, 0)
    if amount > left:
        return {
            "amount": _("From this source %(left)s is left to be paid; this is more.", left=show_money(max(0, left)))
        }
    allowed = payable_of(story, current_rules(db.session())) - sum(paid.values())
    return {"amount": _too_early(story, max(0, allowed))} if amount > allowed else {}


def _too_early(story: Story, allowed: int) -> str:
    repair = housing.work_of(story.case["need_type"] or "") == "repair"
    first = _("30 percent of the volume") if repair else _("the foundation")
    return _(
        "As far as the visits have seen the work, %(allowed)s may be paid now: the first part when %(first)s is done, the rest when the house is complete. Enter the visit first.",  # noqa: E501  one sentence
        allowed=show_money(allowed),
        first=first,
    )


def _is_entered(answers: Mapping[str, Any], story: Story) -> bool:
    same = ("voucher", "fund_source", "amount", "paid_on")
    back = {one["corrects"] for one in story.payments if one["entry"] == BACK}
    return any(
        all(one[name] == answers.get(name) for name in same)
        for one in story.payments
        if one["entry"] != BACK and one["id"] not in back
    )


def _of_counter_entry(answers: Mapping[str, Any], story: Story) -> Faults:
    """Why a payment is not taken back so: it is none, or not of this source or day, or that is entered already."""
    corrected = next((one for one in story.payments if one["id"] == answers.get("corrects")), None)
    if corrected is None:
        return {"corrects": _("Begin a counter-entry from the payment that it corrects, on the page of the case.")}
    if corrected["entry"] == BACK:
        return {
            "corrects": _(
                "This is a counter-entry itself, and is not taken back. If it is wrong, enter the payment that it "
                "took back again, with the same voucher."
            )
        }
    if corrected["fund_source"] != answers["fund_source"]:
        return {"fund_source": _("A counter-entry is of the same source as the payment it corrects.")}
    return _of_its_voucher(answers, story, corrected) or _of_what_is_left(answers, story, corrected)


def _of_its_voucher(answers: Mapping[str, Any], story: Story, corrected: Mapping[str, Any]) -> Faults:
    if (answers.get("paid_on") or "") < (corrected["paid_on"] or ""):
        day = show_date(corrected["paid_on"])
        return {"paid_on": _("The payment is of %(day)s: it is taken back on that day or later.", day=day)}
    same = ("corrects", "voucher", "amount", "paid_on")
    if any(all(one[name] == answers.get(name) for name in same) for one in _taken_back(story, corrected)):
        return {"voucher": _("This counter-entry is entered already, with the same number, amount and day.")}
    return {}


def _of_what_is_left(answers: Mapping[str, Any], story: Story, corrected: Mapping[str, Any]) -> Faults:
    left = (corrected["amount"] or 0) - sum(one["amount"] or 0 for one in _taken_back(story, corrected))
    if answers["amount"] > left:
        return {"amount": _("Of this payment %(left)s is left that can be taken back.", left=show_money(max(0, left)))}
    return {}


def _taken_back(story: Story, corrected: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The counter-entries of a payment."""
    return [one for one in story.payments if one["entry"] == BACK and one["corrects"] == corrected["id"]]


def faults_of_visit(answers: Mapping[str, Any], record: str | None) -> Faults:
    """Why a visit cannot be entered as it stands: less done than an earlier visit found, without a word about it."""
    found, why = housing.milestone_of(answers), answers.get("went_back_reason")
    case = db.session.get(SupportCase, answers.get("case") or "") if answers.get("case") else None
    if found is None or why or not answers.get("visited_on"):
        return {}
    before, _done = seen_in(_earlier(answers, case, record), answers.get("need_type"))
    if before.milestone is None or int(found) >= int(before.milestone):
        return {}
    return {"went_back_reason": _("An earlier visit found more done. Say why less is done now, or correct the stage.")}


def _earlier(answers: Mapping[str, Any], case: SupportCase | None, record: str | None) -> list[Any]:
    if case is not None:
        rows = list(story_of(case).visits)
    else:
        table = ProgressVisit.__table__
        query = sa.select(table).where(table.c.need == answers.get("need"), sa.not_(table.c.withdrawn))
        rows = [dict(row) for row in db.session.execute(query).mappings()]
    return [row for row in rows if row["id"] != record and (row["visited_on"] or "") <= answers["visited_on"]]
