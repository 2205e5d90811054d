"""What became of a change, in words for people: one sentence for each verdict and for each reason to hold."""

from __future__ import annotations

from fieldapp.i18n import _l

TAKEN = ("stored", "duplicate", "clock_ahead")

VERDICTS: dict[str, str] = {
    "stored": _l("Received"),
    "duplicate": _l("Already received before"),
    "clock_ahead": _l("Received; the device's clock is ahead"),
    "held": _l("Held until an administrator decides"),
    "fork": _l("Held: a copy of this device exists"),
    "too_big": _l("Too large to take"),
    "bad": _l("Could not be read; kept aside"),
}

REASONS: dict[str, str] = {
    "unknown_survey": _l(
        "The server does not know this survey yet. It is kept and will count after the server is updated."
    ),
    "unknown_author": _l(
        "The person who made it has no account here. An administrator can add the account and release it."
    ),
    "author_not_on_device": _l("It was made under an account that does not belong to this device."),
    "outside_area": _l("The village is outside the area of the person who made it. An administrator decides."),
    "unknown_village": _l(
        "The village is on none of the lists of places here. An administrator can take the list in and release it."
    ),
    "others_photo": _l(
        "It names a photo that somebody else took, outside the area of its author. An administrator decides."
    ),
    "other_survey": _l("It is about a record of another survey. An administrator decides."),
    "said_already": _l("What was decided or replied stays as it was. An administrator decides what becomes of this."),
    "not_as_it_stood": _l(
        "The record was withdrawn, in dispute or not returned, as the person who made it could see. "
        "An administrator decides."
    ),
    "may_not_fill": _l("The role of the person who made it changes no records. An administrator decides."),
    "may_not_withdraw": _l(
        "Only a supervisor withdraws what is reviewed, or brings it back. An administrator decides."
    ),
    "may_not_reply": _l("Only who fills in forms replies to a supervisor. An administrator decides."),
    "revoked": _l("The device was switched off before this arrived. An administrator decides."),
    "impossible_value": _l("An answer cannot be right as it stands. It is kept; an administrator decides."),
    "fork": _l("Another device sends under the same number: the app's data was copied. Enrol this tablet anew."),
    "not_a_supervisor": _l("Only a supervisor decides about records. An administrator decides what becomes of this."),
    "may_not_support": _l(
        "Only a supervisor keeps support cases and enters payments. An administrator decides what becomes of this."
    ),
    "not_a_step": _l(
        "The support case was not in a state from which it can be moved there, as the person who made it could see. "
        "An administrator decides."
    ),
    "not_agreed": _l("No more than half of those present at the village meeting agreed. An administrator decides."),
    "not_that_level": _l(
        "On the day of the decision another level was the last in the chain of approval. An administrator decides."
    ),
    "not_of_that_office": _l(
        "The area of the person who made it does not hold the whole place of the office whose step it is. "
        "An administrator decides."
    ),
    "payment_stands": _l("A payment stays as it was entered; a counter-entry corrects it. An administrator decides."),
    "not_an_administrator": _l(
        "Only an administrator writes the rules. An administrator decides what becomes of this."
    ),
    "ruling": _l("Decisions about changes are taken from administrators only."),
    "held_elsewhere": _l("The server or laptop that it came from holds it. An administrator decides."),
}

FATES: dict[str, str] = {
    "refused": _l("An administrator has refused it. It is kept, and does not count."),
    "excluded": _l("An administrator has taken it out again. It is kept, and does not count."),
    "released": _l("An administrator has released it. It counts."),
}


def label(verdict: str) -> str:
    """A verdict in a few words; an unknown one stands as it is."""
    return str(VERDICTS.get(verdict, verdict))


def fate(state: str, reason: str | None) -> str:
    """What became of a change that was held (for a reason), refused, excluded or released."""
    return str(FATES[state]) if state in FATES else sentence(state, reason)


def sentence(verdict: str, reason: str | None = None) -> str:
    """What happened and what follows from it."""
    return str(REASONS.get(reason or "", "")) or label(verdict)
