"""Whether a list can be meant: what it would change, what is impossible in it, and what is asked before it is taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.i18n import _, ngettext
from fieldapp.places.lists import SHARES, PlaceListKind, PlaceRow, digits, level_of, read
from fieldapp.places.models import COMMUNE, DISTRICT, PROVINCE, Place, PlaceMapping, Village, village_id
from fieldapp.problems import ImpossiblePlaceList, NoCommunesYet
from fieldapp.surveys.household import Household
from fieldapp.vietnamese import search_key

WIDTH = {**dict.fromkeys(PROVINCE, 2), **dict.fromkeys(DISTRICT, 3), **dict.fromkeys(COMMUNE, 5)}
"""How many digits the official code of each level has."""
ABOVE = {
    **dict.fromkeys(PROVINCE, ()),
    **dict.fromkeys(DISTRICT, PROVINCE),
    **dict.fromkeys(COMMUNE, DISTRICT + PROVINCE),
}
"""The levels in which a place of each level may lie."""
LONGEST_NAME, LAST_NUMBER, SHOWN = 120, 999, 8


@dataclass(frozen=True)
class PlaceListDraft:
    """A list that can be taken: the rows of its table, and what is to be asked before."""

    kind: PlaceListKind
    file: str
    vintage: int
    to_vintage: int | None
    rows: list[dict[str, Any]]
    questions: list[str]


class Doubts:
    """What is found in a list, collected: ``refuse`` ends it, ``ask`` asks."""

    def __init__(self) -> None:
        self.refused: list[str] = []
        self.asked: list[str] = []
        self.padded = 0

    def refuse(self, row: PlaceRow, reason: str) -> None:
        """Refuse the list because of a line."""
        self.refused.append(_("line %(line)s: %(reason)s", line=row.line, reason=reason))

    def ask(self, question: str) -> None:
        """Ask about something that is probably wrong."""
        self.asked.append(question)

    def code(self, row: PlaceRow, column: str, width: int) -> str:
        """The code in a column with its leading zeros; "" and a reason where it can be none."""
        found = digits(row[column])
        if found is None or len(found) > width or len(found) < width - 2:
            self.refuse(row, _("“%(said)s” is no code of %(width)s digits", said=row[column], width=width))
            return ""
        self.padded += len(found) < width
        return found.zfill(width)

    def must_stand(self, file: str) -> None:
        """Go on only with a list of which nothing was refused.

        :raises ImpossiblePlaceList: something was.
        """
        if self.refused:
            raise ImpossiblePlaceList(file=file, reasons=_some(self.refused))

    def end(self, file: str) -> list[str]:
        """The questions that were asked.

        :raises ImpossiblePlaceList: something was refused.
        """
        self.must_stand(file)
        if self.padded:
            zeros = ngettext(
                "%(n)s code has lost its leading zeros, as in Excel (1834 for 01834). They are put back.",
                "%(n)s codes have lost their leading zeros, as in Excel (1834 for 01834). They are put back.",
                self.padded,
            )
            self.asked.insert(0, zeros)
        return self.asked


def _some(lines: Sequence[str]) -> str:
    more = len(lines) - SHOWN
    rest = [_("and %(count)s more", count=more)] if more > 0 else []
    return "\n".join(f"- {line}" for line in [*lines[:SHOWN], *rest])


def draft_places(path: Path, vintage: int, name: str = "") -> PlaceListDraft:
    """A list of places of one vintage. ``name``: what people call the file, where the path does not tell.

    :raises Problem: see :func:`fieldapp.places.lists.read`; ImpossiblePlaceList.
    """
    doubts = Doubts()
    rows = _once([(row, _place(row, vintage, doubts)) for row in read(path, "places", name)], ("code",), doubts)
    present = {place.code: place for place in db.session.scalars(sa.select(Place).where(Place.vintage == vintage))}
    levels = {code: place.level for code, place in present.items()} | {
        values["code"]: values["level"] for _row, values in rows
    }
    for row, values in rows:
        values["parent_code"] = _parent(row, values["level"], levels, doubts)
    doubts.must_stand(name or path.name)
    ready = [values for _row, values in rows]
    if present:
        _ask_beside(ready, present, doubts)
    else:
        _ask_led_over(vintage, doubts)
    _ask_names([(values["parent_code"], values["code"], values["name"]) for values in ready], doubts)
    return PlaceListDraft("places", name or path.name, vintage, None, ready, doubts.end(name or path.name))


def _place(row: PlaceRow, vintage: int, doubts: Doubts) -> dict[str, Any] | None:
    level = level_of(row["level"])
    if level is None:
        doubts.refuse(row, _("“%(said)s” is no level of a place", said=row["level"]))
        return None
    name, code = _name(row, doubts), doubts.code(row, "code", WIDTH[level])
    return {"vintage": vintage, "code": code, "name": name, "level": level, "search_key": search_key(name)}


def _name(row: PlaceRow, doubts: Doubts) -> str:
    name = row["name"]
    if not any(map(str.isalpha, name)):
        doubts.refuse(row, _("there is no name"))
    elif len(name) > LONGEST_NAME:
        doubts.refuse(row, _("the name is longer than %(most)s letters", most=LONGEST_NAME))
    return name


def _parent(row: PlaceRow, level: str, levels: dict[str, str], doubts: Doubts) -> str | None:
    """The code of the place it lies in, with its leading zeros; of a province none."""
    said = row["parent_code"]
    if not ABOVE[level]:
        return None
    found = digits(said) or ""
    code = next((code for above in ABOVE[level] if levels.get(code := found.zfill(WIDTH[above])) == above), None)
    if code is None:
        doubts.refuse(row, _("“%(said)s”, in which it is said to lie, is in no list", said=said))
    elif code != said:
        doubts.padded += 1
    return code


def _once(
    rows: Iterable[tuple[PlaceRow, dict[str, Any] | None]], keys: tuple[str, ...], doubts: Doubts
) -> list[tuple[PlaceRow, dict[str, Any]]]:
    """The rows that are one, each once. The same thing said twice is asked about, two things of one key are refused."""
    seen: dict[tuple[Any, ...], tuple[PlaceRow, dict[str, Any]]] = {}
    again = 0
    for row, values in rows:
        if not values or not all(values[key] for key in keys):
            continue
        key = tuple(values[name] for name in keys)
        first = seen.setdefault(key, (row, values))
        if first[1] != values:
            doubts.refuse(row, _("it has the key of line %(line)s and says something else", line=first[0].line))
        again += first[1] is not values
    if again:
        doubts.ask(
            ngettext(
                "%(n)s line is there twice. It counts once.", "%(n)s lines are there twice. They count once.", again
            )
        )
    return list(seen.values())


def _ask_beside(rows: list[dict[str, Any]], present: dict[str, Place], doubts: Doubts) -> None:
    """What the list of this year that is here says otherwise."""
    strange = [values["name"] for values in rows if values["level"] in PROVINCE and values["code"] not in present]
    if strange:
        have = [place.name for place in present.values() if place.level in PROVINCE]
        doubts.ask(
            _(
                "A further province would be added: %(new)s. Here are already: %(held)s.",
                new=_few(strange),
                held=_few(have),
            )
        )
    renamed = [(present[values["code"]].name, values["name"]) for values in rows if values["code"] in present]
    _ask_renamed([(was, now) for was, now in renamed if was != now], doubts)
    moved = [v["name"] for v in rows if v["code"] in present and present[v["code"]].parent_code != v["parent_code"]]
    if moved:
        doubts.ask(_("They would lie in another place than before: %(names)s.", names=_few(moved)))
    listed = {values["code"] for values in rows}
    gone = [place.name for code, place in present.items() if code not in listed and place.is_commune]
    if gone and any(values["level"] in COMMUNE for values in rows):
        doubts.ask(
            _("Communes of this year that the list does not name stay as they are: %(names)s.", names=_few(gone))
        )


def _ask_led_over(vintage: int, doubts: Doubts) -> None:
    """A list of a later year than any here: its tables show no household in a commune before a mapping leads there."""
    before = db.session.scalar(sa.select(sa.func.max(Place.vintage)).where(Place.vintage < vintage))
    led = sa.exists().where(PlaceMapping.to_vintage == vintage)
    if before is not None and not db.session.scalar(sa.select(led)):
        doubts.ask(
            _(
                "Nothing says yet what became of the communes of %(before)s: until that list is imported too, right "
                "after this one, tables by the communes of %(vintage)s show the households as of an unknown commune.",
                before=before,
                vintage=vintage,
            )
        )


def _ask_renamed(pairs: list[tuple[str, str]], doubts: Doubts) -> None:
    if pairs:
        told = [_("%(was)s becomes %(now)s", was=was, now=now) for was, now in pairs]
        doubts.ask(_("Names would change: %(names)s.", names=_few(told, "; ")))


def _ask_names(named: list[tuple[Any, Any, str]], doubts: Doubts) -> None:
    """Names as (what they lie in, key, name): the same one twice in one place, or all in capitals."""
    counted = Counter((where, name.casefold()) for where, _key, name in named)
    twice = sorted({name for where, _key, name in named if counted[where, name.casefold()] > 1})
    if twice:
        doubts.ask(_("In one and the same place a name is there twice: %(names)s.", names=_few(twice)))
    loud = [name for _where, _key, name in named if name.isupper() and len(name) > 3]
    if loud:
        doubts.ask(_("Names are written in capitals only: %(names)s.", names=_few(loud)))


def _few(names: Collection[str], between: str = ", ") -> str:
    more = len(names) - SHOWN
    rest = [_("and %(count)s more", count=more)] if more > 0 else []
    return between.join([*islice(names, SHOWN), *rest])


def draft_villages(path: Path, vintage: int, name: str = "") -> PlaceListDraft:
    """A list of villages, of communes of one vintage.

    :raises Problem: see :func:`fieldapp.places.lists.read`; ImpossiblePlaceList; NoCommunesYet.
    """
    doubts = Doubts()
    communes = _communes(vintage)
    if not communes:
        raise NoCommunesYet(vintage=vintage)
    found = [(row, _village(row, vintage, communes, doubts)) for row in read(path, "villages", name)]
    rows = _once(found, ("id",), doubts)
    doubts.must_stand(name or path.name)
    ready = [values for _row, values in rows]
    _ask_households(ready, doubts)
    _ask_names([(values["commune_code"], values["id"], values["name"]) for values in ready], doubts)
    return PlaceListDraft("villages", name or path.name, vintage, None, ready, doubts.end(name or path.name))


def _communes(vintage: int) -> dict[str, Place]:
    query = sa.select(Place).where(Place.vintage == vintage, Place.level.in_(COMMUNE))
    return {place.code: place for place in db.session.scalars(query)}


def _village(row: PlaceRow, vintage: int, communes: dict[str, Place], doubts: Doubts) -> dict[str, Any] | None:
    name, code = _name(row, doubts), doubts.code(row, "commune_code", WIDTH["xa"])
    if code and code not in communes:
        doubts.refuse(row, _("no commune of %(vintage)s has the code %(code)s", code=code, vintage=vintage))
    number = int(digits(row["number"]) or 0)
    if not 1 <= number <= LAST_NUMBER:
        doubts.refuse(row, _("“%(said)s” is no number of a village from 1 to 999", said=row["number"]))
        return None
    about = {"vintage": vintage, "commune_code": code, "number": number, "search_key": search_key(name)}
    return {"id": village_id(vintage, code, number), "name": name, **about}


def _ask_households(rows: list[dict[str, Any]], doubts: Doubts) -> None:
    """Villages with households that would be called otherwise, or that the list of their commune does not name."""
    listed = {values["id"]: values["name"] for values in rows}
    codes = {(values["vintage"], values["commune_code"]) for values in rows}
    inside = sa.tuple_(Village.vintage, Village.commune_code).in_(sorted(codes))
    present = list(db.session.scalars(sa.select(Village).where(inside).order_by(Village.id)))
    lived = _households({village.id for village in present})
    _ask_renamed(
        [(v.name, listed[v.id]) for v in present if v.id in lived and listed.get(v.id, v.name) != v.name], doubts
    )
    gone = [
        _("%(name)s (households: %(n)s)", name=v.name, n=lived[v.id])
        for v in present
        if v.id in lived and v.id not in listed
    ]
    if gone:
        doubts.ask(
            _("Villages with households are not in the list of their commune, and stay: %(names)s.", names=_few(gone))
        )


def _households(villages: Collection[str]) -> dict[str, int]:
    query = sa.select(Household.area, sa.func.count()).where(Household.area.in_(villages)).group_by(Household.area)
    return {str(area): count for area, count in db.session.execute(query)}


def draft_mapping(path: Path, vintage: int, to_vintage: int, name: str = "") -> PlaceListDraft:
    """What became of each commune of a vintage in a later one.

    :raises Problem: see :func:`fieldapp.places.lists.read`; ImpossiblePlaceList; NoCommunesYet.
    """
    doubts = Doubts()
    read_rows = read(path, "mapping", name)
    old, new = _communes(vintage), _communes(to_vintage)
    if not new:
        raise NoCommunesYet(vintage=to_vintage)
    between = {"from_vintage": vintage, "to_vintage": to_vintage}
    found = [(row, _mapping(row, new, doubts, between)) for row in read_rows]
    rows = _once(found, ("from_code", "to_code"), doubts)
    _refuse_two_wholes(rows, doubts)
    if rows and not any(values["from_code"] in old for _row, values in rows):
        doubts.refuse(rows[0][0], _("none of the old communes is in the list of %(vintage)s", vintage=vintage))
    doubts.must_stand(name or path.name)
    ready = [values for _row, values in rows]
    _ask_mapped(ready, old, new, between, doubts)
    return PlaceListDraft("mapping", name or path.name, vintage, to_vintage, ready, doubts.end(name or path.name))


def _mapping(row: PlaceRow, new: dict[str, Place], doubts: Doubts, between: dict[str, int]) -> dict[str, Any]:
    share = SHARES.get(search_key(row["whole_or_part"]))
    if share is None:
        doubts.refuse(row, _("“%(said)s” says neither whole nor part", said=row["whole_or_part"]))
    codes = [doubts.code(row, column, WIDTH["xa"]) for column in ("old_commune_code", "new_commune_code")]
    if codes[1] and codes[1] not in new:
        vintage = between["to_vintage"]
        doubts.refuse(row, _("no commune of %(vintage)s has the code %(code)s", code=codes[1], vintage=vintage))
    return {**between, "from_code": codes[0], "to_code": codes[1], "whole": share == "whole"}


def _refuse_two_wholes(rows: list[tuple[PlaceRow, dict[str, Any]]], doubts: Doubts) -> None:
    """A commune that went whole into one went into no other."""
    pieces = Counter(values["from_code"] for _row, values in rows)
    for row, values in rows:
        if values["whole"] and pieces[values["from_code"]] > 1:
            doubts.refuse(row, _("the commune went whole into one, and into another as well"))


def _ask_mapped(
    rows: list[dict[str, Any]], old: dict[str, Place], new: dict[str, Place], between: dict[str, int], doubts: Doubts
) -> None:
    mapped = {values["from_code"] for values in rows}
    beyond = sorted(mapped - old.keys())
    if beyond:
        doubts.ask(
            _("Old communes that no list here names, of another province perhaps: %(codes)s.", codes=_few(beyond))
        )
    query = sa.select(PlaceMapping).filter_by(**between)
    before = {row.from_code: row for row in db.session.scalars(query)}
    missing = [place.name for code, place in old.items() if code not in mapped and code not in before]
    if missing:
        doubts.ask(_("Of some communes the list does not say what became of them: %(names)s.", names=_few(missing)))
    told = [
        _(
            "%(name)s went into %(was)s, now into %(now)s",
            name=old[v["from_code"]].name,
            was=new[was.to_code].name,
            now=new[v["to_code"]].name,
        )
        for v in rows
        if v["from_code"] in old
        and (was := before.get(v["from_code"]))
        and was.to_code != v["to_code"]
        and was.to_code in new
    ]
    if told:
        doubts.ask(_("Another fate than told before: %(names)s.", names=_few(told, "; ")))
