"""What a file of records costs, beside a bare writer of the same cells: processor time of each in the same run."""

from __future__ import annotations

import csv
import gc
import io
import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from itertools import cycle, islice
from pathlib import Path
from typing import Any, BinaryIO, cast

import sqlalchemy as sa
import xlsxwriter

from bench.cost import cost, median
from bench.figures import Figure, Section
from bench.season import Season
from bench.served import province
from fieldapp import exports, intake, people
from fieldapp.db import begin_writing, db
from fieldapp.exports import spreadsheet
from fieldapp.exports.records import Extract, extract
from fieldapp.surveys import questions
from fieldapp.surveys.housing_need import HousingNeed

RECORDS = 10_000
TIMES = 3
SURVEY = "housing_need"
OF_LIMITS = 45
"""So many columns have the records of which so many a second are asked for."""
LIMITS = {"csv": 15_000, "xlsx": 3_000, "geojson": 10_000, "sqlite": 8_000}
SAID = """{records:,} housing surveys as the sample fills them in, {columns} columns, written to a file as an
administrator takes it away; beside each a bare writer of the same cells that has them in memory already: `csv.writer`,
XlsxWriter with `constant_memory`, the JSON of the standard library, `executemany` into a table. Medians of {times}, by
processor time."""


def files(folder: Path) -> Section:
    """Records a second of each format and of its bare writer, and how many times as long it takes."""
    app = province(folder / "files")
    with app.app_context():
        fill(RECORDS)
        columns = len(spreadsheet.headings(_extract()))
        figures = [each for name in exports.FORMATS for each in _compared(name, columns)]
    return Section("Files of records", SAID.format(records=RECORDS, columns=columns, times=TIMES), tuple(figures))


def fill(records: int) -> None:
    """So many housing surveys more, each with the answers of one of the sample."""
    names = [name for name in questions(SURVEY) if name != "photos"]
    rows = db.session.execute(sa.select(*(getattr(HousingNeed, name) for name in names))).all()
    season = Season(author=people.find_account("quan").id)
    begin_writing()
    answers = (
        {name: value for name, value in zip(names, row, strict=True) if value is not None} for row in cycle(rows)
    )
    intake.receive((season.about(SURVEY, each) for each in islice(answers, records)), kind="file")
    db.session.commit()


def _compared(name: str, columns: int) -> Iterator[Figure]:
    whole, count = _seconds(lambda: _written(name)), _extract().count
    bare = _seconds(BARE[name]())
    yield f"{name}, records a second", count / whole
    yield (
        f"{name}, records of {OF_LIMITS} columns a second (at least {LIMITS[name]:,})",
        count / whole * columns / OF_LIMITS,
    )
    yield f"{name}, the bare writer", count / bare
    yield f"{name}, times the bare writer", whole / bare


def _seconds(work: Callable[[], Any]) -> float:
    gc.collect()
    return median(cost(work)[0] for _time in range(TIMES)).processor


def _extract() -> Extract:
    return extract(db.session(), SURVEY, areas=None, exact=True)


def _written(name: str) -> None:
    with tempfile.TemporaryFile() as out:
        exports.export(db.session(), SURVEY, name, out, areas=None, exact=True)


def _bare_csv() -> Callable[[], None]:
    lines = list(spreadsheet.lines(_extract(), spreadsheet.plain))

    def work() -> None:
        with tempfile.TemporaryFile() as out:
            csv.writer(io.TextIOWrapper(out, "utf-8", newline="")).writerows(lines)

    return work


def _bare_xlsx() -> Callable[[], None]:
    lines = list(spreadsheet.lines(_extract()))

    def work() -> None:
        with tempfile.TemporaryFile() as out:
            _sheet(lines, out)

    return work


def _sheet(lines: list[tuple[Any, ...]], out: BinaryIO) -> None:
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        sheet, shown = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
        for row, line in enumerate(lines):
            for column, cell in enumerate(line):
                if isinstance(cell, date):
                    sheet.write_datetime(row, column, cell, shown)
                elif isinstance(cell, str) and cell:
                    sheet.write_string(row, column, cell)
                elif not isinstance(cell, str):
                    sheet.write_number(row, column, cell)


def _bare_geojson() -> Callable[[], None]:
    out = io.BytesIO()
    exports.export(db.session(), SURVEY, "geojson", out, areas=None, exact=True)
    features = json.loads(out.getvalue())["features"]

    def work() -> None:
        with tempfile.TemporaryFile("w") as file:
            file.writelines(json.dumps(each, ensure_ascii=False) for each in features)

    return work


def _bare_sqlite() -> Callable[[], None]:
    with tempfile.NamedTemporaryFile() as out:
        exports.export(db.session(), SURVEY, "sqlite", cast("BinaryIO", out), areas=None, exact=True)
        out.flush()
        with closing(sqlite3.connect(out.name)) as made:
            found = made.execute(f"SELECT * FROM {SURVEY}")
            names, rows = [each[0] for each in found.description], found.fetchall()

    def work() -> None:
        with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(Path(folder) / "bare.db")) as bare:
            bare.execute("PRAGMA journal_mode = OFF")
            bare.execute(f"CREATE TABLE bare ({', '.join(names)})")
            bare.executemany(f"INSERT INTO bare VALUES ({','.join('?' * len(names))})", rows)
            bare.commit()

    return work


BARE = {"csv": _bare_csv, "xlsx": _bare_xlsx, "geojson": _bare_geojson, "sqlite": _bare_sqlite}
