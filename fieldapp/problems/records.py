"""Decisions about records, conflicts, pairs of households and visits."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.problems.base import Problem


class ChangedMeanwhile(Problem):
    code, status = "changed_meanwhile", 409
    sentence = _l(
        "This record changed while you were reading it, so nothing was decided. "
        "What changed is shown below: please look at it and decide again."
    )


class DecidedMeanwhile(Problem):
    code, status = "decided_meanwhile", 409
    sentence = _l(
        "%(name)s decided about this record after you opened the page: %(verdict)s. So your decision was not kept. "
        "What you typed is still here: look at theirs, then decide again if it has to be another."
    )


class NotSettled(Problem):
    code, status = "not_settled", 409
    sentence = _l("Some answers of this record do not agree. Settle them first, then approve.")


class NotNow(Problem):
    code, status = "not_now", 409
    sentence = _l("As this record stands, that cannot be done with it. Load the page again and look how it stands.")


class WithdrawnRecord(Problem):
    code, status = "withdrawn_record", 409
    sentence = _l("This record was withdrawn, so there is nothing to decide about it.")


class ReasonNeeded(Problem):
    code, status = "reason_needed", 400
    sentence = _l("Say what must be corrected: write a comment, or pin one to a question. Nothing was sent back yet.")


class RefusalNeedsReason(Problem):
    code, status = "refusal_needs_reason", 400
    sentence = _l("Say why it is refused: write a comment. The enumerator reads it. Nothing was decided yet.")


class NothingDecided(Problem):
    code, status = "nothing_decided", 400
    sentence = _l("Choose a decision for at least one of the records. Nothing was decided yet.")


class NothingTicked(Problem):
    code, status = "nothing_ticked", 400
    sentence = _l("Nothing is ticked. Tick the records that you want to approve. Nothing was decided yet.")


class ReplyNeeded(Problem):
    code, status = "reply_needed", 400
    sentence = _l("Write your reply first. Nothing was saved yet.")


class UnknownVerdict(Problem):
    code, status = "unknown_verdict", 400
    sentence = _l("Choose whether to approve the record or to return it.")


class SettledMeanwhile(Problem):
    code, status = "settled_meanwhile", 409
    sentence = _l("These answers changed while you were reading them, so nothing was settled. Please look again.")


class PairedMeanwhile(Problem):
    code, status = "paired_meanwhile", 409
    sentence = _l(
        "Somebody has compared these two households while you were reading, so nothing was kept. Please look again."
    )


class NotTwoHouseholds(Problem):
    code, status = "not_two_households", 409
    sentence = _l(
        "One of the two is a part of another household already. Take that apart first, or compare with the household "
        "that is kept."
    )


class NoVisitor(Problem):
    code = "no_visitor"
    sentence = _l("Choose who is to visit. Nothing was changed.")


class NotTheirVillages(Problem):
    code, status = "not_their_villages", 409
    sentence = _l(
        "This person does not look after all of these villages, so the households would not be on the tablet. "
        "Choose somebody else, or fewer households. Nothing was changed."
    )


class DayNeeded(Problem):
    code = "day_needed"
    sentence = _l("Write the day by which the visit is to be made, such as 05/12/2026. Nothing was changed.")


class DayPast(Problem):
    code = "day_past"
    sentence = _l("The day by which the visit is to be made is past. Choose today or a later day. Nothing was changed.")


class NoHouseholdChosen(Problem):
    code = "no_household_chosen"
    sentence = _l("No household is ticked. Tick those that somebody is to visit. Nothing was changed.")


class TooManyHouseholds(Problem):
    code = "too_many_households"
    sentence = _l("These are %(n)s households; at most %(most)s are given away at once. Choose fewer.")


class NothingChosen(Problem):
    code, status = "nothing_chosen", 400
    sentence = _l("Choose at least one change, then release or refuse it. Nothing was decided.")
