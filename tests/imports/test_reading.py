"""What files of offices hold, whatever wrote them; and one sentence for whatever is no list."""

from __future__ import annotations

import codecs
import datetime
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from fieldapp import problems
from fieldapp.imports import files, headings, letters, values
from fieldapp.imports.values import UnreadableCell
from fieldapp.problems import Problem
from fieldapp.surveys import questions
from tests.imports.lists import commune_list, in_tcvn3

TEXT = "Họ và tên;Năm sinh;Thôn\nNguyễn Văn Cường;1975;Bản Cám\nĐặng Thị Ữa;1980;Nà Lài\n"
HOUSEHOLD, CASE = questions("household"), questions("support_case")


def in_1258(text: str) -> bytes:
    """As Windows-1258 holds it: a vowel of its own, then the mark."""
    import unicodedata

    found = b""
    for letter in text:
        try:
            found += letter.encode("cp1258")
        except UnicodeEncodeError:
            first, *marks = unicodedata.normalize("NFD", letter)
            shape = [mark for mark in marks if mark in "\u0302\u0306\u031b"]
            tones = [mark for mark in marks if mark not in shape]
            found += unicodedata.normalize("NFC", first + "".join(shape)).encode("cp1258") + "".join(tones).encode(
                "cp1258"
            )
    return found


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        in_1258(TEXT),
        TEXT.replace(";", "\t").encode(),
        TEXT.replace(";", ",").encode(),
    ],
)
def test_a_text_is_read_whatever_encoding_and_delimiter_it_has(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    table = files.read(path, "a.csv", "")
    assert table.rows == [tuple(line.split(";")) for line in TEXT.splitlines()]


NAMES = st.text(
    st.sampled_from("abcdeghiklmnopqrstuvxyăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ "),
    min_size=1,
)


@given(NAMES)
def test_every_word_of_the_font_of_old_is_repaired_to_what_it_showed(name: str) -> None:
    text = f"đường {name}"
    font = letters.font_of([in_tcvn3(text)])
    assert (font, letters.repaired(in_tcvn3(text), font)) == ("tcvn3", text)


@given(NAMES)
def test_a_text_of_today_is_left_as_it_is(name: str) -> None:
    text = f"đường {name}"
    assert letters.repaired(text, letters.font_of([text])) == text


def test_a_text_of_vni_is_repaired() -> None:
    text = "Nguyeãn Vaên AÙnh Hoaøng Thò Ñaøo Cöôøng"
    assert letters.repaired(text, letters.font_of([text])) == "Nguyễn Văn Ánh Hoàng Thị Đào Cường"


def test_headings_of_two_rows_below_a_title_are_found_on_whatever_sheet(tmp_path: Path) -> None:
    path = commune_list(tmp_path / "a.xlsx", [], "Thôn Nà Lài", "Xã Đồng Phúc")
    found = headings.find(files.look(path, "a.xlsx"), "households")
    assert found is not None
    assert (found.table.name, found.first, found.last) == ("Danh sách", 4, 5)
    assert found.headings[3:5] == ("Năm sinh · Nam", "Năm sinh · Nữ")
    assert headings.guess(found.headings, "households") == [
        "", "list.code", "household.head_name", "list.male", "list.female", "household.ethnic_group",
        "household.citizen_id", "household.members", "household.poverty_class", "list.new_build", "list.repair",
    ]  # fmt: skip


class LongList(list[Any]):
    """The rows of a long list, of which only the top may be looked at."""

    def __getitem__(self, at: Any) -> Any:
        last = at.stop if isinstance(at, slice) else at
        assert last is not None, "the whole list was copied"
        assert last < files.TOP + headings.LEVELS, f"row {last} was looked at"
        return super().__getitem__(at)

    def __iter__(self) -> Any:
        raise AssertionError("the whole list was looked at")


def test_however_long_a_list_is_its_headings_are_found_by_its_top_alone(tmp_path: Path) -> None:
    path = commune_list(tmp_path / "a.xlsx", [], "Thôn Nà Lài", "Xã Đồng Phúc")
    table = files.read(path, "a.xlsx", "Danh sách")
    table.rows = LongList([*table.rows, *[(1, "01", "Hoàng Văn A")] * 500])
    assert headings.at(table, 4, "households").last == 5


def test_no_cell_is_read_that_is_not_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = Workbook()
    for row in ((1, None, "Hoàng Văn A"), (2, "Thôn Nà Lài"), (3,)):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    read: list[Any] = []
    monkeypatch.setattr(files, "_of_cell", lambda cell: read.append(cell) or cell.value)
    assert files.read(tmp_path / "a.xlsx", "a.xlsx", "Sheet").rows == [
        (1, None, "Hoàng Văn A"),
        (2, "Thôn Nà Lài"),
        (3,),
    ]
    assert len(read) == 6


def test_the_columns_of_an_export_of_odk_or_kobo_are_known_by_their_paths() -> None:
    found = headings.guess(
        ["meta/instanceID", "a/head_name", "b:village", "_gps_latitude", "_gps_longitude"], "households"
    )
    assert found == ["", "household.head_name", "place.village", "list.latitude", "list.longitude"]


@pytest.mark.parametrize(
    ("question", "cell", "answer"),
    [
        (HOUSEHOLD["birth_date"], 27395, "1975-01-01"),
        (HOUSEHOLD["birth_date"], "5/2/1975", "1975-02-05"),
        (HOUSEHOLD["birth_date"], "00/00/1975", "1975"),
        (HOUSEHOLD["birth_date"], datetime.date(1975, 2, 5), "1975-02-05"),
        (HOUSEHOLD["citizen_id"], 6075012345, "006075012345"),
        (HOUSEHOLD["phone"], 987654321, "0987654321"),
        (HOUSEHOLD["ethnic_group"], "dân tộc Dao Tiền", "dao"),
        (HOUSEHOLD["ethnic_group"], "H'Mông", "mong"),
        (HOUSEHOLD["poverty_class"], "CN", "can_ngheo"),
        (HOUSEHOLD["head_name"], "NGUYỄN VĂN A", "Nguyễn Văn A"),
        (CASE["approved_nstw"], "22,5", 22_500_000),
        (CASE["approved_nstw"], 40_000_000, 40_000_000),
        (CASE["approved_nstw"], "60.000.000 đồng", 60_000_000),
        (CASE["state"], "Đã hoàn thành", "complete"),
    ],
)
def test_a_cell_says_what_its_office_meant(question: Any, cell: Any, answer: Any) -> None:
    assert values.read(question, cell, {}, 1_000_000) == answer


@pytest.mark.parametrize(
    ("question", "cell", "code"),
    [
        (HOUSEHOLD["birth_date"], "31/02/1975", "unreadable"),
        (HOUSEHOLD["birth_date"], "5/2/75", "short_year"),
        (HOUSEHOLD["citizen_id"], "6,075E+10", "lost_digits"),
        (HOUSEHOLD["ethnic_group"], "Klingon", "unknown_word"),
    ],
)
def test_a_cell_that_can_be_no_answer_says_why(question: Any, cell: Any, code: str) -> None:
    with pytest.raises(UnreadableCell) as found:
        values.read(question, cell, {})
    assert found.value.code == code


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", problems.EmptyList),
        (b"  \n ", problems.EmptyList),
        (b"%PDF-1.7 ...", problems.NotAList),
        (b"\x89PNG\r\n\x1a\n", problems.NotAList),
        (bytes(range(1, 256)) * 20, problems.NotAList),
        (OLE, problems.OldWorkbook),
        (OLE + "EncryptedPackage".encode("utf-16-le"), problems.ProtectedWorkbook),
        (b"PK\x03\x04 and nothing more", problems.DamagedWorkbook),
    ],
)
def test_what_is_no_list_is_one_sentence(tmp_path: Path, data: bytes, problem: type[Problem]) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(data)
    with pytest.raises(problem) as found:
        files.look(path, "a.xlsx")
    assert "a.xlsx" in found.value.message


def test_a_zip_of_something_else_and_a_bomb_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "UNZIPPED", 2**26)  # a tenth of what is allowed is packed in a tenth of the time
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as other:
        other.writestr("word/document.xml", "x")
    with pytest.raises(problems.NotAList):
        files.look(path, "a.xlsx")
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb,
        bomb.open("xl/workbook.xml", "w", force_zip64=True) as file,
    ):
        for _piece in range(files.UNZIPPED // 2**24 + 1):
            file.write(bytes(2**24))
    with pytest.raises(problems.ListTooLarge):
        files.look(path, "a.xlsx")


def test_an_empty_workbook_holds_no_rows(tmp_path: Path) -> None:
    Workbook().save(tmp_path / "a.xlsx")
    with pytest.raises(problems.EmptyList):
        files.look(tmp_path / "a.xlsx", "a.xlsx")
