"""A small table to draw, with everything a real one has: groups, sums, a rate, a contested answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from fieldapp.facts import figures
from fieldapp.i18n import speaking
from fieldapp.reports.housing_need import columns, notes
from fieldapp.reports.table import Group, Signature, Table, add, rows


class Case(NamedTuple):
    """One household of a report."""

    village: str
    poverty_class: str | None
    difficulty: str | None
    wanted: str | None
    status: str
    stage: str
    contested: bool = False


def tally(cases: Iterable[Case]) -> dict[str, Counter[str]]:
    """What they count as, by village."""
    counts: dict[str, Counter[str]] = {}
    for case in cases:
        said = {**case._asdict(), "surveyed": case.difficulty is not None}
        village = said.pop("village")
        counts.setdefault(village, Counter()).update(figures.marks(**said))
    return counts


CASES = [
    Case("v1", "ngheo", "area", "new", "approved", "complete"),
    Case("v1", "ngheo", "both", "new", "approved", "building"),
    Case("v2", "can_ngheo", "quality", "repair", "waiting", "not_started"),
    Case("v3", "khac", "none", None, "waiting", "not_started", contested=True),
    Case("v3", None, None, None, "waiting", "not_started"),
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
            as_of_line="(Số liệu tính đến ngày 23/08/2023)",
            notes=notes(add(*counts.values())),
            parameters={"by": "commune", "vintage": 2023},
        )
