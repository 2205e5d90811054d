"""What the figures rest on: the changes made up, the rows inserted beside them, the file they are written into."""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from bench import raw
from bench.figures import Section, write
from bench.season import Season
from bench.wire import ANSWERS, Tablet
from fieldapp.surveys import questions
from sync import decode, fold


def test_changes_made_up_in_a_hurry_are_changes_without_a_gap_or_a_conflict() -> None:
    season = Season()
    made = [decode(text) for text in (*season.trip(100), *season.trip(7))]
    assert [each.seq for each in made] == list(range(1, 108))
    assert [each.prev for each in made[1:]] == [each.id for each in made[:-1]]
    states = [fold([each for each in made if each.record == record]) for record in season.records]
    assert len(states) == 21
    assert not any(state.conflicts for state in states)


def test_a_portion_is_the_same_work_however_many_came_before() -> None:
    season = Season()
    list(season.portion())
    portions = [[decode(text) for text in season.portion()] for _more in range(2)]
    assert [len(portion) for portion in portions] == [10_000, 10_000]
    assert [len({each.record for each in portion}) for portion in portions] == [3000, 3000]


def test_the_raw_insert_leaves_the_very_rows_in_the_order_they_came(tmp_path: Path) -> None:
    before, after = tmp_path / "before.db", tmp_path / "after.db"
    _database(before, ["an"])
    _database(after, ["an", "minh", "lan"])
    rows = raw.rows_since(before, after)
    assert rows == {"person": [(2, "minh"), (3, "lan")], "seen": [("lan",), ("minh",)]}
    with closing(sqlite3.connect(tmp_path / "raw.db", isolation_level=None)) as plain:
        raw.copy_schema(after, plain, rows)
        raw.insert(plain, rows)
        assert plain.execute("SELECT name FROM person ORDER BY id").fetchall() == [("minh",), ("lan",)]
        indexes = plain.execute("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
        assert indexes.fetchall() == [("by_name",)]


def _database(path: Path, names: list[str]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT)")
        database.execute("CREATE INDEX by_name ON person(name)")
        database.execute("CREATE TABLE seen(name TEXT PRIMARY KEY) WITHOUT ROWID")
        database.execute("CREATE TABLE empty(n INTEGER)")
        database.executemany("INSERT INTO person(name) VALUES (?)", [(name,) for name in names])
        database.executemany("INSERT INTO seen VALUES (?)", [(name,) for name in names])


def test_what_is_measured_anew_takes_its_place_and_the_rest_stays(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    write(
        [Section("Imports", "A file.", (("import/raw ratio", 0.5),)), Section("Pages", "Quick.", (("ms", 1.0),))], file
    )
    write(
        [Section("Imports", "A file.", (("import/raw ratio", 0.71), ("changes", 200_000), ("x", "not measured")))], file
    )
    text = file.read_text("utf-8")
    assert text.startswith("# Figures\n")
    assert text.index("## Imports") < text.index("## Pages")
    lines = text.splitlines()
    assert {"import/raw ratio: 0.71", "changes: 200,000", "x: not measured", "ms: 1.00"} <= set(lines)
    assert "import/raw ratio: 0.50" not in lines


def test_a_record_of_the_wire_has_forty_answers_of_which_all_fit() -> None:
    tablet = Tablet("", 0, {"device": "0" * 16, "author": "lan", "areas": [{"id": "2023.01864.001"}]})
    [first, record] = [decode(msgspec.json.decode(gzip.decompress(body))["changes"][0]) for body in _sent(tablet)]
    known = questions(record.survey)
    assert len(record.answers) == ANSWERS
    assert [name for name, value in record.answers.items() if not known[name].fits(value)] == []
    assert (record.prev, record.answers["household"]) == (first.id, first.record)


def _sent(tablet: Tablet) -> list[bytes]:
    return [*tablet.households(1), *tablet.bodies(1, 1)]
