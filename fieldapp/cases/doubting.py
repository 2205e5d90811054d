"""What is to be looked at about a case, in a sentence each that says what to do; what goes once somebody says why."""

from __future__ import annotations

from typing import Any

from fieldapp import intake
from fieldapp.cases.moving import added, story_of
from fieldapp.db import db
from fieldapp.facts.case_story import doubts_of, taken_from
from fieldapp.i18n import _, _l
from fieldapp.intake import Receipt
from fieldapp.people import Account
from fieldapp.problems import NoWay
from fieldapp.reference.current import current_rules
from fieldapp.surveys import SupportCase

DOUBTS = {
    "withdrawn_with_money": _l(
        "The case was withdrawn at one office while another paid for it: the money stays in all sums. Bring the case "
        "back on the page of its answers, or take the payments back by counter-entries."
    ),
    "moved_apart": _l("Two offices moved this case apart. See both on the page of its answers, and say which holds."),
    "household_gone": _l(
        "The household was withdrawn while its case goes on. Bring the household back, or end the case: refuse it, or "
        "take its payments back and withdraw it."
    ),
    "need_gone": _l(
        "The housing need was withdrawn while its case goes on. Bring the need back, or end the case: refuse it, or "
        "take its payments back and withdraw it."
    ),
    "programme_gone": _l(
        "The programme of this case is not among the rules any more. An administrator brings it back there, or the "
        "case is ended."
    ),
    "not_approved": _l(
        "Money was paid while nothing is approved: the approval was taken back, or not entered yet. Take the payments "
        "back by counter-entries, or enter the decision that approves it."
    ),
    "over_paid": _l(
        "From one source more was paid than is approved. Take what is too much back by a counter-entry, or enter the "
        "decision that approves it."
    ),
    "before_milestone": _l(
        "More was paid than the visits so far allow. Enter the visit that is missing, or take what is too much back by "
        "a counter-entry."
    ),
    "before_decision": _l(
        "Something was paid before the day of the decision. Take that payment back by a counter-entry, and enter it "
        "again with its true day."
    ),
    "taken_back_twice": _l(
        "Counter-entries take back more of a payment than was paid, or no payment of this case. For what was taken "
        "back too often, enter the payment again with the same voucher."
    ),
    "paid_twice": _l("One voucher was entered twice. Take one of them back by a counter-entry."),
    "approved_twice": _l(
        "Two decisions approve this case; that of which it bears the number holds. Take the other one back, or say on "
        "the page of the case why it approves this one no more: where it approves others, it stands for those."
    ),
    "changed_since": _l("Changed since the decision: look at it, then let the decision stand or take it back."),
    "second_case": _l("The household has another case that is older. Refuse one of them, or say why both stand."),
    "went_back": _l(
        "A later visit found less done than an earlier one, and does not say why. Correct the stage of one of them, or "
        "say on the later one why less is done."
    ),
    "not_as_required": _l(
        "The finished house is not what its programme asks for. Enter the visit that finds it put right, or say why it "
        "is gone on with."
    ),
}
ANSWERED = {
    "second_case": "second_case",
    "not_as_required": "house_not_as_required",
    "approved_twice": "approved_twice",
}
"""The doubts that go when a person says why they stand, each with the warning as which that is kept on the case."""


def doubt(code: str) -> str:
    """A doubt in a sentence; one of a newer version by its code."""
    return str(DOUBTS.get(code, code))


def let_stand(case: SupportCase, code: str, reason: str, *, account: Account) -> Receipt:
    """Say why a case goes on against a doubt. The caller holds the writer's place and commits.

    :raises NoWay: no reason is given, or the case is in no such doubt, or in one that is settled otherwise.
    """
    story = story_of(case)
    if code not in ANSWERED or code not in doubts_of(story, current_rules(db.session())):
        raise NoWay(why=_("There is nothing of that kind to be looked at any more."))
    if not reason.strip():
        raise NoWay(why=_("Say why it is gone on with."))
    answers: dict[str, Any] = {
        "overridden": sorted({*(case.overridden or ()), ANSWERED[code]}),
        "override_reason": added(case.override_reason, reason),
    }
    if code == "approved_twice":
        answers["taken_from"] = " ".join(sorted(taken_from(story.case) | story.signed - {case.decision}))
    return intake.save("support_case", case.id, answers, account=account)
