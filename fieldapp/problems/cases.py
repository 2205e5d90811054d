"""Cases of support: proposals, moves, meetings, decisions with a number, payments."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.problems.base import Problem


class EntryStands(Problem):
    code, status = "entry_stands", 409
    sentence = _l(
        "A payment stays as it was entered. What is wrong is taken back by a counter-entry on the case's page."
    )


class PaymentRuled(Problem):
    code, status = "payment_ruled", 409
    sentence = _l("%(name)s decided about this payment before you: %(what)s. Look at it as it is now.")


class PaymentCounts(Problem):
    code, status = "payment_counts", 409
    sentence = _l(
        "This payment is in the sums, so it is not taken out. What is wrong is taken back by a counter-entry on the "
        "page of its case."
    )


class NeedGone(Problem):
    code, status = "need_gone", 409
    sentence = _l(
        "This form asks for no support, was withdrawn, or its household has not arrived: nothing can be proposed."
    )


class MoneyIsOut(Problem):
    code, status = "money_is_out", 409
    sentence = _l(
        "Money was paid for this case, so it is not withdrawn. Take the payments back by counter-entries on the page "
        "of the case first."
    )


class CaseHasMoney(Problem):
    code, status = "case_has_money", 409
    sentence = _l(
        "Money was paid for a support case of this household that is not settled, so this is not withdrawn. Settle the "
        "case first, or take the payments back by counter-entries on its page and end it."
    )


class NoSuchProgramme(Problem):
    code, status = "no_such_programme", 404
    sentence = _l("There is no such programme among the rules of this server or laptop.")


class NoSuchChoice(Problem):
    code, status = "no_such_choice", 404
    sentence = _l("%(what)s: there is none with the code %(code)s. The codes are: %(codes)s.")


class CaseThere(Problem):
    code, status = "case_there", 409
    sentence = _l("This household is proposed under this programme already: open its case.")


class WarnedCase(Problem):
    code, status = "warned_case", 409
    sentence = _l(
        "Something stands against it. Read the warnings; to go on all the same, write why. Both stay visible."
    )


class CaseChangedMeanwhile(Problem):
    code, status = "case_changed_meanwhile", 409
    sentence = _l(
        "%(name)s changed this case after you opened its page, so nothing was done. What you typed is still here: look "
        "at the page as it is now, then do it again if that is still needed."
    )


class CaseMoved(Problem):
    code, status = "case_moved", 409
    sentence = _l("The case is now “%(state)s”, so this cannot be done to it. Look at the page as it is now.")


class NoWay(Problem):
    code, status = "no_way", 409
    sentence = _l("The case was not moved. %(why)s")


class ListStays(Problem):
    code, status = "list_stays", 409
    sentence = _l("Nothing was changed on the list. %(why)s")


class WhatIsMissing(Problem):
    code, status = "what_is_missing", 422
    sentence = _l("The case was not moved. Fill in: %(what)s.")


class MeetingRefused(Problem):
    code, status = "meeting_refused", 409
    sentence = _l(
        "%(agreed)s of %(present)s agreed. A household is put on the list only when more than half of those present "
        "agree."
    )


class NotThatLevel(Problem):
    code, status = "not_that_level", 409
    sentence = _l("On %(day)s the last level of the chain of approval was: %(level)s. Look at the day and the level.")


class NotThatOffice(Problem):
    code, status = "not_that_office", 403
    sentence = _l(
        "This step is taken by the office of this level: %(level)s. Your area does not hold its whole place: leave it "
        "to who has all of it, or to an administrator."
    )


class PrintedInPart(Problem):
    code, status = "printed_in_part", 403
    sentence = _l(
        "Some of its households lie outside your area, and a paper with some of them left out would be wrong. It is "
        "printed by who sees all of them."
    )


class DecisionRefused(Problem):
    code, status = "decision_refused", 409
    sentence = _l("Nothing was done with this decision. %(why)s")


class DecisionStands(Problem):
    code, status = "decision_stands", 409
    sentence = _l("This decision is signed, so it stays as it is. Take it back with a reason, and draw up another.")


class DraftChangedMeanwhile(Problem):
    code, status = "draft_changed_meanwhile", 409
    sentence = _l(
        "Somebody saved this draft after you opened the page, so yours was not saved. The page shows what is saved "
        "now. Look at it, then type again what is to be different."
    )


class ListSavedMeanwhile(Problem):
    code, status = "list_saved_meanwhile", 409
    sentence = _l(
        "Somebody saved this list after you opened the page, so nothing of yours was saved yet. Where they wrote "
        "something, the page shows theirs; what you typed elsewhere is still here. Look at it, then save again."
    )
