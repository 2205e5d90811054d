"""Lists of other offices of what is known of places: which place, of which time, how much out of how many."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from openpyxl import Workbook

from fieldapp import imports
from fieldapp.db import db
from fieldapp.imports import ListedPlaces, headings, indicators
from fieldapp.imports.values import UnreadableCell
from fieldapp.places import Place
from fieldapp.surveys.reference import PlaceIndicator
from tests.imports.conftest import Looked, admin
from tests.imports.test_given import why
from tests.imports.test_households import dump, fates

HEADINGS = ("TT", "Đơn vị", "Tổng số hộ", "Hộ nghèo", "Tỷ lệ hộ dùng nước hợp vệ sinh", "Xã đạt chuẩn y tế")


def workbook(path: Path, *rows: tuple[Any, ...], title: str = "BIỂU TỔNG HỢP CÁC CHỈ TIÊU NĂM 2024") -> Path:
    book = Workbook()
    sheet = book.active
    sheet.append([title])
    sheet.append(HEADINGS)
    for row in rows:
        sheet.append(row)
    for line in sheet.iter_rows(min_row=3, min_col=5, max_col=5):
        for cell in line:
            if isinstance(cell.value, float):
                cell.number_format = "0.00%"
    book.save(path)
    return path


def told(period: str) -> set[tuple[Any, ...]]:
    rows = db.session.scalars(
        sa.select(PlaceIndicator).where(PlaceIndicator.period == period, sa.not_(PlaceIndicator.withdrawn))
    )
    return {(one.indicator, one.place, one.unit, one.value, one.denominator) for one in rows}


def test_a_table_of_a_district_gives_each_commune_its_indicators_and_is_taken_back_whole(
    look: Looked, tmp_path: Path
) -> None:
    before = dump()
    path = workbook(
        tmp_path / "chi tieu.xlsx",
        ("I", "Huyện Ba Bể", "12.345", 3210, 0.9822, "14/15"),
        (1, "Xã Nam Mẫu", 812, "1.204 hộ", 0.5, None),
        (2, "1828", "x", None, None, None),
        (3, "Xã Không Có", 5, 1, None, None),
        (4, "xã Nam Mẫu", 999, None, None, None),
        (None, "Toàn tỉnh", 81480, None, "98,22%", "106/108"),
        (None, "Tổng cộng", 81480, None, None, None),
        (None, None, None, "TM. UBND HUYỆN", None, None),
    )
    each = look(path, "indicators")
    assert fates(each) == {3: "new", 4: "new", 5: "wrong", 6: "wrong", 7: "wrong", 8: "new"}, why(each)
    assert [why(each)[row] for row in (6, 7)] == [["unknown_place"], ["twice_place"]]
    assert dump() == before
    imports.take(each.id, admin())
    [mau] = [place for place in found_places("Xã Nam Mẫu") if place.vintage == 2023]
    assert told("2024") == {
        ("tong_so_ho", "061@2023", "ho", "12345", None), ("ho_ngheo", "061@2023", "ho", "3210", None),
        ("nuoc_hop_ve_sinh", "061@2023", "phan_tram", "98.22", None), ("xa_chuan_y_te", "061@2023", "xa", "14", "15"),
        ("tong_so_ho", f"{mau.code}@2023", "ho", "812", None), ("ho_ngheo", f"{mau.code}@2023", "ho", "1204", None),
        ("nuoc_hop_ve_sinh", f"{mau.code}@2023", "phan_tram", "50", None),
        ("tong_so_ho", None, "ho", "81480", None), ("nuoc_hop_ve_sinh", None, "phan_tram", "98.22", None),
        ("xa_chuan_y_te", None, "xa", "106", "108"),
    }  # fmt: skip
    assert set(fates(look(path, "indicators")).values()) == {"known", "wrong"}
    imports.undo(each.id, admin())
    assert dump() == before


def found_places(name: str) -> list[Place]:
    return list(db.session.scalars(sa.select(Place).where(Place.name == name)))


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("106/108 xã", ("106", "108", False)), ("98,22%", ("98.22", "", True)), ("1.234", ("1234", "", False)),
        (0.5, ("0.5", "", False)), ("–", ("", "", False)), ("x", None), ("1/2/3", None),
    ],
)  # fmt: skip
def test_a_value_is_read_with_its_thousands_its_share_and_out_of_how_many(cell: Any, found: Any) -> None:
    if found is not None:
        assert indicators.value_of(cell) == found
        return
    with pytest.raises(UnreadableCell):
        indicators.value_of(cell)


def test_one_indicator_a_row_is_read_as_well_as_one_a_column(look: Looked, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "BÁO CÁO CHUYỂN ĐỔI SỐ;;;;\nTT;Chỉ tiêu;Đơn vị tính;Năm;Kết quả\n1;Cụm loa truyền thanh;cụm;2024;687\n"
        "2;Tổng số hộ;hộ;2024;81.480\n3;Hộ có cáp quang;%;2024;76,6\n4;Trạm phát;trạm;2024;5\n",
        encoding="utf-8",
    )
    each = look(path, "indicators")
    assert fates(each) == {3: "new", 4: "new", 5: "new", 6: "wrong"}, why(each)
    assert why(each)[6] == ["unknown_word"]
    imports.take(each.id, admin())
    assert told("2024") == {
        ("cum_loa", None, "cum", "687", None), ("tong_so_ho", None, "ho", "81480", None),
        ("ho_cap_quang", None, "phan_tram", "76.6", None),
    }  # fmt: skip


def test_a_name_of_two_lists_of_places_is_that_of_its_time(context: Flask) -> None:
    """Names that communes of both lists have."""
    names = sa.select(Place.name).where(Place.level == "xa").group_by(Place.name)
    both = names.having(sa.func.count(sa.distinct(Place.vintage)) == 2, sa.func.count() == 2)
    here, name = ListedPlaces({}), db.session.scalars(both).first()
    assert name is not None
    years = {day: here.find(name, "", day)[0].partition("@")[2] for day in ("2021", "2024-12-31", "2025", "2026-03-01")}
    assert years == {"2021": "2023", "2024-12-31": "2023", "2025": "2025", "2026-03-01": "2025"}
    assert here.find(name, "", "2025-06-30") == ("", "several_places")


def test_a_heading_says_which_indicator_it_is_and_which_place() -> None:
    found = headings.guess(
        ("Tên xã", "Số xã đạt y tế", "Tỷ lệ hộ nghèo (%)", "Hộ cận nghèo", "Đơn vị tính"), "indicators"
    )
    assert found == [
        "place.commune", "value.xa_chuan_y_te", "value.ho_ngheo", "value.ho_can_ngheo", "place_indicator.unit",
    ]  # fmt: skip
