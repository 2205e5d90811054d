"""Lists of villages and communes: drawn up in the order of the law, voted on or posted, signed off, opened again."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from fieldapp import housing, intake, places
from fieldapp.db import db
from fieldapp.facts.tables import CaseFact, HouseholdFact
from fieldapp.i18n import _
from fieldapp.people import Account
from fieldapp.places import lineage
from fieldapp.problems import ListStays
from fieldapp.reference import Programme
from fieldapp.reference.current import current_rules
from fieldapp.reference.naming import id_of_code
from fieldapp.surveys import Household, HousingNeed, ListLine, SupportCase, SupportList, VillageMeeting, questions
from fieldapp.surveys.base import Record
from fieldapp.surveys.list_line import TAKEN_OFF
from fieldapp.today import today
from sync import WITHDRAWN
from sync.statements import among

_SPACE = uuid.UUID("6669656c-6461-5070-8000-6c6973747330")
_FACT: Any = CaseFact.__table__
_HOME: Any = HouseholdFact.__table__
OF_HOUSEHOLD = ("head_name", "birth_date", "ethnic_group", "members", "poverty_class")
OF_NEED = ("has_house", "own_money", "kin_money", "loan_wanted")
OF_LINE = (
    "case", "number", "agreed", "objections", "outcome", "outcome_note",
    "area", "heads", "conflicts", "contested", "withdrawn",
)  # fmt: skip
OF_CASE = ("household", "need", "need_type", "area", "state", "contested", "withdrawn")
"""What a page or a paper of a list says of each."""
FROM = {"village": "proposed", "commune": "on_village_list"}
"""The state a case is in before a list of a level."""
RecordEdit = tuple[str, str, Mapping[str, Any]]


@dataclass(frozen=True)
class ListedLine:
    """One household of a list as it stands now. ``record``, ``case``: the line and its case, where the list is read
    whole their records, and otherwise rows of ``OF_LINE`` and ``OF_CASE``; ``state``: that of its case; ``present``:
    how many voted; of the household and its need no more than is printed (``OF_HOUSEHOLD``, ``OF_NEED``); None while
    they are not here."""

    record: Any
    case: Any
    household: Household | sa.Row[Any] | None
    need: HousingNeed | sa.Row[Any] | None
    state: str
    promised: int
    place: housing.RankedPlace | None
    level: str
    present: int | None
    elsewhere: bool = False
    """Whether the household lies in no village that the list is about: it has moved since."""

    @property
    def passes(self) -> bool | None:
        """Whether more than half agreed, or the household was not taken off; None while that is not known, and while
        two people have counted differently."""
        if self.level == "commune":
            return bool(self.record.outcome != TAKEN_OFF)
        if "agreed" in self.record.conflicts:
            return None
        return {"passes": True, "fails": False}.get(housing.vote_of(self.record.agreed, self.present))

    @property
    def moved(self) -> bool:
        """Whether the case has gone another way since it was put on the list."""
        return self.state != FROM[self.level]

    @property
    def gone(self) -> bool:
        """Whether it is on the list no more, once that is brought up to date."""
        return self.moved or self.elsewhere or bool(self.case.withdrawn)


# --- drawing up -------------------------------------------------------------------------------------------------


def due(one: SupportList, villages: Sequence[str]) -> list[str]:
    """The cases that a list of these villages would take in today."""
    return _due(villages, one.programme or "", one.level or "village")


def _due(villages: Sequence[str], programme: str, level: str) -> list[str]:
    """One query by an index, in the order of Circular 01/2022."""
    query = sa.select(_FACT.c.record).select_from(_FACT.outerjoin(_HOME, _HOME.c.household == _FACT.c.household))
    query = query.where(among(db.session.connection(), _FACT.c.area, villages))
    query = query.where(_FACT.c.programme == programme, _FACT.c.state == FROM[level])
    return list(db.session.scalars(query.order_by(_HOME.c.rank, _HOME.c.sort_key, _FACT.c.record)))


def draw_up(village: str, programme: str, *, account: Account) -> str:
    """Make the list of a village from its proposed cases, or go on with the one that is open. The caller commits.

    :param programme: the id of its record.
    :raises ListStays: nobody is proposed there.
    """
    return _draw_up("village", village, programme, [village], account, {})


def draw_up_of_commune(commune: str, villages: Sequence[str], programme: str, *, account: Account) -> str:
    """The same of a commune (``01930@2023``), out of the signed lists of these villages of it."""
    made_of = [one.id for one in lists_of(programme, villages, "village") if one.state == "signed"]
    return _draw_up(
        "commune", commune, programme, villages, account, {"commune": commune, "made_of": " ".join(made_of)}
    )


def _draw_up(
    level: str, place: str, programme: str, villages: Sequence[str], account: Account, more: Mapping[str, Any]
) -> str:
    there = [one for one in lists_of(programme, villages, level) if level == "village" or one.commune == place]
    if open_ := next((one for one in there if one.state != "signed"), None):
        return open_.id
    cases = in_order(_due(villages, programme, level), programme)
    if not cases:
        raise ListStays(why=_NOBODY[level]())
    day = today()
    turn = sum(one.list_year == day.year for one in there) + 1
    record = list_id(level, place, programme, day.year, turn)
    said = {"level": level, "programme": programme, "list_year": day.year, "turn": turn, "village": min(villages)}
    said |= {"state": "draft", "state_on": day.isoformat(), **{name: value for name, value in more.items() if value}}
    edits: list[RecordEdit] = [("support_list", record, said)]
    if level == "village":
        edits.append(("village_meeting", meeting_id(record), {"of_list": record}))
    intake.save_all([*edits, *_lines(record, cases, 1)], account=account)
    return record


_NOBODY = {
    "village": lambda: _("Nobody is proposed in this village under this programme. Propose its households first."),
    "commune": lambda: _(
        "No household of a signed list of its villages waits for a list of the commune. Sign off the lists of the "
        "villages first."
    ),
}


def _lines(record: str, cases: Iterable[SupportCase], first: int) -> list[RecordEdit]:
    return [("list_line", line_id(record, case.id), _line(record, case, at)) for at, case in enumerate(cases, first)]


def _line(record: str, case: SupportCase, number: int) -> dict[str, Any]:
    said = {"household": case.household, "of_list": record, "case": case.id, "number": number}
    there = db.session.get(ListLine, line_id(record, case.id))
    return {**said, WITHDRAWN: False} if there is not None and there.withdrawn else said


def bring_up_to_date(one: SupportList, villages: Sequence[str], *, account: Account) -> None:
    """Take in what is proposed since, take out what has gone another way, and number all in the order of the law. Of
    other villages that the list is about, nobody is taken out.

    :param villages: those that the list is about, as far as the person sees them.
    """
    must_be_open(one)
    level, programme = one.level or "village", one.programme or ""
    wanted = in_order(_due(villages, programme, level), programme)
    kept = {case.id for case in wanted}
    mine = {*villages, None}
    gone = [line for line in lines_of(one) if line.case.id not in kept and (line.elsewhere or line.case.area in mine)]
    out: list[RecordEdit] = [("list_line", line.record.id, {WITHDRAWN: True}) for line in gone]
    intake.save_all([*out, *_lines(one.id, wanted, 1)], account=account)


def must_be_open(one: SupportList) -> None:
    """:raises ListStays: it is signed off."""
    if one.state == "signed":
        raise ListStays(why=_("It is signed off. Open it again first, and say why."))


def list_id(level: str, place: str, programme: str, year: int, turn: int) -> str:
    """The id of a list of a village or a commune: two offices that draw it up apart make one."""
    return str(uuid.uuid5(_SPACE, f"{level}/{place}/{programme}/{year}/{turn}"))


def line_id(record: str, case: str) -> str:
    """The id of the line of a case on a list: two offices that draw it up apart make one."""
    return str(uuid.uuid5(_SPACE, f"{record}/{case}"))


def meeting_id(record: str) -> str:
    """The id of the meeting of a list."""
    return str(uuid.uuid5(_SPACE, f"{record}/meeting"))


def in_order(cases: Sequence[str], programme: str) -> list[SupportCase]:
    """These cases in the order of the programme: as they come, or for people of merit by their own order."""
    found = _by_id(SupportCase, cases)
    listed = [found[id] for id in cases if id in found]
    if order_of(programme) != "merit":
        return listed
    places = _places(listed, "merit")
    return sorted(listed, key=lambda case: (places[case.id].key if case.id in places else "z", cases.index(case.id)))


def order_of(programme: str | None) -> str:
    """By which order a programme (its record) helps: ``general`` or ``merit``."""
    found = programme_of(programme)
    return found.own_order if found else "general"


def programme_of(record: str | None) -> Programme | None:
    """The programme of a record, as it is today."""
    known = current_rules(db.session()).programmes
    return next((one for one in known if id_of_code("programme", one.code) == record), None)


def _places(cases: Sequence[SupportCase], order: str) -> dict[str, housing.RankedPlace]:
    """Where each household stands in an order today, by the id of its case."""
    if not cases:
        return {}
    rules, here = current_rules(db.session()), lineage.current()
    homes, needs = (_by_id(model, ids) for model, ids in _about(cases))
    found: dict[str, housing.RankedPlace] = {}
    for case in cases:
        if (home := homes.get(case.household or "")) and (need := needs.get(case.need or "")):
            said = _answers(home)
            places = here.known(said.get("village"))
            judged = housing.assess(said, _answers(need), rules=rules, places=places, day=today())
            found[case.id] = judged.merit if order == "merit" else judged.general
    return found


def _kept_places(cases: Sequence[SupportCase], programme: str | None) -> dict[str, housing.RankedPlace]:
    """The same in the order of a programme, from what is kept of each household, where that speaks of the need of the
    case. The order among people of merit is not kept."""
    order = order_of(programme)
    kept = {} if order == "merit" else {row.household: row for row in db.session.execute(_ranked(cases))}
    found = {
        case.id: housing.RankedPlace(row.main, row.sub, row.rank)
        for case in cases
        if (row := kept.get(case.household)) and row.need == case.need
    }
    return found | _places([case for case in cases if case.id not in found], order)


def _ranked(cases: Sequence[SupportCase]) -> sa.Select[Any]:
    homes = {case.household for case in cases if case.household}
    told = sa.select(_HOME.c.household, _HOME.c.need, _HOME.c.main, _HOME.c.sub, _HOME.c.rank)
    return told.where(among(db.session.connection(), _HOME.c.household, homes))


def _answers(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in questions(type(record))}


def _some(model: type[Any], ids: Sequence[str]) -> sa.Select[Any]:
    return sa.select(model).where(among(db.session.connection(), model.__table__.c.id, set(ids)))


# --- what there is ----------------------------------------------------------------------------------------------


def lists_of(programme: str, villages: Sequence[str], level: str) -> list[SupportList]:
    """The lists of a level under a programme that lie in these villages."""
    query = sa.select(SupportList).where(among(db.session.connection(), SupportList.__table__.c.area, villages))
    query = query.where(SupportList.programme == programme, SupportList.level == level, sa.not_(SupportList.withdrawn))
    return list(db.session.scalars(query.order_by(SupportList.created_at, SupportList.created_stamp)))


def meeting_of(one: SupportList) -> VillageMeeting | None:
    """The meeting of a list; None of a commune's."""
    return db.session.get(VillageMeeting, meeting_id(one.id))


