"""Lists of a whole province that other offices keep, taken in from a workbook: households, and what they were given."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import xlsxwriter

from bench.cost import Cost, alone
from bench.figures import Figure, Section
from bench.served import province
from fieldapp import places
from fieldapp.db import db
from fieldapp.sample.names import person, some_people

ROWS = 30_000
KINDS = ("households", "support")
WORKS = ("looked", "answered", "taken")
PEOPLE = {"tay": "Tày", "nung": "Nùng", "kinh": "Kinh", "dao": "Dao Tiền", "mong": "H'Mông"}
HOUSEHOLDS = (
    "STT", "Mã hộ", "Họ và tên chủ hộ", "Năm sinh", "Giới tính", "Dân tộc", "Số CCCD", "Số khẩu", "Loại hộ", "Xây mới",
    "Thôn", "Xã",
)  # fmt: skip
SUPPORT = ("TT", "Họ và tên học sinh", "Năm sinh", "Họ và tên chủ hộ", "Thôn", "Xã", "Năm học", "Số người", "Số tiền")
OF_HOUSEHOLDS = "DANH SÁCH HỘ NGHÈO, HỘ CẬN NGHÈO (chốt đến ngày 14/12/2024)"
OF_SUPPORT = "DANH SÁCH HỌC SINH ĐƯỢC MIỄN, GIẢM HỌC PHÍ NĂM HỌC 2022-2023 (nguồn: ngân sách trung ương)"
SAID = """A workbook of {rows:,} households over all villages of the small sample, every third with a need of a new
house, read, looked at row by row, and taken as one batch with its records and facts; then one of {rows:,} pupils of
these households for whom school fees were paid, which names heads without a year: each of its rows is in doubt, and one
answer holds for all. Then both once more, when all is known. Seconds by the clock, of the processor in brackets; each
in a process of its own."""


def lists(folder: Path) -> Section:
    """Seconds of each step of either list, and the most memory it needs."""
    node = folder / "lists"
    shutil.rmtree(node, ignore_errors=True)
    with province(node, "small").app_context():
        rows = list(_households())
    _write(node / "households.xlsx", OF_HOUSEHOLDS, HOUSEHOLDS, rows)
    _write(node / "support.xlsx", OF_SUPPORT, SUPPORT, map(_pupil, rows))
    first = [figure for kind in KINDS for figure in _taken(node, kind)]
    again = [figure for kind in KINDS for figure in _again(node, kind)]
    return Section(f"Lists of {ROWS:,} rows", SAID.format(rows=ROWS), (*first, *again))


def _taken(node: Path, kind: str) -> Iterator[Figure]:
    told = alone("take_list", node, node / f"{kind}.xlsx", kind, "take")
    costs = [Cost(*told[work]) for work in WORKS]
    yield f"{kind}, rows that are taken", told["new"]
    for work, cost in zip(WORKS, costs, strict=True):
        yield f"{kind}, {work}, s", f"{cost.seconds:.1f} ({cost.processor:.1f})"
    whole = Cost(*map(sum, zip(*costs, strict=True)))
    yield f"{kind}, all of it, s (at most 60)", f"{whole.seconds:.1f} ({whole.processor:.1f})"
    yield f"{kind}, peak MB", told["peak_mb"]


def _again(node: Path, kind: str) -> Iterator[Figure]:
    told = alone("take_list", node, node / f"{kind}.xlsx", kind, "look")
    looked = Cost(*told["looked"])
    yield f"{kind}, looked at again, s", f"{looked.seconds:.1f} ({looked.processor:.1f})"
    yield f"{kind}, rows that are new then", told["new"]


def _households() -> Iterator[tuple[Any, ...]]:
    """Households that nobody knows yet, village by village."""
    rng, found = Random(30), places.Gazetteer(db.session()).all_known
    homes = sorted((commune.name, places.village_name(id)) for id, (_village, commune) in found.items())
    for at in range(ROWS):
        people, man, year = some_people(rng), rng.random() < 0.7, rng.randint(1940, 1999)
        named = person(rng, people, "nam" if man else "nu").upper()
        number = 6_000_000_000 + (0 if man else 10**8) + (year - 1900) * 10**6 + at
        commune, village = homes[at * len(homes) // ROWS]
        yield (
            at + 1, f"{at:06}", named, year, "Nam" if man else "Nữ", PEOPLE[people], number, rng.randint(1, 8), "Nghèo",
            "x" if at % 3 == 0 else None, village, commune,
        )  # fmt: skip


def _pupil(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return row[0], f"{row[2].split()[0]} VĂN AN", 2012, row[2], *row[-2:], "2022-2023", 9, "1.350.000"


def _write(path: Path, title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, title)
        sheet.write_row(1, 0, headings)
        for at, row in enumerate(rows, start=2):
            sheet.write_row(at, 0, row)
