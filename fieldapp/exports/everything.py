"""Everything in one SQLite file: all surveys, facts, places and code lists, for whoever asks questions of it.

Codes, people, villages and records that rows name are rows of other tables, by foreign keys that hold: what names
something that is not in the file is told in the table ``not_here`` instead. Each survey has a view beside its table, in
the words of the form, and can be searched with and without accents.
"""

from __future__ import annotations

import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from graphlib import TopologicalSorter
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import sqlalchemy as sa
import sqlite_utils
from sqlalchemy.orm import Session

from fieldapp import naming
from fieldapp.exports.dictionary import dictionary
from fieldapp.exports.facts import FACTS, FactColumn, FactTable
from fieldapp.exports.records import AT_ONCE, COARSE, PORTION, Exported, Extract, extract
from fieldapp.exports.sqlite import as_json, conflicts_of
from fieldapp.exports.views import fact_view, quoted, survey_view
from fieldapp.exports.wordlists import CODE, used, wordings
from fieldapp.giving_way import room
from fieldapp.i18n import LANGUAGES
from fieldapp.places import Gazetteer, PlaceMapping
from fieldapp.surveys import SURVEYS, questions
from fieldapp.surveys.question import Question
from fieldapp.surveys.reference.base import EVERYWHERE
from fieldapp.today import stamp

Progress = Callable[[int, int], None]
STEPS = 10_000
"""Of the database, after which others go first while it does one long piece of work: a millisecond."""

FOLDED = "unicode61 remove_diacritics 2"
"""How words are looked for: accents do not matter. Only đ is no d with an accent to it, hence the column ``_plain``."""

TEXTS = ("text", "long_text")
TYPES: dict[str, type] = {"integer": int, "money": int, "yes_no": int, "decimal": float}
FACT_TYPES: dict[str, type] = {"whole": int, "yes_no": int, "number": float, "degrees": float}


class ExportColumn(NamedTuple):
    """A column of a table of the file. ``of``: the table it names a row of."""

    name: str
    type: type = str
    of: str = ""


STATE = (
    ExportColumn("lat", float), ExportColumn("lon", float), ExportColumn("_author", of="person"),
    ExportColumn("_contested", int), ExportColumn("_withdrawn", int), ExportColumn("_created_at"),
    ExportColumn("_changed_at"), ExportColumn("_form_version", int), ExportColumn("_plain"),
)  # fmt: skip
"""The columns of every survey behind its questions; ``_plain`` is its text without accents, to be searched."""