def lines_of(one: SupportList, *, whole: bool = False) -> list[ListedLine]:
    """The lines of a list as they stand now, in their order. ``whole``: the records of the lines and their cases, to
    move them on; otherwise no more of them than a page or a paper says."""
    line: Any = ListLine.__table__.c
    query: Any = sa.select(ListLine) if whole else sa.select(line.id, *(line[name] for name in OF_LINE))
    rows = db.session.execute(query.where(line.of_list == one.id, ~line.withdrawn).order_by(line.number, line.id))
    records: list[Any] = list(rows.scalars() if whole else rows)
    named = [each.case for each in records]
    cases: dict[str, Any] = _by_id(SupportCase, named) if whole else _told(SupportCase, named, OF_CASE)
    (_home, at_home), (_need, needed) = _about(cases.values())
    homes, needs = _told(Household, at_home, OF_HOUSEHOLD), _told(HousingNeed, needed, OF_NEED)
    facts = {row.record: row for row in db.session.execute(_facts(cases))}
    ranked, meeting = _kept_places(list(cases.values()), one.programme), meeting_of(one)
    about = villages_about(one, {case.area or "" for case in cases.values()})
    return [
        ListedLine(
            record,
            case := cases[record.case or ""],
            homes.get(case.household or ""),
            needs.get(case.need or ""),
            facts[case.id].state if case.id in facts else case.state or "",
            facts[case.id].promised if case.id in facts else 0,
            ranked.get(case.id),
            one.level or "village",
            meeting.present if meeting and "present" not in meeting.conflicts else None,
            (case.area or "") not in about,
        )
        for record in records
        if record.case in cases
    ]


