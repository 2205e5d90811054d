"""A small table to draw, with everything a real one has: groups, sums, a rate, a contested answer."""

from __future__ import annotations

from datetime import date

from fieldapp.i18n import speaking
from fieldapp.reports.housing_cases import Case
from fieldapp.reports.housing_need import columns, notes, tally
from fieldapp.reports.table import Group, Signature, Table, add, rows

CASES = [
    Case("", "v1", "ngheo", "area", "new", True, "complete"),
    Case("", "v1", "ngheo", "both", "new", True, "building"),
    Case("", "v2", "can_ngheo", "quality", "repair", False, "not_started"),
    Case("", "v3", "khac", "none", None, False, "not_started", contested=True),
    Case("", "v3", None, None, None, False, "not_started"),
]


def small_table(language: str = "vi", cases: list[Case] = CASES) -> Table:
    """Two districts, three communes."""
    with speaking(language):
        counts = tally(cases)
        groups = (
            Group("Huyện Ba Bể", "061", (("Xã Nam Mẫu", "01930", counts.get("v1", {})), ("=Xã lạ", "1", counts["v2"]))),
            Group("Huyện Na Rì", "066", (("Xã Kim Lư", "02152", counts.get("v3", {})),)),
        )
        return Table(
            name="housing-need",
            title="Nhu cầu và kết quả hỗ trợ nhà ở",
            issuer=("ỦY BAN NHÂN DÂN TỈNH BẮC KẠN", "SỞ XÂY DỰNG"),
            motto=("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"),
            place_and_date="Bắc Kạn, ngày 23 tháng 8 năm 2023",
            scope="Phạm vi: toàn tỉnh",
            unit="Đơn vị tính: hộ",
            place_heading="Địa bàn",
            ordinal_heading="STT",
            columns=columns(),
            rows=rows(columns(), groups, "Tổng cộng"),
            signatures=(Signature("NGƯỜI LẬP BIỂU", "(Ký)"), Signature("THỦ TRƯỞNG ĐƠN VỊ", "(Ký, đóng dấu)")),
            made_on=date(2023, 8, 23),
            notes=notes(add(*counts.values())),
            parameters={"by": "commune", "vintage": 2023},
        )
