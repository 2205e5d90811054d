"""Lists as offices really keep them, made in the tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openpyxl import Workbook

TCVN3 = dict(
    zip(
        "ăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        "¨©ª«¬\xad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
        strict=True,
    )
)


def in_tcvn3(text: str) -> str:
    """A text as the fonts of old hold it; capitals with marks are small letters there."""
    return "".join(TCVN3.get(letter.lower(), letter) for letter in text)


HEADINGS = (
    ("STT", "Mã hộ", "Họ và tên chủ hộ", "Năm sinh", None, "Dân tộc", "Số CCCD", "Số khẩu", "Loại hộ", "Nhu cầu", None),
    (None, None, None, "Nam", "Nữ", None, None, None, None, "Xây mới", "Sửa chữa"),
)


def commune_list(path: Path, rows: list[tuple[Any, ...]], village: str, commune: str, day: str = "14/12/2024") -> Path:
    """The list of a commune: title rows, two rows of headings with merged cells, their numbers, a title row for each
    village, a sum and a signature. ``rows``: from the code on; a text alone is the title of a village."""
    book = Workbook()
    book.active.title = "Bìa"
    book.active["A1"] = "Phụ lục"
    sheet = book.create_sheet("Danh sách")
    sheet["A1"] = f"ỦY BAN NHÂN DÂN {commune.upper()}"
    sheet["A3"] = f"DANH SÁCH HỘ NGHÈO, HỘ CẬN NGHÈO (chốt đến ngày {day})"
    sheet.merge_cells("A3:K3")
    for line in HEADINGS:
        sheet.append(line)
    for merged in ("D4:E4", "J4:K4", "A4:A5", "B4:B5", "C4:C5", "F4:F5", "G4:G5", "H4:H5", "I4:I5"):
        sheet.merge_cells(merged)
    sheet.append([f"({number})" for number in range(1, 12)])
    sheet.append([None, commune])
    sheet.append([None, village])
    for number, row in enumerate(rows, start=1):
        sheet.append([None, *row] if len(row) == 1 else [number, *row])
    sheet.append([None, "Tổng cộng", None, None, None, None, None, len(rows)])
    sheet.append([None, None, None, None, None, "TM. UBND XÃ"])
    book.save(path)
    return path