def villages_about(one: SupportList, areas: Collection[str]) -> set[str]:
    """Those of these villages that a list is about: its own, or those of its commune, as that was when it was drawn up:
    a commune that took it in since has lists of its own."""
    if one.level == "village":
        return {one.village or ""}
    code, _at, vintage = (one.commune or "").partition("@")
    inside = {one.village or "", *(places.villages_of(int(vintage), code) if vintage.isdigit() else ())}
    return inside & set(areas)


def _about(
    cases: Iterable[SupportCase],
) -> tuple[tuple[type[Any], list[str | None]], tuple[type[Any], list[str | None]]]:
    there = list(cases)
    return (Household, [case.household for case in there]), (HousingNeed, [case.need for case in there])


def _by_id(model: type[Any], ids: Iterable[str | None]) -> dict[str, Any]:
    return {one.id: one for one in db.session.scalars(_some(model, list(filter(None, ids))))}


def _told(model: type[Any], ids: Iterable[str | None], names: Sequence[str]) -> dict[str, sa.Row[Any]]:
    """These answers of records, by id: rows, as a page of five hundred has no need of as many objects."""
    table = model.__table__
    query = sa.select(table.c.id, *(table.c[name] for name in names))
    here = among(db.session.connection(), table.c.id, set(filter(None, ids)))
    return {row.id: row for row in db.session.execute(query.where(here))}


def _facts(cases: Iterable[str]) -> sa.Select[Any]:
    return sa.select(_FACT.c.record, _FACT.c.state, _FACT.c.promised).where(
        among(db.session.connection(), _FACT.c.record, list(cases))
    )
