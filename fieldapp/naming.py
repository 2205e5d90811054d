"""What people call a thing that the program knows by its id: a household, a record, a survey, a question, a village, a
place, a device, a person.

Every name is in the language of the moment. Whether somebody may see it is not asked here: the pages of the desk ask
that in :mod:`fieldapp.web.shown`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fieldapp import intake, places
from fieldapp.db import db
from fieldapp.facts.plan import plan_of, sums_of
from fieldapp.i18n import _, ngettext
from fieldapp.people.models import Account, Device
from fieldapp.places import Place, Village
from fieldapp.reference.shipped import AUTHOR as PACKAGE
from fieldapp.surveys import SURVEYS, questions
from fieldapp.surveys.base import Record
from fieldapp.surveys.question import Question
from fieldapp.vietnamese import show_money
from sync.change import RULING, WITHDRAWN
from sync.statements import Ready, among_texts, texts


def household(head: str | None) -> str:
    """A household by the name of its head, of which nothing may have been said yet."""
    return head or _("Household without a name")


def of_household(own: str, head: str) -> str:
    """What belongs to a household, by its own name where it has one, and by the household's."""
    return _("%(name)s (household of %(head)s)", name=own, head=head) if own and head else own or head


def survey(name: str) -> str:
    """A survey by its title; one that this version does not know by its name."""
    if name == RULING:
        return _("Ruling")
    return str(SURVEYS[name].title) if name in SURVEYS else name


def question(model: type[Record], name: str) -> str:
    """A question in a few words; one that this version does not know by its name."""
    if name == WITHDRAWN:
        return _("Withdrawal of the record")
    known = questions(model).get(name)
    return str(known.short) if known else name


def village_line(area: str, told: Mapping[str, str] | None = None) -> str:
    """``Thôn Nà Vài, Xã Ba Bể``, with the commune of today as far as it is known; empty where no village is.

    :param told: names of villages by id, as a file tells them that this node may not know yet
    """
    if not area:
        return ""
    known, commune = places.village_name(area), places.known_commune(area)
    village = (told or {}).get(area, area) if known == area else known
    return ", ".join([village, commune.name] if commune else [village])


def villages_to_choose(listed: Iterable[tuple[Village, Place]]) -> list[tuple[str, str]]:
    """Id and name of villages with their commune of today. Where merged communes each had one of this name, the commune
    it was first listed in is said too: nobody could tell them apart.
    """
    pairs, known = list(listed), places.Gazetteer(db.session()).everywhere
    named = [(village, f"{commune.name} – {village.name}") for village, commune in pairs]
    often = Counter(label for _village, label in named)
    first = {
        village.id: known[village.vintage, village.commune_code].name for village, label in named if often[label] > 1
    }
    return [
        (v.id, _("%(place)s (before: %(commune)s)", place=label, commune=first[v.id]) if v.id in first else label)
        for v, label in named
    ]


def place(code: str, vintage: int) -> str:
    """A place of a list, or a village, by its code in it; a code on no list as it stands."""
    found = places.place(vintage, code)
    return found.name if found else places.village_name(code)


def coded_place(said: str) -> str:
    """``Xã Ba Bể (2025)`` for a code with its year, as answers about places have it; anything else as it stands."""
    code, _at, vintage = said.partition("@")
    found = places.place(int(vintage), code) if re.fullmatch("[0-9]{4}", vintage) else None
    return f"{found.name} ({found.vintage})" if found else said


def kept_for_machines(question: Question | None, value: Any) -> str | None:
    """In words what an answer holds for machines: the cases of a plan, a place by its code, what was seen or signed.

    None for every other answer, and for what cannot be one: that is shown as answers are.
    """
    known = IN_WORDS.get(question.name) if question is not None and question.kind in ("text", "long_text") else None
    return known(value) if known and isinstance(value, str) and value else None


def _planned(plan: str) -> str:
    cases = plan_of(plan)
    amount = show_money(sum(sums_of(cases).values()))
    return ngettext("%(n)s case, %(amount)s", "%(n)s cases, %(amount)s", len(cases), amount=amount)


def _as_it_was(_kept: str) -> str:
    return _("kept as it was then")


def _made_of(ids: str) -> str:
    return ngettext("%(n)s list", "%(n)s lists", len(ids.split()))


def _decisions(ids: str) -> str:
    return ngettext("%(n)s decision", "%(n)s decisions", len(ids.split()))


def _shortened(hashed: str) -> str:
    return f"{hashed[:8]}…" if re.fullmatch("[0-9a-f]{16,}", hashed) else hashed


IN_WORDS: dict[str, Callable[[str], str]] = {
    "commune": coded_place,
    "confirmed_seen": _as_it_was,
    "content": _as_it_was,
    "content_hash": _shortened,
    "decision_rules": _shortened,
    "decision_seen": _as_it_was,
    "made_of": _made_of,
    "place": coded_place,
    "plan": _planned,
    "subject_survey": survey,
    "taken_from": _decisions,
}
"""By the name of a question whose answer no person types: how it is told."""


def people(ids: Iterable[str | None]) -> dict[str, str]:
    """The names of people, by the id of their account; those this node does not know are left out."""
    return _names(Account, ids)


def author(known: Mapping[str, str], account: str) -> str:
    """Who made a change; its rules are the program's own, and a person may be known to another node alone.

    :param known: what :func:`people` found.
    """
    if account == PACKAGE:
        return _("Comes with the program")
    return known.get(account) or _("somebody who is not known here")


def everybody(session: Session) -> dict[str, str]:
    """The names of all people this node knows, by the id of their account, in the order of the names."""
    rows = session.execute(sa.select(Account.id, Account.name).order_by(Account.name, Account.id))
    return {row.id: row.name for row in rows}


def devices(ids: Iterable[str | None]) -> dict[str, str]:
    """The names of devices, by id; those this node does not know are left out. Two that are called alike, as a person's
    tablets are that she gave no name, are told apart by the beginning of their ids."""
    named = _names(Device, ids)
    often = Counter(named.values())
    return {id: name if often[name] == 1 else _told_apart(name, id) for id, name in named.items()}


def _told_apart(name: str, device: str) -> str:
    return _("%(name)s (device %(id)s)", name=name, id=device[:6])


def nameless_device(device: str) -> str:
    """A device without a name: this computer, or the beginning of its id."""
    here = intake.journal().identity()
    return _("this computer") if device in (here.device, here.node) else _("device %(id)s", id=device[:6])


def _names(model: type[Account] | type[Device], ids: Iterable[str | None]) -> dict[str, str]:
    wanted, connection = {id for id in ids if id}, db.session.connection()
    return {row.id: row.name for row in _named[model](connection, ids=texts(connection, wanted))} if wanted else {}


def _asked(model: type[Account] | type[Device]) -> Ready:
    """Those of these ``ids``."""
    table: Any = model.__table__
    return Ready(lambda dialect: sa.select(model.id, model.name).where(among_texts(dialect, table.c.id, "ids")))


_named = {Account: _asked(Account), Device: _asked(Device)}