def to_everything(
    session: Session, out: BinaryIO, *, areas: frozenset[str] | None, exact: bool, progress: Progress | None = None
) -> int:
    """Write all that lies in these villages (all for ``None``) into a SQLite file; how many records it holds.

    :param exact: with full positions and sensitive answers, which is for administrators.
    :param progress: told now and then how many records are written, of how many.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "everything.db"
        database = sqlite_utils.Database(path)
        try:
            count = _Writer(database, session, areas, exact, progress).write()
        finally:
            database.close()
        with path.open("rb") as made:
            shutil.copyfileobj(made, out)
    return count


def in_order() -> list[str]:
    """The surveys, each behind those that it names records of."""
    named = {
        name: {q.of for q in questions(name).values() if q.kind == "reference" and q.of and q.of != name}
        for name in SURVEYS
    }
    return list(TopologicalSorter(named).static_order())


def unaccented(text: str) -> str:
    """The same text in small letters without any accent, ``đ`` as ``d``."""
    letters = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in letters if unicodedata.category(letter) != "Mn")


class _Writer:
    """One file while it is made. It is nobody's until it is whole, so nothing of it is made sure on the disk."""

    def __init__(
        self,
        database: sqlite_utils.Database,
        session: Session,
        areas: frozenset[str] | None,
        exact: bool,
        progress: Progress | None,
    ) -> None:
        self.database, self.session, self.areas, self.exact = database, session, areas, exact
        self.extracts = [extract(session, name, areas=areas, exact=exact) for name in in_order()]
        self.facts = [table for table in FACTS if exact or not table.private]
        self.whole, self.done, self.progress = sum(each.count for each in self.extracts), 0, progress

    def write(self) -> int:
        """All of it; how many records."""
        for pragma in ("synchronous = OFF", "journal_mode = OFF", "foreign_keys = OFF"):
            self.database.execute(f"PRAGMA {pragma}")
        self.database.conn.set_progress_handler(room.step_aside, STEPS)
        self._lists()
        for each in self.extracts:
            self._survey(each)
        for table in self.facts:
            self._fact(table)
        self.database.table("dictionary").insert_all(dictionary(), pk=("survey", "name"))
        self._mend()
        self._views()
        return self.done

    def _create(self, name: str, columns: Iterable[ExportColumn], pk: str | tuple[str, ...]) -> Callable[[Any], None]:
        """Make a table; what writes rows into it."""
        listed = list(columns)
        others = [(each.name, each.of, CODE if each.of.startswith("code_") else "id") for each in listed if each.of]
        self.database.table(name).create({each.name: each.type for each in listed}, pk=pk, foreign_keys=others)
        row = f"INSERT INTO {quoted(name)} VALUES ({','.join('?' * len(listed))})"

        def fill(rows: Iterable[Any]) -> None:
            with self.database.conn:
                self.database.conn.executemany(row, rows)

        return fill

    # --- what rows name ---------------------------------------------------------------------------------------

    def _lists(self) -> None:
        self._create("person", [ExportColumn("id"), ExportColumn("name")], "id")(naming.everybody(self.session).items())
        for name in used():
            columns = [ExportColumn(CODE), *map(ExportColumn, LANGUAGES), ExportColumn("retired", int)]
            self._create(f"code_{name}", columns, CODE)(wordings(name))
        self._places()
        self._create("conflict", map(ExportColumn, ("survey", "record", "question", "value")), ())
        self._create("not_here", map(ExportColumn, ("in_table", "in_row", "in_column", "value")), ())

    def _places(self) -> None:
        known = Gazetteer(self.session)
        self._listed_places(known)
        self._mappings(known)
        self._villages(known)

    def _listed_places(self, known: Gazetteer) -> None:
        columns = [
            *map(ExportColumn, ("id", "code", "name", "level")),
            ExportColumn("vintage", int),
            ExportColumn("parent", of="place"),
        ]
        self._create("place", columns, "id")(
            (_place(p.vintage, p.code), p.code, p.name, p.level, p.vintage, _place(p.vintage, p.parent_code))
            for p in known.everywhere.values()
        )

    def _mappings(self, known: Gazetteer) -> None:
        """What became of each place in a reorganisation."""
        columns = [
            ExportColumn("from_place", of="place"),
            ExportColumn("to_place", of="place"),
            ExportColumn("whole", int),
        ]
        became = self.session.execute(sa.select(PlaceMapping.__table__))
        self._create("place_mapping", columns, ("from_place", "to_place"))(
            (_place(*old), _place(*new), int(m.whole))
            for m in became
            for old, new in [((m.from_vintage, m.from_code), (m.to_vintage, m.to_code))]
            if old in known.everywhere and new in known.everywhere
        )

    def _villages(self, known: Gazetteer) -> None:
        columns = [
            ExportColumn("id"),
            ExportColumn("name"),
            ExportColumn("commune", of="place"),
            ExportColumn("commune_today", of="place"),
        ]
        self._create("village", columns, "id")(self._village_rows(known))

    def _village_rows(self, known: Gazetteer) -> Iterator[tuple[Any, ...]]:
        for village in known.villages.values():
            now = known.known(village.id)
            today = _place(now.vintage, now.code) if now else None
            yield village.id, village.name, _place(village.vintage, village.commune_code), today

    # --- the rows ---------------------------------------------------------------------------------------------

    def _survey(self, each: Extract) -> None:
        asked = [ExportColumn(q.name, _type(q, self.exact), _named(q)) for q in each.questions.values()]
        columns = [ExportColumn("id"), ExportColumn("area", of="village"), *asked, *STATE]
        fill = self._create(each.survey, columns, "id")
        texts = [q.name for q in each.questions.values() if q.kind in TEXTS and (self.exact or not q.private)]
        decimals = frozenset(q.name for q in each.questions.values() if q.kind == "decimal")
        while portion := list(islice(each.records, PORTION)):
            fill(_row(record, texts, decimals) for record in room.one_by_one(portion))
            with self.database.conn:
                told = ((each.survey, *conflict) for conflict in conflicts_of(portion))
                self.database.conn.executemany("INSERT INTO conflict VALUES (?, ?, ?, ?)", told)
            self.done += len(portion)
            if self.progress:
                self.progress(self.done, self.whole)
        if texts:
            self.database.table(each.survey).enable_fts([*texts, "_plain"], tokenize=FOLDED)

    def _fact(self, table: FactTable) -> None:
        columns = [column for column in table.columns if self.exact or not column.private]
        listed = [ExportColumn(each.name, FACT_TYPES.get(each.type, str), _fact_named(each)) for each in columns]
        fill = self._create(table.name, listed, table.key if len(table.key) > 1 else table.key[0])
        found = self.session.execute(table.within(self.areas).execution_options(yield_per=AT_ONCE)).mappings()
        fill([self._fact_cell(column, row[column.name]) for column in columns] for row in room.one_by_one(found))

    def _fact_cell(self, column: FactColumn, value: Any) -> Any:
        if value is None:
            return None
        if column.type == "degrees" and not self.exact:
            return round(value, COARSE)
        return stamp(value) if column.type == "moment" else int(value) if isinstance(value, bool) else value

    # --- when all of it is there ------------------------------------------------------------------------------

    def _mend(self) -> None:
        """Make every foreign key hold: an unknown code or person gets a row, all else is listed in ``not_here``."""
        for table in self.database.tables:
            for key in table.foreign_keys:
                if key.other_table.startswith("code_"):
                    self._add_unknown(key, (CODE, *LANGUAGES))
                elif key.other_table == "person":
                    self._add_unknown(key, ("id", "name"))
                else:
                    self._tell_apart(table, key)
        written = " UNION ".join(f"SELECT _author FROM {quoted(name)}" for name in SURVEYS)
        with self.database.conn:
            self.database.execute(f"DELETE FROM person WHERE id NOT IN ({written})")

    def _add_unknown(self, key: Any, columns: tuple[str, ...]) -> None:
        column = quoted(key.column)
        says = ", ".join([column] * len(columns))
        unknown = f"SELECT DISTINCT {says} FROM {quoted(key.table)} WHERE {column} IS NOT NULL"
        into = f"{quoted(key.other_table)} ({', '.join(columns)})"
        with self.database.conn:
            self.database.execute(f"INSERT OR IGNORE INTO {into} {unknown}")

    def _tell_apart(self, table: Any, key: Any) -> None:
        name, column = quoted(table.name), quoted(key.column)
        there = f"SELECT id FROM {quoted(key.other_table)}"
        loose = f"{column} IS NOT NULL AND {column} NOT IN ({there})"
        row = quoted(table.pks[0])
        told = f"SELECT ?, {row}, ?, {column} FROM {name} WHERE {loose}"
        lost = f"DELETE FROM {name}" if key.column in table.pks else f"UPDATE {name} SET {column} = NULL"
        with self.database.conn:
            self.database.execute(f"INSERT INTO not_here {told}", [table.name, key.column])
            self.database.execute(f"{lost} WHERE {loose}")

    def _views(self) -> None:
        made: set[str] = {name.casefold() for name in self.database.table_names()}
        views = [survey_view(each) for each in self.extracts]
        views += [fact_view(table, exact=self.exact) for table in self.facts]
        for name, origin, sql in views:
            free = name if name.casefold() not in made else f"{name} ({origin})"
            made.add(free.casefold())
            self.database.create_view(free, sql)


