"""How cases are spoken of: names of programmes and states, doubts and warnings in a sentence each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from flask import g

from fieldapp import places
from fieldapp.db import db
from fieldapp.housing.objections import Objection
from fieldapp.i18n import _, language
from fieldapp.reference import Programme
from fieldapp.reference.current import current_rules
from fieldapp.reference.naming import id_of_code
from fieldapp.surveys import choices
from fieldapp.surveys.reference import Programme as ProgrammeRecord

LOOKS = {
    "approved": "approved",
    "started": "approved",
    "complete": "approved",
    "settled": "recorded",
    "returned": "returned",
    "refused": "withdrawn",
    "withdrawn": "withdrawn",
    "blocked": "returned",
}


def programmes() -> dict[str, Programme]:
    """The programmes there are, by the id of their record."""
    if "programmes" not in g:
        g.programmes = {id_of_code("programme", one.code): one for one in current_rules(db.session()).programmes}
    return cast(dict[str, Programme], g.programmes)


def programme_name(record: str | None) -> str:
    """What a programme is called, also once it was withdrawn; its id where this node does not know it."""
    found = programmes().get(record or "") or db.session.get(ProgrammeRecord, record or "")
    return found.name or "" if found else record or ""


def state_label(state: str | None) -> str:
    """A state in words."""
    return choices.label("case_state", state or "", language())


def state_look(state: str) -> str:
    """How the badge of a state is drawn."""
    return LOOKS.get(state, "waiting")


def level_label(level: str) -> str:
    """A level of the chain of approval in words."""
    return choices.label("office_level", level, language())


def source_label(source: str) -> str:
    """A fund source in words."""
    return choices.label("paid_source", source, language())


def place_name(place: str) -> str:
    """A place as an allocation names it; the whole province where it names none."""
    code, _at, vintage = place.partition("@")
    found = places.place(int(vintage), code) if vintage.isascii() and vintage.isdigit() and len(vintage) == 4 else None
    return found.name if found else place or _("whole province")


def warning(objection: Objection) -> str:
    """A warning with its article."""
    said = warning_label(objection.code)
    return f"{said} ({objection.basis})" if objection.basis else said


def all_warnings(objections: Iterable[Objection]) -> list[str]:
    """Warnings with their articles; what several criteria of one article say is said once."""
    return list(dict.fromkeys(warning(each) for each in objections))


def warning_label(code: str) -> str:
    """A warning in words."""
    return choices.label("case_warning", code, language())


def list_label(state: str) -> str:
    """The state of a list in words."""
    return choices.label("list_state", state, language())


def outcome_label(code: str) -> str:
    """What became of an objection, in words."""
    return choices.label("objection_outcome", code, language())


def work_label(code: str | None) -> str:
    """A kind of work in words."""
    return choices.label("work_type", code or "", language())
