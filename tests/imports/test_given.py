"""Lists of other offices of what households were given: whose it is, how much, of which year; and nothing half in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import Workbook

from fieldapp import imports, intake
from fieldapp.db import begin_writing, db
from fieldapp.imports import headings, support
from fieldapp.imports.values import UnreadableCell
from fieldapp.problems import UnmappedList
from fieldapp.surveys import OtherSupport
from sync import WITHDRAWN
from tests.imports.conftest import Looked, Village, admin
from tests.imports.test_households import dump, fates
from tests.statements import counted

HEADINGS = ("TT", "Họ và tên học sinh", "Năm sinh", "Họ và tên chủ hộ", "Thôn", "Xã", "Năm học", "Số người", "Số tiền")
TITLE = "DANH SÁCH HỌC SINH ĐƯỢC MIỄN, GIẢM HỌC PHÍ NĂM HỌC 2022-2023 (nguồn: ngân sách trung ương)"

Pupils = Callable[..., Path]


@pytest.fixture
def pupils(tmp_path: Path, village: Village) -> Pupils:
    """A list of a school: pupil, year of birth, head, school year, quantity, amount; villages in merged cells."""

    def made(*rows: tuple[Any, ...], title: str = TITLE) -> Path:
        book = Workbook()
        sheet = book.active
        sheet.append([title])
        sheet.merge_cells("A1:I1")
        sheet.append(HEADINGS)
        for at, (pupil, born, head, *rest) in enumerate(rows, start=1):
            where = (village.name, village.commune) if at == 1 else (None, None)
            sheet.append([at, pupil, born, head, *where, *rest])
        if len(rows) > 1:
            for column in "EF":
                sheet.merge_cells(f"{column}3:{column}{2 + len(rows)}")
        sheet.append([None, "Tổng cộng", None, None, None, None, None, len(rows)])
        book.save(tmp_path / "hoc phi.xlsx")
        return tmp_path / "hoc phi.xlsx"

    return made


@pytest.fixture
def child(village: Village) -> str:
    """A pupil who is on the list of members of the household that is known."""
    begin_writing()
    record = "0b8f5c1e-0000-4000-8000-000000000001"
    answers = {"household": village.known["id"], "name": "Hoàng Thị Bé", "relationship": "con", "sex": "nu",
               "birth_year": 2012}  # fmt: skip
    intake.save("household_member", record, answers, account=admin(), knowing={})
    db.session.commit()
    return record


def given(each: imports.ListImport) -> list[OtherSupport]:
    brought = {told for row in imports.rows_of(each.id) if (told := row.answers.get("ids", {}).get("support"))}
    return list(db.session.scalars(sa.select(OtherSupport).where(OtherSupport.id.in_(brought))))


def why(each: imports.ListImport) -> dict[int, list[str]]:
    return {row.row: [told[0] for told in row.told] for row in imports.rows_of(each.id)}


def test_a_list_of_a_school_gives_to_the_household_and_to_the_pupil_and_is_taken_back_whole(
    look: Looked, pupils: Pupils, village: Village, child: str
) -> None:
    before = dump()
    head = village.known["head_name"].upper()
    path = pupils(
        ("HOÀNG THỊ BÉ", 2012, head, "2022 - 2023", "9 lượt", "1.350.000"),
        ("Hoàng Văn Hai", 2014, head, "2022/23", 9, 1350000),
        ("Người Xa Lạ", 2014, "Không Có Ai", "2022-2023", 1, None),
        ("Hoàng Thị Bé", 2012, None, "2021-2022", 1, None),
    )
    each = look(path, "support")
    assert fates(each) == {3: "new", 4: "doubt", 5: "wrong", 6: "new"}, why(each)
    assert why(each)[4] == ["alike"]
    imports.choose_all(each.id, "alike", "only")
    assert dump() == before
    assert fates(each)[4] == "new"
    imports.take(each.id, admin())
    told = {(one.year, one.period, one.quantity, one.unit, one.amount, one.source, one.member) for one in given(each)}
    assert told == {
        (2022, "nam_hoc", 9, "luot", 1_350_000, "nstw", child),
        (2022, "nam_hoc", 9, "nguoi", 1_350_000, "nstw", None),
        (2021, "nam_hoc", 1, "nguoi", None, "nstw", child),
    }
    assert {one.household for one in given(each)} == {village.known["id"]}
    assert {one.policy for one in given(each)} == {"hoc_phi"}
    again = look(path, "support")
    assert fates(again) == {3: "known", 4: "doubt", 5: "wrong", 6: "known"}
    imports.undo(each.id, admin())
    assert dump() == before


def test_a_support_told_twice_is_asked_about_and_neither_row_is_lost(
    look: Looked, pupils: Pupils, village: Village, child: str
) -> None:
    head, row = village.known["head_name"], ("Hoàng Thị Bé", 2012, village.known["head_name"], "2022-2023", 5, None)
    each = look(pupils(row, row, ("Hoàng Thị Bé", 2012, head, "2022-2023", 7, None)), "support")
    assert (fates(each), why(each)[4]) == ({3: "new", 4: "doubt", 5: "doubt"}, ["twice_support"])
    imports.choose(each.id, {4: "new", 5: "out"})
    imports.take(each.id, admin())
    assert [one.quantity for one in given(each)] == [5, 5]


def test_a_household_that_was_withdrawn_is_told_to_be_so_and_not_to_be_unknown(
    look: Looked, pupils: Pupils, village: Village
) -> None:
    begin_writing()
    intake.save("household", village.known["id"], {WITHDRAWN: True}, account=admin())
    db.session.commit()
    each = look(pupils(("Hoàng Thị Bé", 2012, village.known["head_name"], "2022-2023", 1, None)), "support")
    assert (fates(each), why(each)[3]) == ({3: "wrong"}, ["was_withdrawn"])


def test_one_answer_to_many_rows_asks_no_more_than_to_a_few(look: Looked, pupils: Pupils, village: Village) -> None:
    """A school's list names heads without a year: each of its rows is asked about, and all are answered at once."""
    asked = {}
    for many in (5, 60):
        rows = ((f"Hoàng Văn {chr(65 + at % 26)} {many}{at}", 2014, village.known["head_name"], "2022", 1, None)
                for at in range(many))  # fmt: skip
        each = look(pupils(*rows), "support")
        assert each.counts["doubt"] == many
        with counted() as statements:
            each = imports.choose_all(each.id, "alike", "only")
        assert each.counts["new"] == many
        asked[many] = len(statements)
    assert asked[60] == asked[5]