def _place(vintage: int, code: str | None) -> str | None:
    return f"{vintage}.{code}" if code else None


def _type(question: Question, exact: bool) -> type:
    return str if question.private and not exact else TYPES.get(question.kind, str)


def _named(question: Question) -> str:
    """The table that the answers to a question name rows of."""
    if question.kind == "one_of":
        return f"code_{question.choices}"
    if question.kind == "village":
        return "village"
    return question.of or "" if question.kind == "reference" else ""


def _fact_named(column: FactColumn) -> str:
    return f"code_{column.words}" if column.words else column.of


def _row(record: Exported, texts: Iterable[str], decimals: frozenset[str]) -> list[Any]:
    answers, point = record.answers, record.point
    area = None if record.area in ("", EVERYWHERE) else record.area
    plain = unaccented(" ".join(str(answers[name]) for name in texts if answers[name] is not None))
    at = (float(point["lat"]), float(point["lon"])) if point else (None, None)
    cells = (_cell(name, value, decimals) for name, value in answers.items())
    state = int(bool(record.conflicts)), int(record.withdrawn), stamp(record.created_at), stamp(record.changed_at)
    return [record.id, area, *cells, *at, record.author, *state, record.form_version, plain]


def _cell(name: str, value: Any, decimals: frozenset[str]) -> Any:
    if isinstance(value, list | dict):
        return as_json(value)
    if name in decimals and isinstance(value, str):
        return _number(value)
    return int(value) if isinstance(value, bool) else value


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:  # what is masked, or what a foreign program brought
        return text
