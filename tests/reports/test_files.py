"""A table written as XLSX, CSV, JSON, text and SVG says the same everywhere."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import takewhile
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pypdf
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from fieldapp.i18n import speaking
from fieldapp.reports import WRITERS, chart, file_name
from fieldapp.reports.numbers import place_and_date, show
from fieldapp.reports.on_terminal import to_text
from fieldapp.reports.plain import to_csv, to_json
from fieldapp.reports.table import Table
from fieldapp.reports.xlsx import to_xlsx
from tests.again import again, asked_by
from tests.reports.tables import small_table


@pytest.fixture(scope="module")
def sheet() -> Worksheet:
    with speaking("vi"):
        data = to_xlsx(small_table())
    found = openpyxl.load_workbook(io.BytesIO(data), data_only=True).active
    assert isinstance(found, Worksheet)
    return found


def test_a_column_that_the_form_works_out_is_a_formula_that_comes_to_what_the_table_says(sheet: Worksheet) -> None:
    with speaking("vi"):
        found = openpyxl.load_workbook(io.BytesIO(to_xlsx(small_table()))).active
    assert isinstance(found, Worksheet)
    row = next(row[0].row for row in found.iter_rows() if row[1].value == "Tổng cộng")
    assert [found.cell(row, column).value for column in (6, 21)] == [
        f"=G{row}+H{row}+I{row}+J{row}+K{row}",
        f"=T{row}/O{row}",
    ]
    numbers = {column: sheet.cell(row, column).value for column in range(7, 12)}
    assert sum(int(str(value)) for value in numbers.values()) == sheet.cell(row, 6).value


def _cells(sheet: Worksheet, text: str) -> list[str]:
    return [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.value == text]


def test_the_workbook_has_the_official_header_title_signatures_and_recipients(sheet: Worksheet) -> None:
    assert sheet["A1"].value == "ỦY BAN NHÂN DÂN TỈNH BẮC KẠN"
    ends = ("NGƯỜI LẬP BIỂU", "THỦ TRƯỞNG ĐƠN VỊ", "Nơi nhận:", "- Lưu: VT.")
    for text in ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "NHU CẦU VÀ KẾT QUẢ HỖ TRỢ NHÀ Ở", *ends):
        assert _cells(sheet, text), text


def test_the_workbook_holds_numbers_as_numbers_and_rates_as_percentages(sheet: Worksheet) -> None:
    total = next(row for row in sheet.iter_rows() if row[1].value == "Tổng cộng")
    values = [cell.value for cell in total[2:]]
    assert values == [5, 2, 1, 4, 0, 1, 1, 1, 1, 3, 2, 1, 2, 2, 0, 2, 1, 1, 0.5]
    assert total[2].number_format == "#,##0"
    assert total[-1].number_format == "0.0%"


def test_the_workbook_is_set_up_to_print_on_a4_across(sheet: Worksheet) -> None:
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.paperSize == 9
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr is not None
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$9:$11"
    assert sheet.freeze_panes == "C12"


def test_the_workbook_numbers_its_pages_in_the_top_margin_but_for_the_first(sheet: Worksheet) -> None:
    assert sheet.HeaderFooter.differentFirst
    assert (sheet.firstHeader.center.text, sheet.oddHeader.center.text) == (None, "&P")
    assert (sheet.oddHeader.center.font, sheet.oddHeader.center.size) == ("Times New Roman,Regular", 13)
    margins = [getattr(sheet.page_margins, name) * 25.4 for name in ("top", "bottom", "left", "right", "header")]
    assert [round(each) for each in margins] == [20, 20, 30, 15, 8]


def test_the_workbook_numbers_its_columns_below_merged_headings(sheet: Worksheet) -> None:
    assert [cell.value for cell in sheet[11]][:6] == ["A", "B", "1", "2", "3", "4=5+6+7+8+9"]
    assert "F9:K9" in {str(merged) for merged in sheet.merged_cells.ranges}


OFFICE = shutil.which("soffice")


@asked_by("tests/reports/test_files.py::test_the_workbook_is_set_up_to_print_on_a4_across")
@pytest.mark.skipif(not OFFICE, reason="LibreOffice is not here")
def test_libreoffice_shows_the_numbers_of_the_table_and_prints_them_on_a4_across(tmp_path: Path) -> None:
    table = small_table()
    with speaking("vi"):
        (tmp_path / "table.xlsx").write_bytes(to_xlsx(table))
    for form in ("csv:Text - txt - csv (StarCalc):44,34,76", "pdf"):  # commas, quotes, UTF-8
        command = [str(OFFICE), "--headless", "--convert-to", form, "--outdir", tmp_path, tmp_path / "table.xlsx"]
        subprocess.run(command, check=True, env={**os.environ, "HOME": str(tmp_path)}, capture_output=True)
    with (tmp_path / "table.csv").open(encoding="utf-8") as file:
        rows = {row[1]: row[2:] for row in csv.reader(file) if len(row) > 2}
    for row in table.rows:
        drawn = [None if text in ("", "-") else float(text.rstrip("%")) for text in rows[row.name]]
        told = [None if value is None else float(value) * (100 if column.rate else 1)
                for value, column in zip(row.values, table.columns, strict=True)]  # fmt: skip
        assert drawn == told, row.name
    [page] = pypdf.PdfReader(tmp_path / "table.pdf").pages
    assert page.mediabox.width > page.mediabox.height
    assert "#" not in page.extract_text().replace("#panic", "")
    assert "VT." in page.extract_text()  # the last line below the table: all of it is on the sheet


def test_no_place_name_becomes_a_formula(sheet: Worksheet) -> None:
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "=Xã lạ")
    assert cell.data_type == "s"
    assert "'=Xã lạ" in to_csv(small_table()).decode()


def test_csv_starts_with_a_bom_and_has_vietnamese_headings_and_plain_numbers() -> None:
    with speaking("vi"):
        data = to_csv(small_table())
    assert data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert lines[0][:4] == ["STT", "Mã địa bàn", "Địa bàn", "Hộ gia đình – Tổng số"]
    assert lines[1][2:6] == ["Tổng cộng", "5", "2", "1"]
    assert [line[0] for line in lines[2:]] == ["I", "1", "2", "II", "1"]


def test_json_carries_values_by_column_and_the_formulas() -> None:
    body = json.loads(to_json(small_table("en")))
    assert body["rows"][0]["values"]["surveyed"] == 4
    assert body["rows"][0]["level"] == "total"
    assert {"key": "need", "title": "Need for support – Total", "number": "10=11+12"} in body["columns"]
    assert body["parameters"] == {"by": "commune", "vintage": 2023}


@pytest.mark.parametrize("width", [60, 80, 100, 250])
@pytest.mark.parametrize("language", ["vi", again("en")])
def test_on_a_terminal_every_number_stands_under_the_words_of_its_column_and_no_line_is_wider(
    language: str, width: int
) -> None:
    table = small_table(language)
    with speaking(language):
        title, *lines = to_text(table, width).splitlines()
    assert title == table.title
    assert max(map(len, lines)) <= width
    read = list(columns_of(lines, len(table.rows)))
    assert [cells for _words, cells in read] == shown_by_column(table, language)
    for (words, _cells), column in zip(read, table.columns, strict=True):
        assert f" {column.heading[-1]} " in f" {words} "


def columns_of(lines: list[str], rows: int) -> Iterator[tuple[str, list[str]]]:
    """What is read on a terminal of each column: the words and the number over its own rule, and what is below it."""
    for at, line in enumerate(lines):
        _places, *columns = re.finditer("─+", line) if set(line) == {"─", " "} else [None]
        above = list(takewhile(bool, lines[at - 1 :: -1] if at else ()))
        for column in columns:
            assert column is not None
            words = " ".join(" ".join(each[slice(*column.span())] for each in reversed(above)).split())
            yield words, [each[slice(*column.span())].strip() for each in lines[at + 1 : at + 1 + rows]]


def shown_by_column(table: Table, language: str) -> list[list[str]]:
    with speaking(language):
        return [[show(row.values[at]) for row in table.rows] for at in range(len(table.columns))]


def test_the_chart_is_wellformed_svg_with_no_script_and_no_foreign_address() -> None:
    svg = chart.stacked(small_table(), ("area", "quality", "both", "none"))
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("svg")
    assert b"<script" not in svg
    assert not [url for url in svg.split(b'"') if url.startswith(b"http") and b"www.w3.org" not in url]
    assert "Huyện Ba Bể".encode() in svg


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("many", [1, 2, 3, 4, 5])
def test_the_whole_legend_of_a_chart_lies_inside_its_picture(many: int, narrow: bool) -> None:
    keys = ("area", "quality", "both", "none", "no_house")[:many]
    root = ElementTree.fromstring(chart.stacked(small_table(), keys, narrow=narrow))
    height = float(root.attrib["viewBox"].split()[3])
    [legends] = [each for each in root.iter() if each.get("class") == "legends"]
    top = float(legends.attrib["transform"].split()[-1].rstrip(")"))
    words = [each for each in legends.iter() if each.tag.endswith("text")]
    assert len(words) == many
    assert max(top + float(each.attrib["y"]) for each in words) < height


def test_of_more_bars_than_are_asked_for_the_longest_are_drawn() -> None:
    root = ElementTree.fromstring(chart.stacked(small_table(), ("area", "quality"), most=1))
    drawn = "".join(root.itertext())
    assert [name in drawn for name in ("Huyện Ba Bể", "Huyện Na Rì")] == [True, False]


@pytest.mark.parametrize(
    ("number", "said"),
    [(1234567, "1.234.567"), (Fraction(981, 1000), "98,1%"), (None, "–"), (0, "0")],
)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_figures_are_vietnamese_in_every_language(number: int | Fraction | None, said: str, lang: str) -> None:
    with speaking(lang):
        assert show(number) == said


def test_small_days_and_months_take_a_zero_in_an_official_date() -> None:
    with speaking("vi"):
        assert place_and_date("Bắc Kạn", date(2026, 2, 5)) == "Bắc Kạn, ngày 05 tháng 02 năm 2026"
        assert place_and_date("Bắc Kạn", date(2026, 11, 23)) == "Bắc Kạn, ngày 23 tháng 11 năm 2026"
    with speaking("en"):
        assert place_and_date("Bắc Kạn", date(2026, 2, 5)) == "Bắc Kạn, 05/02/2026"  # day first, as everywhere


def test_every_format_has_a_writer_and_a_telling_file_name() -> None:
    assert set(WRITERS) == {"xlsx", "pdf", "csv", "json"}
    assert file_name(small_table(), "xlsx") == "housing-need-commune-2023-20230823.xlsx"
