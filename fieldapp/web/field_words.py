"""The fields of the desk's own forms in words: those that people type in or choose from; all others are carried along.

Fields that answer a question of a survey have the words of that question; see :mod:`fieldapp.web.not_lost`.
"""

from __future__ import annotations

import re

from fieldapp.i18n import _l
from fieldapp.surveys import SURVEYS, questions

TYPED: dict[str, str] = {
    "again_username": _l("Username"),
    "amount": _l("Amount"),
    "as_of": _l("As of the end of the day"),
    "comment": _l("Comment"),
    "day": _l("Day"),
    "every": _l("For the whole file"),
    "due_on": _l("By when?"),
    "ends_on": _l("Holds until"),
    "fill_amount": _l("this amount for each"),
    "header": _l("Row of the headings"),
    "key": _l("Key of the other node"),
    "name": _l("Name"),
    "note": _l("Note"),
    "on": _l("Day of the proposal"),
    "pin_text": _l("Comment to one answer"),
    "reason": _l("Reason"),
    "since": _l("Counted from the day (empty: from the beginning)"),
    "text": _l("Reply"),
    "to_vintage": _l("Of a reorganisation: the year of the new list"),
    "url": _l("Address"),
    "username": _l("Username"),
    "vintage": _l("Year of the list (of a reorganisation: the year before it)"),
    "year": _l("Year"),
}
"""By name, or by what stands before ``-`` or ``.`` where a form has one for each of several lines."""

CHOSEN: dict[str, str] = {
    "about": _l("Changes"),
    "area": _l("Looks after"),
    "case": _l("Support cases"),
    "commune": _l("Commune"),
    "communes": _l("Communes"),
    "devices": _l("Devices"),
    "drop": _l("Cases to be taken out"),
    "exact": _l("With exact positions and sensitive answers"),
    "fill": _l("For all its cases, from this source"),
    "household": _l("Households"),
    "households": _l("Enter households that are not here yet"),
    "lenient": _l("Leave a cell empty that cannot be read, and take the rest of its row"),
    "moved": _l("Who is to look after the communes of today"),
    "need": _l("Housing needs"),
    "person": _l("Who is to visit it"),
    "pin_question": _l("Question"),
    "place": _l("Places"),
    "programme": _l("Programme"),
    "record": _l("Records"),
    "role": _l("Role"),
    "scope": _l("What it may read"),
    "surveys": _l("Surveys"),
    "village": _l("Village"),
    "without": _l("Records to be left out"),
    "without_clashing": _l("Leave out the records that would clash"),
}
"""Fields in which people tick boxes or choose from a list."""

SECRET = re.compile("password|token|csrf|one_time_code")
"""In the name of a field that nobody may read from a page."""
SECRETS = {"password": _l("Password"), "one_time_code": _l("One-time code")}
CARRIED = _l("What the page carries along")

FOR_MACHINES = frozenset({
    "act", "after", "again", "again_to", "again_typed", "again_whose", "all", "column", "confirmed", "content",
    "decided", "decision", "distinct", "doubt", "draft", "effect", "everything", "fate", "gone", "head", "heads",
    "kept", "kind", "known", "lack", "lang", "material", "meant", "move", "new", "new-record", "next", "question",
    "row", "seen", "session", "sheet", "shown", "sign", "state", "then", "to", "unit", "verdict", "was",
})  # fmt: skip
"""Pressed or carried along, or a choice that means nothing away from its page."""

_ENDS = re.compile(r"[-.].*", re.DOTALL)


def is_for_machines(name: str) -> bool:
    """Whether nobody types what a field of this name holds, or chooses it by its words."""
    return name in FOR_MACHINES or _ENDS.sub("", name) in FOR_MACHINES


def word_of(name: str) -> str:
    """The words of a field; its name where it has none."""
    return _words(name) or name


def in_sentence(name: str) -> str:
    """A field as a sentence names it: in its words, or as what the page carried along."""
    if secret := SECRET.search(name):
        return str(SECRETS.get(secret[0], CARRIED))
    return str(CARRIED if is_for_machines(name) else _words(name) or CARRIED)


def _words(name: str) -> str:
    first = _ENDS.sub("", name)
    return str(TYPED.get(first) or CHOSEN.get(first) or of_any_survey(first))


def of_any_survey(name: str) -> str:
    """The words of the first question of this name in any survey; "" where there is none."""
    return next((str(known[name].label) for known in map(questions, SURVEYS) if name in known), "")
