"""Lists of other offices that say what households were given: insurance, school, electricity, loans.

Such a list brings no household: it names one that is here, by its head or by a member of it. A row that names nobody
who is here is told of and stays out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.imports import values
from fieldapp.imports.fates import TAKEN, Fates, RowPart, told_of
from fieldapp.imports.fields import Field
from fieldapp.imports.files import Cell
from fieldapp.imports.holdings import KnownHousehold, Match, drawn
from fieldapp.imports.models import ListRow
from fieldapp.imports.rows import SHOWN, Cells, ImportedRow, Reader
from fieldapp.imports.values import UnreadableCell
from fieldapp.surveys import HouseholdMember, OtherSupport
from fieldapp.surveys.question import Question
from fieldapp.vietnamese import read_integer, search_key

_POLICIES = {
    "hoc_phi": r"hoc phi|chi phi hoc tap", "tien_an": r"tien an|an trua|ban tru|\bgao\b", "tien_dien": r"\bdien\b",
    "the_bhyt": r"bhit|bao hiem i te", "dao_tao_nghe": r"dao tao nghe|hoc nghe|day nghe|dai nghe",
    "viec_lam": r"viec lam|lao dong", "tro_giup_phap_ly": r"phap li", "vay_uu_dai": r"\bvai\b|tin dung|csxh",
    "sinh_ke": r"sinh ke|giong|vat nuoi",
}  # fmt: skip
_SOURCES = {
    "nhcsxh": r"csxh|chinh sach xa hoi", "quy_nguoi_ngheo": r"vi nguoi ngheo|mat tran",
    "nstw": r"trung uong|nstw|\btw\b|ngan sach nha nuoc|nsnn", "nsdp": r"dia phuong|nsdp|ngan sach (tinh|huien|xa)",
    "tai_tro": r"tai tro|doanh nghiep|ung ho|xa hoi hoa|tu thien",
}  # fmt: skip
_UNITS = {
    "trieu_dong": r"\b(trieu|tr)\b", "luot": r"\b(luot|thang|lan)\b", "ho": r"\bho\b",
    "nguoi": r"\b(nguoi|hoc sinh|hs|em|the|khau|lao dong|hoc vien|tre)\b",
}  # fmt: skip
"""How offices write what they count, without accents; a month of electricity is a time."""
_OF_ONE = {"policy": _POLICIES, "source": _SOURCES, "unit": _UNITS}
_SCHOOL_YEAR = re.compile(r"(20[0-9]{2}) ?[-–/] ?(20[0-9]{2}|[0-9]{2})(?![0-9/])")
_YEAR = re.compile(r"(?<![0-9])(20[0-9]{2})(?![0-9])")
_MILLION = 1_000_000


def policy_in(text: str) -> str:
    """The policy that a title or a cell tells of; "" where it names none, or several."""
    return _one_in(text, _POLICIES)


def source_in(text: str) -> str:
    """Who paid, as a title or a cell tells it."""
    return _one_in(text, _SOURCES)


def year_in(text: str) -> str:
    """``2022-2023`` for a school year that a title tells, ``2023`` for a year; "" for none."""
    found = _SCHOOL_YEAR.search(text)
    if found and school_year(found[0]):
        return f"{found[1]}-{int(found[1]) + 1}"
    alone = re.search(r"năm (20[0-9]{2})\b", text.lower())
    return alone[1] if alone else ""


def school_year(text: str) -> int | None:
    """The year in which a school year begins: 2022 of ``2022-2023`` and of ``2022/23``; None for any other span."""
    found = _SCHOOL_YEAR.search(text)
    if found is None:
        return None
    begins = int(found[1])
    return begins if int(found[2]) % 100 == (begins + 1) % 100 else None


def _one_in(text: str, words: Mapping[str, str]) -> str:
    key = search_key(text)
    found = [code for code, pattern in words.items() if re.search(pattern, key)]
    return found[0] if len(found) == 1 else ""


class SupportReader(Reader):
    """Reads a list of what households were given."""

    named: ClassVar[tuple[str, ...]] = ("household.head_name", "person.name")

    def _cell(self, said: ImportedRow, each: Field, cell: Cell, title: str) -> None:
        read = _READ.get(each.code)
        if read is None:
            super()._cell(said, each, cell, title)
            return
        try:
            said.answers[each.group] |= read(cell, title)
        except UnreadableCell as error:
            self.note_wrong(said, error.code, each, cell, title)

    def _value(self, question: Question, each: Field, cell: Cell, words: Mapping[str, str]) -> Any:
        found = super()._value(question, each, cell, words)
        if isinstance(found, UnreadableCell) and each.group == "other_support" and each.name in _OF_ONE:
            return _one_in(str(cell), _OF_ONE[each.name]) or found
        return found

    def _complete(self, said: ImportedRow, cells: Cells) -> None:
        self._village(said, cells)
        head, person = said.answers["household"].get("head_name"), said.answers["person"].get("name")
        said.name = str(person or head or "")
        if not said.name:
            said.wrong.append(("no_person", {}))
        given = said.answers["other_support"]
        _say_other(given, cells)
        _count(given, bool(person))
        said.wrong += [(why, {}) for name, why in _NEEDED.items() if name not in given and not _is_told(said, name)]
        self._check(said)


_NEEDED = {"policy": "no_policy", "year": "no_year", "quantity": "no_quantity", "unit": "no_unit",
           "source": "no_paid_source"}  # fmt: skip


def _is_told(said: ImportedRow, name: str) -> bool:
    return any(told[1].get("field") == f"other_support.{name}" for told in (*said.wrong, *said.notes))


def _say_other(given: dict[str, Any], cells: Cells) -> None:
    """Another policy and another source are told in the words of the list."""
    for name in ("policy", "source"):
        if given.get(name) == "khac" and not given.get(f"{name}_other") and f"other_support.{name}" in cells:
            given[f"{name}_other"] = values.plain(cells[f"other_support.{name}"][1])[:80]


def _count(given: dict[str, Any], is_person: bool) -> None:
    """A row without a quantity is one person where it names one, and one household otherwise; a loan is its
    millions."""
    amount = given.get("amount")
    if given.get("policy") == "vay_uu_dai" and amount and "quantity" not in given and amount % _MILLION == 0:
        given.update(quantity=amount // _MILLION, unit="trieu_dong")
    if "quantity" not in given and given.get("unit") != "trieu_dong":
        given.setdefault("unit", "nguoi" if is_person else "ho")
        given["quantity"] = 1


def _year(cell: Cell, _title: str) -> dict[str, Any]:
    """A year, a school year, or the year of a day."""
    text = str(cell).strip()
    if _SCHOOL_YEAR.search(text) and not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        begins = school_year(text)
        if begins is None:
            raise UnreadableCell("no_school_year")
        return {"year": begins, "period": "nam_hoc"}
    years = set(_YEAR.findall(text))
    if len(years) != 1:
        raise UnreadableCell("unreadable")
    return {"year": int(years.pop())}


_QUANTITY = re.compile(r"([0-9][0-9.,  ]*)(.*)", re.DOTALL)


def quantity(cell: Cell, title: str) -> dict[str, Any]:
    """``12``, ``1.200``, ``3 người``, ``12 lượt``; what is counted where the cell or its heading says so.

    :raises UnreadableCell: it is no number, or counts something that is not in the list of units.
    """
    if isinstance(cell, float | bool):
        raise UnreadableCell("unreadable")
    found = _QUANTITY.fullmatch(str(cell).strip())
    if found is None:
        raise UnreadableCell("unreadable")
    try:
        said = read_integer(found[1].strip())
    except ValueError:
        raise UnreadableCell("unreadable") from None
    unit = _one_in(found[2], _UNITS)
    if found[2].strip() and not unit:
        raise UnreadableCell("unknown_unit")
    return {"quantity": said, **({"unit": unit} if unit else _unit_of_heading(title))}


def _unit_of_heading(title: str) -> dict[str, str]:
    unit = _one_in(title, _UNITS)
    return {"unit": unit} if unit else {}


def _person(cell: Cell, _title: str) -> dict[str, Any]:
    found = values.name(values.plain(cell))
    return {"name": found[:SHOWN]} if found else {}


def _born(cell: Cell, _title: str) -> dict[str, Any]:
    try:
        return {"birth_year": values.day(cell)[:4]}
    except ValueError as error:
        raise error if isinstance(error, UnreadableCell) else UnreadableCell("unreadable") from None


_READ: dict[str, Callable[[Cell, str], dict[str, Any]]] = {
    "other_support.year": _year,
    "other_support.quantity": quantity,
    "person.name": _person,
    "person.birth_date": _born,
}


# --- whose it is ----------------------------------------------------------------------------------------------


class RosterPerson(NamedTuple):
    """A member of a household."""

    id: str
    household: str
    key: str
    year: str


class Roster:
    """The members of households, by village; read when a village is first asked about."""

    def __init__(self) -> None:
        self._inside: dict[str, dict[str, list[RosterPerson]]] = {}

    def named(self, village: str, name: str, year: str) -> list[RosterPerson]:
        """The people of this name in a village who may have been born in this year ("": not told)."""
        if village not in self._inside:
            by_name = defaultdict(list)
            for person in _people(HouseholdMember.area == village):
                by_name[person.key].append(person)
            self._inside[village] = by_name
        return [each for each in self._inside[village].get(search_key(name), ()) if _may_be(each, year)]


def _may_be(person: RosterPerson, year: str) -> bool:
    return not (person.year and year) or person.year == year


def _people(which: sa.ColumnElement[bool]) -> list[RosterPerson]:
    columns = (HouseholdMember.id, HouseholdMember.household, HouseholdMember.name, HouseholdMember.birth_year)
    query = sa.select(*columns).where(which, sa.not_(HouseholdMember.withdrawn)).order_by(HouseholdMember.id)
    return [
        RosterPerson(record, household or "", search_key(name or ""), str(year or ""))
        for record, household, name, year in db.session.execute(query)
    ]


class SupportFates(Fates):
    """Judges rows of what households were given. ``row.record`` is the household; ``ids`` of the answers holds the
    record of the support, and the member."""

    def __init__(self, *told: Any) -> None:
        super().__init__(*told)
        self.roster = Roster()

    def parts(self, row: ListRow) -> list[RowPart]:
        """The one record that a row is about."""
        ids = row.answers.get("ids", {})
        whose = {"household": row.record, **({"member": ids["member"]} if ids.get("member") else {})}
        return [("other_support", "other_support", ids["support"], {**row.answers["other_support"], **whose})]

    def may_be_new(self, row: ListRow) -> bool:
        """A list of support brings no household; one more of the same support it does."""
        return bool(row.record)

    def enter(self, row: ListRow, file_hash: str) -> None:
        """It was given beside what the other row says."""
        row.answers = {**row.answers, "beside": f"{file_hash} {row.row}"}

    def _identify(self, row: ListRow) -> None:
        match = self._whose(row)
        if match.known is not None:
            row.record = match.known.id
        elif match.alike:
            row.fate, row.told = "doubt", [*row.told, (match.why, {"row": 0})]
            row.alike = [told_of(known) for known in match.alike]
        else:
            why = "was_withdrawn" if self._has_gone(row) else "no_household_given"
            row.fate, row.told = "wrong", [*row.told, (why, {})]

    def _has_gone(self, row: ListRow) -> bool:
        assert self.holdings is not None
        return bool(row.answers["household"].get("head_name")) and self.holdings.has_gone(row.answers["household"])

    def _whose(self, row: ListRow) -> Match:
        """The household of the head who is named, or the one that has the person who is named among its members."""
        assert self.holdings is not None
        household, person = row.answers["household"], row.answers.get("person", {})
        match = self.holdings.match(household) if household.get("head_name") else Match()
        if match.known is not None:
            return match
        name = person.get("name") or household.get("head_name") or ""
        year = str(person.get("birth_year") or "" if person.get("name") else household.get("birth_date") or "")[:4]
        found = self.roster.named(household["village"], name, year)
        having = [self.holdings.by_id[each.household] for each in found if each.household in self.holdings.by_id]
        homes = list(dict.fromkeys(known for known in having if not known.withdrawn))
        if homes and not match.alike and not person.get("name"):
            row.answers = {**row.answers, "person": {"name": name, "birth_year": year}}  # the list names a member
        both = [known for known in match.alike if known in homes]
        if len(both or homes) == 1 and (both or (year and not match.alike)):
            return Match((both or homes)[0])
        return _asked(match, homes)

    def compare(self, rows: Sequence[ListRow]) -> None:
        """As of any list; and a support that a row before told of is asked about."""
        judged = [row for row in rows if row.record and row.fate not in ("doubt", "wrong", "aside")]
        _give_ids(judged)
        before = self._before(judged)
        for row in judged:
            support = row.answers["ids"]["support"]
            first = self._taken.setdefault(support, before.get(support, row.row))
            if first != row.row:
                row.fate, row.told = "doubt", [*row.told, ("twice_support", {"row": first})]
        super().compare(judged)

    def _before(self, rows: Sequence[ListRow]) -> dict[str, int]:
        """By support the row of this list that is taken and tells of it, asked where rows are judged again."""
        if self.holdings is not None or not rows:
            return {}  # the whole list is read, in its order
        again, homes = {row.row for row in rows}, {row.record for row in rows}
        taken = sa.select(ListRow.row, ListRow.answers).where(
            ListRow.number == rows[0].number, ListRow.record.in_(homes), ListRow.fate.in_(TAKEN)
        )
        found = db.session.execute(taken.order_by(ListRow.row.desc()))
        told = ((each.answers.get("ids", {}).get("support"), each.row) for each in found if each.row not in again)
        return {support: row for support, row in told if support}


def _asked(match: Match, homes: Iterable[KnownHousehold]) -> Match:
    alike = list(dict.fromkeys([*(known for known in match.alike if not known.withdrawn), *homes]))[:3]
    return Match(None, "alike" if len(alike) == 1 else "several", alike) if alike else Match()


def _give_ids(rows: Sequence[ListRow]) -> None:
    """Say which record of support, and which member, each row is about: what is here with the same policy, year, unit,
    source and member, or what two nodes that take the list both draw."""
    homes = sorted({row.record for row in rows})
    members, here = defaultdict(list), defaultdict(list)
    for person in _people(HouseholdMember.household.in_(homes)) if homes else ():
        members[person.household].append(person)
    table = OtherSupport.__table__
    query = sa.select(table).where(table.c.household.in_(homes), sa.not_(table.c.withdrawn)).order_by(table.c.id)
    for known in db.session.execute(query).mappings() if homes else ():
        here[known["household"]].append(known)
    for row in rows:
        member = _member(row, members[row.record])
        row.answers = {**row.answers, "ids": {"member": member, "support": _support(row, member, here[row.record])}}


def _member(row: ListRow, members: Iterable[RosterPerson]) -> str:
    """The member a row names beside the head, where one of the household is of that name; "" where it names none."""
    person = row.answers.get("person", {})
    key, year = search_key(person.get("name") or ""), str(person.get("birth_year") or "")
    found = [each.id for each in members if key and each.key == key and _may_be(each, year)]
    return found[0] if len(found) == 1 else ""


_SAME = ("policy", "policy_other", "year", "unit", "source")


def _support(row: ListRow, member: str, here: Sequence[Any]) -> str:
    given, person = row.answers["other_support"], row.answers.get("person", {})
    who = member or search_key(person.get("name") or "")
    beside = [row.answers["beside"]] if row.answers.get("beside") else []
    made = drawn("support", row.record, *(given.get(name) or "" for name in _SAME), who, *beside)
    if beside or (who and not member) or any(known["id"] == made for known in here):
        return made
    same = [
        known["id"]
        for known in here
        if (known["member"] or "") == member and all((known[name] or "") == (given.get(name) or "") for name in _SAME)
    ]
    return same[0] if len(same) == 1 else made
