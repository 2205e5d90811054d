"""What was ticked or chosen in a form of the desk, in words: names of records, people and places, never an id.

Names are told only where somebody is signed in and the database can be asked, and only of what that person may see;
of the rest it is told how many were chosen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from flask_login import current_user

from fieldapp import intake, naming
from fieldapp.db import db
from fieldapp.i18n import _, ngettext
from fieldapp.people import ROLES
from fieldapp.people.tokens import SCOPES
from fieldapp.surveys import SURVEYS
from fieldapp.surveys.base import Record
from fieldapp.surveys.question import Question
from fieldapp.web import shown
from fieldapp.web.access import sees
from fieldapp.web.cases import words
from fieldapp.web.field_words import of_any_survey

MOST = 30
"""So many are told by name."""
_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def said(name: str, values: Sequence[str], *, named: bool) -> str:
    """What was chosen in a field. ``named``: whether the database may be asked for names."""
    if name in PLAIN:
        return "; ".join(PLAIN[name](value) for value in values)
    found = _named(values) if named and current_user.is_authenticated else {}
    if all(value in found for value in values):
        return "; ".join(found[value] for value in values)
    return ngettext("%(n)s chosen", "%(n)s chosen", len(values))


def answered(question: Question, values: Sequence[str], *, named: bool) -> str:
    """What was chosen as the answer to a question about a village or another record."""
    if named and current_user.is_authenticated:
        return "; ".join(shown.answer(question, value) for value in values)
    return ngettext("%(n)s chosen", "%(n)s chosen", len(values))


def _named(values: Sequence[str]) -> dict[str, str]:
    """The names of places, people and records among these values; of more than :data:`MOST` none."""
    if len(values) > MOST:
        return {}
    ids = {value: value.partition(" ")[0] for value in values}  # a record may stand before the version that was shown
    names = naming.people(ids.values()) | _records([each for each in ids.values() if _ID.fullmatch(each)])
    return {value: name for value, id in ids.items() if (name := names.get(id) or _place_or_programme(id))}


def _records(ids: Iterable[str]) -> dict[str, str]:
    there = intake.journal().whereabouts(list(ids))
    seen = [(survey, record) for record, (survey, area) in there.items() if survey in SURVEYS and sees(area)]
    found: list[Record | None] = [db.session.get(SURVEYS[survey], record) for survey, record in seen]
    return shown.names_of([record for record in found if record is not None])


def _place_or_programme(value: str) -> str:
    """A village, a commune of today, a place of a list (``04789@2025``) or a programme; "" for anything else."""
    if value in shown.gazetteer():
        return shown.place_line(value)
    if commune := dict(shown.communes_to_choose()).get(value, ""):
        return commune
    told = naming.coded_place(value) if "@" in value else words.programme_name(value)
    return "" if told == value else told


def _ticked(_value: str) -> str:
    return _("Yes")


def _role(value: str) -> str:
    return str(ROLES[value].label) if value in ROLES else value


PLAIN: dict[str, Callable[[str], str]] = {
    "exact": _ticked,
    "fill": words.source_label,
    "households": _ticked,
    "lenient": _ticked,
    "pin_question": lambda value: of_any_survey(value) or value,
    "role": _role,
    "scope": lambda value: str(SCOPES.get(value, value)),
    "surveys": naming.survey,
    "without_clashing": _ticked,
}
"""Fields whose values are words of ours, whatever the database holds."""