def test_a_support_that_is_here_is_known_and_another_quantity_changes_it(
    look: Looked, pupils: Pupils, village: Village, child: str
) -> None:
    begin_writing()
    record, answers = "0b8f5c1e-0000-4000-8000-000000000002", {
        "household": village.known["id"], "member": child, "policy": "hoc_phi", "year": 2022, "period": "nam_hoc",
        "quantity": 5, "unit": "nguoi", "source": "nstw",
    }  # fmt: skip
    intake.save("other_support", record, answers, account=admin(), knowing={})
    db.session.commit()
    head = village.known["head_name"]
    same = look(pupils(("Hoàng Thị Bé", 2012, head, "2022-2023", 5, None)), "support", day="2099-01-01")
    assert fates(same) == {3: "known"}
    more = look(pupils(("Hoàng Thị Bé", 2012, head, "2022-2023", 6, None)), "support", day="2099-01-01")
    assert fates(more) == {3: "changes"}
    imports.take(more.id, admin())
    assert db.session.get_one(OtherSupport, record).quantity == 6


def test_a_list_that_does_not_say_what_or_who_paid_is_not_looked_at_before_it_is_told(
    look: Looked, pupils: Pupils, village: Village
) -> None:
    path = pupils(("A B", 2012, "C D", "2022-2023", 1, None), title="DANH SÁCH")
    with pytest.raises(UnmappedList) as found:
        look(path, "support")
    assert "hình" not in found.value.message
    told = {"other_support.policy": "the_bhyt", "other_support.source": "nsdp"}
    assert fates(look(path, "support", every=told)) == {3: "wrong"}


@pytest.mark.parametrize(
    ("text", "begins"),
    [("2022-2023", 2022), ("2022 – 2023", 2022), ("HK I năm học 2022/23", 2022), ("2021-2025", None), ("2023", None)],
)
def test_a_school_year_is_two_years_that_follow_one_another(text: str, begins: int | None) -> None:
    assert support.school_year(text) == begins


@pytest.mark.parametrize(
    ("cell", "heading", "found"),
    [
        ("1.200", "Số lượt", {"quantity": 1200, "unit": "luot"}),
        ("3 người", "Số lượng", {"quantity": 3, "unit": "nguoi"}),
        ("12 tháng", "Số lượng", {"quantity": 12, "unit": "luot"}),
        ("50 triệu", "", {"quantity": 50, "unit": "trieu_dong"}),
        (7, "Số hộ", {"quantity": 7, "unit": "ho"}), (7, "Số lượng", {"quantity": 7}),
        (1.2, "Số lượt", "unreadable"), ("5 con lợn", "", "unknown_unit"), ("x", "", "unreadable"),
    ],
)  # fmt: skip
def test_a_quantity_is_read_with_its_thousands_and_with_what_it_counts(cell: Any, heading: str, found: Any) -> None:
    if isinstance(found, dict):
        assert support.quantity(cell, heading) == found
        return
    with pytest.raises(UnreadableCell) as told:
        support.quantity(cell, heading)
    assert told.value.code == found


def test_what_stands_behind_the_name_of_a_pupil_is_about_the_pupil() -> None:
    found = headings.guess(("Họ tên học sinh", "Ngày sinh", "Số CCCD", "Chủ hộ", "Điện thoại"), "support")
    assert found == ["person.name", "person.birth_date", "", "household.head_name", "household.phone"]
