"""A table on paper is opened again: its words, its figures, its pages and its letters."""

from __future__ import annotations

import io
from dataclasses import replace

import pypdf
import pytest
from pypdf._text_extraction._layout_mode._fixed_width_page import text_show_operations  # how wide each piece is
from pypdf.generic import ContentStream

from fieldapp.i18n import speaking
from fieldapp.reports.numbers import show
from fieldapp.reports.pdf import SMALLEST, PaperLayout, layout, to_pdf
from fieldapp.reports.table import Row, Table
from tests.reports.tables import small_table


def paper(table: Table) -> pypdf.PdfReader:
    with speaking("vi"):
        return pypdf.PdfReader(io.BytesIO(to_pdf(table)))


def read(page: pypdf.PageObject) -> str:
    """The words of a page, whatever lines they stand in; a formula may go on in the next line after a plus."""
    return " ".join(page.extract_text().replace("\u200b", "").split()).replace("+ ", "+")


@pytest.fixture(scope="module")
def long() -> pypdf.PdfReader:
    table = small_table()
    lines = tuple(Row("item", str(n), f"Thôn Nà Vài {n}", table.total.values) for n in range(120))
    return paper(replace(table, rows=(*table.rows, *lines)))


def test_the_paper_has_the_head_title_day_column_numbers_figures_signatures_and_recipients() -> None:
    text = " ".join(read(page) for page in paper(small_table()).pages)
    for said in (
        "ỦY BAN NHÂN DÂN TỈNH BẮC KẠN", "SỞ XÂY DỰNG", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc", "Bắc Kạn, ngày 23 tháng 8 năm 2023", "NHU CẦU VÀ KẾT QUẢ HỖ TRỢ NHÀ Ở",
        "Số liệu tính đến ngày 23/08/2023", "Đơn vị tính: hộ", "4=5+6+7+8+9", "Tổng cộng", "50,0%", "=Xã lạ",
        "NGƯỜI LẬP BIỂU", "THỦ TRƯỞNG ĐƠN VỊ", "- Như trên; - Lưu: VT.",
    ):  # fmt: skip
        assert said in text, said


def test_it_is_a4_across_with_its_letters_in_it(long: pypdf.PdfReader) -> None:
    for page in long.pages:
        assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (842, 595)
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            [inner] = font.get_object()["/DescendantFonts"]
            assert {"/FontFile2", "/FontFile3"} & set(inner.get_object()["/FontDescriptor"].get_object())


def test_pages_are_numbered_from_the_second_on_and_each_repeats_the_headings(long: pypdf.PdfReader) -> None:
    texts = [read(page) for page in long.pages]
    assert len(texts) > 2
    assert all("4=5+6+7+8+9" in text for text in texts[:-1])
    assert [text.split()[0] for text in texts[1:]] == [str(n) for n in range(2, len(texts) + 1)]
    assert not texts[0].startswith("1")


def test_a_name_that_looks_like_a_command_is_printed_as_it_is() -> None:
    table = small_table()
    odd = Row("item", "1", '#panic("x") *Xã* $a$ \\', table.total.values)
    assert '#panic("x") *Xã* $a$ \\' in paper(replace(table, rows=(*table.rows, odd))).pages[0].extract_text()


def test_the_villages_of_a_province_are_a_paper_that_a_poor_line_carries_and_a_short_one_can_be_read_out() -> None:
    table = small_table()
    villages = tuple(Row("item", str(n), f"Thôn Nà Vài {n}", table.total.values) for n in range(1300))
    with speaking("vi"):
        long, short = to_pdf(replace(table, rows=(*table.rows, *villages))), to_pdf(table)
    assert len(long) < 600_000
    assert "/StructTreeRoot" in pypdf.PdfReader(io.BytesIO(short)).trailer["/Root"]


@pytest.mark.parametrize("number", [7, 4_050_000_000, 274_000_000_000])
def test_no_number_runs_into_the_next_one_however_long_they_are(number: int) -> None:
    table = small_table()
    sums = tuple(number + column if column > 10 else 7 for column in range(len(table.columns)))
    row = replace(table.total, values=sums)
    pages = paper(replace(table, rows=(row,))).pages
    with speaking("vi"):
        wanted = [show(value) for value in sums]
    texts = [page.extract_text(extraction_mode="layout").splitlines() for page in pages]
    lines = [line for text in texts for line in text if "Tổng cộng" in line]
    assert "".join("".join(line.split()[2:]) for line in lines) == "".join(wanted), (
        "one behind the other, from the left"
    )


WIDTH = 842
"""Of A4 across, in points."""
MARGIN, NAME = 30 * 72 / 25.4, "Thon Na Phac, truoc khi sap xep la thi tran Na Phac"
BILLIONS = [274_234_567_890 + 987_654_321 * n for n in range(19)]


def wide(times: int, numbers: list[int]) -> Table:
    """A table of so many times 19 columns, with a long name and an ordinal of four digits."""
    table = small_table()
    columns = tuple(
        replace(column, key=f"{column.key}{n}", parts=tuple(f"{part}{n}" for part in column.parts), rate=None)
        for n in range(times)
        for column in table.columns
    )
    row = Row("item", "1.234", NAME, tuple(numbers * times))
    return replace(table, columns=columns, rows=(row, replace(row, level="total")))


@pytest.mark.parametrize(
    ("times", "numbers", "parts"),
    [(1, [7_777] * 19, 1), (1, BILLIONS, 3), (3, BILLIONS, 7)],
    ids=["19 columns of thousands", "19 columns of billions", "57 columns of billions"],
)
def test_no_number_of_a_paper_lies_outside_its_column_and_no_word_outside_its_sheet(
    times: int, numbers: list[int], parts: int
) -> None:
    table = wide(times, numbers)
    laid, pages = layout(table), [page for page in paper(table).pages if "Thon" in page.extract_text()]
    assert (len(laid.parts), len(pages)) == (parts, parts)
    assert laid.size >= SMALLEST
    with speaking("vi"):
        wanted = sorted(2 * [show(number) for number in numbers * times])
    inside = list[str]()
    for page, part in zip(pages, laid.parts, strict=True):
        edge = WIDTH - 15 * 72 / 25.4
        columns = [(edge - sum(part.widths[at:]), edge - sum(part.widths[at + 1 :])) for at in range(len(part.widths))]
        found = pieces(page, laid)
        assert all(0 < left < right < WIDTH for left, right, _text in found)
        inside += [text for left, right, text in found if any(at < left and right < to for at, to in columns)]
    assert sorted(text for text in inside if text in wanted) == wanted


def pieces(page: pypdf.PageObject, laid: PaperLayout) -> list[tuple[float, float, str]]:
    """What is written in one go on a page: from where to where in points, and what."""
    content = ContentStream(page["/Contents"].get_object(), page.pdf, "bytes")
    found = text_show_operations(iter(content.operations), page._layout_mode_fonts())
    moved = MARGIN + laid.ordinal + 3 - next(each["tx"] for each in found if each["text"].startswith("Thon"))
    return [(each["tx"] + moved, each["displaced_tx"] + moved, each["text"]) for each in found if each["text"].strip()]
