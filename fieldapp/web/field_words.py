"""The fields of the desk's own forms in words: those that people type in; all others are chosen, or carried along.

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

SECRET = re.compile("password|token|csrf|one_time_code")
"""In the name of a field that nobody may read from a page."""

FOR_MACHINES = frozenset({
    "about", "act", "after", "again", "again_to", "again_typed", "all", "area", "case", "column", "commune",
    "confirmed", "content", "decided", "decision", "distinct", "draft", "drop", "effect", "everything", "exact",
    "fate", "fill", "gone", "head", "heads", "household", "households", "kept", "kind", "known", "lack", "lang",
    "lenient", "material", "meant", "move", "need", "new", "new-record", "next", "person", "pin_question", "place",
    "programme", "question", "record", "role", "row", "scope", "seen", "session", "sheet", "shown", "sign", "state",
    "then", "to", "unit", "verdict", "village", "was", "without", "without_clashing",
})  # fmt: skip
"""Chosen from a list, pressed, or carried along: nothing of it was typed."""

_ENDS = re.compile(r"[-.].*", re.DOTALL)


def is_for_machines(name: str) -> bool:
    """Whether nobody types what a field of this name holds."""
    return name in FOR_MACHINES or _ENDS.sub("", name) in FOR_MACHINES


def word_of(name: str) -> str:
    """The words of a field; its name where it has none."""
    first = _ENDS.sub("", name)
    return str(TYPED.get(first) or _of_any_survey(first) or name)


def _of_any_survey(name: str) -> str:
    return next((str(known[name].label) for known in map(questions, SURVEYS) if name in known), "")
