"""What follows about each household: one row, kept beside the records, by which pages list, sort, count and map.

It is worked out by pure functions from the answers of the household, its housing surveys and visits, the rules and the
places. What follows on one day and not on another says from which day on it has to be worked out again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from fieldapp import housing
from fieldapp.db import db
from fieldapp.facts import counting, days, figures
from fieldapp.facts.ranking import classes_in, decoded, in_force, lineage_here
from fieldapp.facts.standing import Standing
from fieldapp.facts.tables import HOME_TALLIES, HouseholdFact, HouseholdProgramme, HouseholdTally, LackTally
from fieldapp.facts.tallies import CountKey, KeptCount
from fieldapp.housing import Assessment
from fieldapp.housing.criteria.household import is_minority
from fieldapp.places.lineage import Lineage
from fieldapp.reference import Rules
from fieldapp.reference.current import current_rules
from fieldapp.surveys import Household, HousingNeed, ProgressVisit, of_kind, questions
from fieldapp.surveys.base import Record
from fieldapp.today import as_moment, local_day, today
from sync.statements import Ready, among, among_texts, insert, replace, texts

LAWFUL = ("one_of", "yes_no", "integer", "decimal", "date", "reference", "many_of", "village")
"""Kinds of answers that the law looks at; texts, photos and points would double the time to read a province."""


_TABLE: Any = HouseholdFact.__table__
_PROGRAMMES: Any = HouseholdProgramme.__table__
COUNTS = tuple(_TABLE.c[f"count_{n}"] for n in range(figures.NUMBERS))
RANK = [column.name for column in _TABLE.columns].index("rank")
UNTIL = [column.name for column in _TABLE.columns].index("until")
_TOLD_APART = [[column.name for column in _TABLE.columns].index(key) for key in HOME_TALLIES]
_LACK, _VILLAGE = _PROGRAMMES.c.lack, sa.func.coalesce(_PROGRAMMES.c.area, "")
_HANGING = sa.func.count(_PROGRAMMES.c.household.distinct())


def _counted_by(*names: str, numbers: int = figures.NUMBERS) -> sa.Select[Any]:
    keys = [sa.func.coalesce(_TABLE.c[name], "") for name in names]
    return sa.select(*keys, sa.func.count(), *map(sa.func.sum, COUNTS[:numbers])).group_by(*keys)


_HOMES = KeptCount(*HOME_TALLIES.values(), of_all=[_counted_by(*HOME_TALLIES)], keys=[*HOME_TALLIES])
_LACKS = KeptCount(
    LackTally.__table__,
    of_all=[
        sa.select(_VILLAGE, _LACK, _HANGING).where(_LACK.is_not(None)).group_by(_VILLAGE, _LACK),
        sa.select(_VILLAGE, sa.literal(""), _HANGING).where(_LACK.is_not(None)).group_by(_VILLAGE),
    ],
)
TALLIES = (_HOMES, _LACKS)


class Fact(NamedTuple):
    """What follows of one household: its row, and the rows of the programmes."""

    row: tuple[Any, ...]
    programmes: tuple[tuple[Any, ...], ...]

    @property
    def rank(self) -> str:
        """Its place in the legal order."""
        return str(self.row[RANK])


# --- worked out -----------------------------------------------------------------------------------------------


def work_out(households: Collection[str], statuses: Mapping[str, str] | None = None) -> dict[str, Fact]:
    """What follows of each of these households, by id; of one that is not known here, nothing.

    :param statuses: where records stand that are not kept yet, by id.
    """
    if not households:
        return {}
    connection, known = db.session.connection(), statuses or {}
    asked = {"households": texts(connection, households)}
    visits = _gathered(map(_visit, _visits(connection, **asked)))
    version, lists = in_force()
    rules, places, day = current_rules(db.session(), version), lineage_here(lists), today()
    homes = _homes(_answers(connection, **asked))
    return {id: _Home(rows, visits.get(id, ()), known, rules, places, day).fact for id, rows in homes.items()}


def _gathered(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for household, one in pairs:
        found[household].append(one)
    return found


OF_VISIT = ("need_type", "milestone_new", "milestone_repair")


def _visit(row: Any) -> tuple[str, dict[str, Any]]:
    return row[0], dict(zip(OF_VISIT, row[1:], strict=True))


def _ask_visits(dialect: sa.Dialect) -> sa.ClauseElement:
    about = ProgressVisit.__table__.c.household
    query = sa.select(about, *(getattr(ProgressVisit, name) for name in OF_VISIT))
    return query.where(sa.not_(ProgressVisit.withdrawn), among_texts(dialect, about, "households"))


_visits = Ready(_ask_visits)


def _lawful(survey: type[Record]) -> tuple[str, ...]:
    return tuple(name for name, question in questions(survey).items() if question.kind in LAWFUL)


OWN = (
    "id",
    "area",
    "changed_at",
    "contested",
    "withdrawn",
    "sort_key",
    "search_key",
    "location",
    "head_name",
    "citizen_id",
    "author",
)
OF_NEED = ("id", "changed_stamp", "contested")
HOME_COLUMNS = (*OWN, *_lawful(Household))
NEED_COLUMNS = (*OF_NEED, *_lawful(HousingNeed))
_LISTS = {
    "household": ("location", *(question.name for question in of_kind("household", "many_of"))),
    "housing_need": tuple(question.name for question in of_kind("housing_need", "many_of")),
}


def _ask_answers(dialect: sa.Dialect) -> sa.ClauseElement:
    """The answers of households and where they stand, once for each housing survey about them, its answers beside."""
    home, need = Household.__table__, HousingNeed.__table__
    own, of_need = aliased(Standing), aliased(Standing)
    columns = [home.c[name].label(f"h_{name}") for name in HOME_COLUMNS]
    columns += [need.c[name].label(f"n_{name}") for name in NEED_COLUMNS]
    query = sa.select(*columns, own.status, of_need.status.label("of_need"))
    about = sa.and_(need.c.household == home.c.id, sa.not_(need.c.withdrawn))
    query = query.select_from(home).outerjoin(need, about)
    query = query.outerjoin(own, own.record == home.c.id).outerjoin(of_need, of_need.record == need.c.id)
    return query.where(among_texts(dialect, home.c.id, "households"))


_answers = Ready(_ask_answers)


def _homes(rows: Iterable[Any]) -> dict[str, list[Any]]:
    return _gathered((row[0], row) for row in rows)


class _Home:
    """One household with its surveys and visits, and what follows."""

    def __init__(
        self,
        rows: list[Any],
        visits: Iterable[Mapping[str, Any]],
        statuses: Mapping[str, str],
        rules: Rules,
        places: Lineage,
        day: date,
    ) -> None:
        self.rules, self.day, self.visits, self.statuses = rules, day, visits, statuses
        first, last = len(HOME_COLUMNS), len(HOME_COLUMNS) + len(NEED_COLUMNS)
        self.answers = _read(HOME_COLUMNS, rows[0][:first], "household")
        self.own_status = rows[0][last]
        needs = [_Need(row[first:last], row[last + 1]) for row in rows if row[first] is not None]
        chosen = counting.that_counts(need.plain for need in needs)
        self.survey = next((need for need in needs if need.plain is chosen), None)
        self.need = _read(NEED_COLUMNS, self.survey.row, "housing_need") if self.survey else {}
        self.places = places.known(self.answers["village"])

    @cached_property
    def then(self) -> Assessment:
        """What the law said on the day of the visit, or else of the last change: that is so for ever."""
        day = housing.visited(self.need) or local_day(as_moment(self.answers["changed_at"]))
        return housing.assess(self.answers, self.need, rules=self.rules, places=self.places, day=day)

    @property
    def fact(self) -> Fact:
        """What is kept."""
        home, rank = self.answers, housing.rank_key(self.then)
        now = self._now()
        at = home["location"] or {}
        kept = (
            home["id"], home["area"], self.need.get("id"), home["sort_key"], home["search_key"], self._status(),
            self._stage, self._wanted, self._difficulty, home["poverty_class"], self._minority(), *classes_in(rank),
            rank, _number(at.get("lat")), _number(at.get("lon")), self._contested, bool(home["withdrawn"]),
            self._until(), home["ethnic_group"], home["author"], *self._counts(),
        )  # fmt: skip
        return Fact(kept, self._programmes(now))

    def _now(self) -> Assessment | None:
        """What it says today; nothing of a household whose house was not surveyed, or that was withdrawn."""
        if self.survey is None or self.answers["withdrawn"]:
            return None
        return housing.assess(self.answers, self.need, rules=self.rules, places=self.places, day=self.day)

    def _status(self) -> str:
        if self.survey is None:
            return self.statuses.get(self.answers["id"]) or self.own_status or "waiting"
        return self.statuses.get(self.need["id"]) or self.survey.status or "waiting"

    @cached_property
    def _stage(self) -> str:
        return counting.how_far(self.visits, self.need.get("need_type"))

    @cached_property
    def _wanted(self) -> str | None:
        """Nothing where it refuses the support, wants nothing, or was not asked."""
        asked = self.need.get("need_type")
        return housing.work_of(asked) if asked not in (None, "khong") and not self.need.get("refuses") else None

    @cached_property
    def _difficulty(self) -> str | None:
        return kind_of(self.then.difficulty) if self.survey else None

    @property
    def _contested(self) -> bool:
        return bool(self.answers["contested"] or self.need.get("contested"))

    def _minority(self) -> bool | None:
        return is_minority(self.answers).met

    def _until(self) -> str | None:
        if self.survey is None or self.answers["withdrawn"]:
            return None
        return days.next_one(self.day, self.rules, self.answers["birth_date"]).isoformat()

    def _counts(self) -> tuple[int, ...]:
        if self.answers["withdrawn"]:
            return figures.packed(())
        marks = figures.marks(
            poverty_class=self.answers["poverty_class"],
            surveyed=self.survey is not None,
            difficulty=self._difficulty,
            wanted=self._wanted,
            status=self._status() if self.survey else None,
            stage=self._stage,
            contested=self._contested,
        )
        return figures.packed(marks + figures.cleared_up(self._status(), self.answers))

    def _programmes(self, now: Assessment | None) -> tuple[tuple[Any, ...], ...]:
        id, area = self.answers["id"], self.answers["area"]
        verdicts = sorted((one for one in now.verdicts if one.eligible is not False), key=_code) if now else ()
        return tuple((id, one.code, area, one.eligible, _one_lack(one.lacks)) for one in verdicts)


class _Need:
    """One of the housing surveys of a household, as it was read."""

    def __init__(self, row: Any, status: str | None) -> None:
        self.row, self.status = row, status
        self.plain = {"id": row[0], "changed_stamp": row[1], "visited_on": row[_VISITED]}


_VISITED = NEED_COLUMNS.index("visited_on")


def _read(names: tuple[str, ...], row: Any, survey: str) -> dict[str, Any]:
    found = dict(zip(names, row, strict=True))
    for name in _LISTS[survey]:
        if (given := found[name]) is not None:
            found[name] = decoded(given)
    return found


def _number(axis: str | None) -> float | None:
    return None if axis is None else float(axis)


def _code(verdict: housing.ProgrammeVerdict) -> str:
    return verdict.code


def _one_lack(lacks: tuple[housing.Lack, ...]) -> str | None:
    return " ".join(lacks[0]) if len(lacks) == 1 else None


def kind_of(found: housing.Difficulty) -> str | None:
    """The one column a household is counted in; what is met counts, whatever else is not known."""
    if len(found.met) == 2:
        return "both"
    return found.met[0] if found.met else None if found.open else "none"


# --- kept -----------------------------------------------------------------------------------------------------


def write(asked: Collection[str], found: Mapping[str, Fact]) -> dict[str, str]:
    """Keep what was worked out of the households asked for; only what differs is written.

    :returns: the new rank of those whose rank is another one than before, or was not known.
    """
    connection = db.session.connection()
    held, programmes = _held(asked)
    changed = {id: fact for id, fact in found.items() if held.get(id) != fact.row}
    replace(connection, _TABLE, [fact.row for fact in changed.values()])
    gone = held.keys() - found.keys()
    _forgotten(_TABLE, gone)
    others = [id for id, fact in found.items() if programmes.get(id, ()) != fact.programmes]
    _forgotten(_PROGRAMMES, {*gone, *(id for id in others if id in programmes)})
    insert(connection, _PROGRAMMES, [row for id in others for row in found[id].programmes])
    _count(held, dict.fromkeys(gone) | {id: fact.row for id, fact in changed.items()})
    _count_lacks(programmes, dict.fromkeys(gone, ()) | {id: found[id].programmes for id in others})
    return {id: one.rank for id, one in changed.items() if id not in held or held[id][RANK] != one.rank}


def _count(held: Mapping[str, tuple[Any, ...]], now: Mapping[str, tuple[Any, ...] | None]) -> None:
    rows = [*((held.get(id), -1) for id in now), *((row, 1) for row in now.values())]
    _HOMES.move((_counted(row), (1, *row[-figures.NUMBERS :]), sign) for row, sign in rows if row)


def _counted(row: tuple[Any, ...]) -> CountKey:
    return tuple(row[place] or "" for place in _TOLD_APART)


def _count_lacks(held: Programmes, now: Programmes) -> None:
    rows = [*((held.get(id, ()), -1) for id in now), *((row, 1) for row in now.values())]
    _LACKS.move((key, (1,), sign) for programmes, sign in rows for key in _lacks(programmes))


def _lacks(programmes: tuple[tuple[Any, ...], ...]) -> set[CountKey]:
    """The keys under which a household is counted that lacks something: each once, and any of them."""
    found = {(area or "", lack) for _id, _code, area, _met, lack in programmes if lack is not None}
    return found | {(area, "") for area, _lack in found}


def _forgotten(table: Any, households: Collection[str]) -> None:
    if households:
        connection = db.session.connection()
        _DELETIONS[table.name](connection, households=texts(connection, households))


def _deletion(table: Any) -> Ready:
    return Ready(lambda dialect: sa.delete(table).where(among_texts(dialect, table.c.household, "households")))


_DELETIONS = {table.name: _deletion(table) for table in (_TABLE, _PROGRAMMES)}


def differing(households: Collection[str]) -> list[str]:
    """Of these households those whose fact is not what follows; not by what is proper to a day that has passed."""
    (held, programmes), day = _held(households), today().isoformat()
    found = work_out(households)
    return [id for id in {**held, **found} if not _is_alike(held.get(id), programmes.get(id, ()), found.get(id), day)]


def _is_alike(held: tuple[Any, ...] | None, programmes: tuple[Any, ...], found: Fact | None, day: str) -> bool:
    if held is None or found is None:
        return held is found
    if held[UNTIL] is None or day < held[UNTIL]:
        return held == found.row and programmes == found.programmes
    return _for_ever(held) == _for_ever(found.row)


def _for_ever(row: tuple[Any, ...]) -> list[Any]:
    return [value for place, value in enumerate(row) if place != UNTIL]


def ranks_of(households: Collection[str]) -> dict[str, str]:
    """The rank of each of these households, by id, worked out afresh."""
    return {id: fact.rank for id, fact in work_out(households).items()}


Programmes: TypeAlias = dict[str, tuple[tuple[Any, ...], ...]]


def _held(households: Collection[str]) -> tuple[dict[str, tuple[Any, ...]], Programmes]:
    """The rows that are kept of these households, by id, and those of their programmes."""
    connection, wide = db.session.connection(), len(_TABLE.columns)
    rows = [tuple(row) for row in _kept(connection, households=texts(connection, households))]
    gathered = _gathered((row[0], row[wide:]) for row in rows if row[wide] is not None)
    programmes = {id: tuple(sorted(each, key=lambda row: row[1])) for id, each in gathered.items()}
    return {row[0]: row[:wide] for row in rows}, programmes


def _ask_kept(dialect: sa.Dialect) -> sa.ClauseElement:
    both = sa.outerjoin(_TABLE, _PROGRAMMES, _PROGRAMMES.c.household == _TABLE.c.household)
    programmes = [column.label(f"p_{column.name}") for column in _PROGRAMMES.columns]
    query = sa.select(*_TABLE.columns, *programmes).select_from(both)
    return query.where(among_texts(dialect, _TABLE.c.household, "households"))


_kept = Ready(_ask_kept)


def some_after(household: str, most: int, *, due: str | None = None) -> list[str]:
    """The ids of the next households in the order of ids; of those alone that are due on a day, where one is given."""
    table = _TABLE if due else Household.__table__
    id = table.c.household if due else table.c.id
    query = sa.select(id).where(id > household).order_by(id).limit(most)
    return list(db.session.scalars(query.where(table.c.until <= due) if due else query))


def counted(names: Collection[str], villages: Collection[str] | None) -> int:
    """How often households of these villages, of all for None, count as one of these figures."""
    kept: Any = HouseholdTally.__table__.c
    query = sa.select(*(sa.func.coalesce(sa.func.sum(figures.count_in(kept, name)), 0) for name in names))
    if villages is not None:
        query = query.where(among(db.session.connection(), kept.area, villages))
    return sum(map(int, db.session.execute(query).one()))


def sums(
    villages: Collection[str] | None, seen: Callable[[sa.Select[Any]], sa.Select[Any]] | None = None
) -> Iterator[tuple[str, Counter[str]]]:
    """What the households of each of these villages count as in the table of needs, by village; of all for None, also
    those whose village is not known, under "". ``withdrawn`` are those that count as nothing else. ``seen`` lets the
    query see the facts of an earlier day, which are counted then; those of now are."""
    kept: Any = HouseholdTally.__table__.c
    if seen:
        query, area = seen(_counted_by("area", numbers=figures.OF_NEED)), _TABLE.c.area
    else:
        of_need = [kept[f"count_{n}"] for n in range(figures.OF_NEED)]
        query, area = sa.select(kept.area, kept.households, *of_need), kept.area
    if villages is not None:
        query = query.where(among(db.session.connection(), area, villages))
    for village, everybody, *numbers in db.session.execute(query).all():
        found = figures.unpacked(numbers)
        if gone := everybody - found["households"]:
            found["withdrawn"] = gone
        yield village, found
