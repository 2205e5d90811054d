"""What a column of a list can hold: questions of the surveys, and what stands for several of them in real lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from fieldapp.i18n import _l
from fieldapp.surveys import questions
from fieldapp.surveys.question import Question
from fieldapp.surveys.support_case import SOURCES

ListKind = Literal["households", "cases"]
KINDS: dict[ListKind, str] = {
    "households": _l("A list of households (poor, near-poor, in need of a house)"),
    "cases": _l("Support already given: cases, decisions and payments of earlier years"),
}
GROUPS = {
    "household": _l("Household"),
    "place": _l("Place"),
    "housing_need": _l("Housing need"),
    "support_case": _l("Support case"),
    "payment": _l("Payments"),
    "list": _l("Of the list itself"),
}
READABLE = ("text", "long_text", "integer", "money", "decimal", "date", "one_of", "many_of", "yes_no")
_NOT_TYPED = ("overridden", "override_reason", "blocked_from", "decision_rules", "objections", "state_on")


@dataclass(frozen=True)
class Field:
    """What a column can hold. ``code``: ``household.head_name`` is a question; ``list.commune`` and its like are not.

    ``pattern`` finds it by its heading, without accents, ``y`` as ``i``.
    """

    code: str
    label: str
    pattern: re.Pattern[str] | None = None

    @property
    def group(self) -> str:
        """The survey it belongs to, or the like."""
        return self.code.partition(".")[0]

    @property
    def name(self) -> str:
        """The question of its survey, or the like."""
        return self.code.partition(".")[2]

    @property
    def question(self) -> Question | None:
        """The question whose answer it is, if it is one."""
        known = questions(self.group) if self.group in ("household", "housing_need", "support_case") else {}
        return known.get(self.name)


MARKS = {
    "list.male": ("household.head_sex", "nam"),
    "list.female": ("household.head_sex", "nu"),
    "list.poor": ("household.poverty_class", "ngheo"),
    "list.near_poor": ("household.poverty_class", "can_ngheo"),
    "list.escaped": ("household.poverty_class", "moi_thoat_ngheo"),
    "list.new_build": ("{work}", "xay_moi"),
    "list.repair": ("{work}", "sua_chua"),
}
"""Columns with a cross: what the cross answers. In those of a sex there is often the year of birth instead."""

_OTHER = {
    "place.village": _l("Village (name)"),
    "place.commune": _l("Commune (name or code)"),
    "place.district": _l("District (name)"),
    "place.address": _l("Address with village and commune in one"),
    "list.male": _l("Man: a cross, or the year of birth"),
    "list.female": _l("Woman: a cross, or the year of birth"),
    "list.poor": _l("Poor household: a cross"),
    "list.near_poor": _l("Near-poor household: a cross"),
    "list.escaped": _l("Household just escaped from poverty: a cross"),
    "list.new_build": _l("New build: a cross"),
    "list.repair": _l("Repair: a cross"),
    "list.relation": _l("Relation to the head: only heads are taken"),
    "list.code": _l("Code of the household in the list"),
    "list.latitude": _l("Latitude"),
    "list.longitude": _l("Longitude"),
}
_OF_CASES = {
    "support_case.programme": _l("Programme (name or code)"),
    "list.started_on": _l("Date the work started"),
    "list.completed_on": _l("Date the house was complete"),
    "payment.paid": _l("Paid, all together"),
    "payment.paid_1": _l("Paid in the first tranche"),
    "payment.paid_2": _l("Paid in the second tranche"),
    "payment.on": _l("Day of the payment"),
    "payment.on_1": _l("Day of the first payment"),
    "payment.on_2": _l("Day of the second payment"),
    "payment.voucher": _l("Number of the voucher"),
    "payment.voucher_1": _l("Voucher of the first payment"),
    "payment.voucher_2": _l("Voucher of the second payment"),
    "payment.receiver": _l("Who received the money"),
    "payment.source": _l("Fund source of the payment"),
}

_HOUSEHOLD_FIRST = (
    ("list.relation", r"quan he"),
    (
        "household.citizen_id",
        r"\b(cccd|cmnd|can cuoc|so dinh danh|chung minh|giai to tui than|cmt)\b|citizen id",
    ),
    ("household.phone", r"dien thoai|\bsdt\b|\bdt\b|di dong|\bphone\b"),
    ("household.ethnic_group", r"dan toc|ethnic"),
    ("list.male", r"(nam|ngai|ngai thang nam) sinh nam$|gioi tinh nam$|^nam$"),
    ("list.female", r"sinh nu$|gioi tinh nu$|^nu$"),
    ("household.birth_date", r"(nam|ngai|thang).* sinh|^sinh|\bbirth"),
    ("household.head_sex", r"gioi tinh|^gioi$|nam nu|head sex"),
    ("list.code", r"\bma (so )?(ho|dinh danh|phieu)|^ma$"),
)
_HOUSEHOLD_LATER = (
    ("household.class_paper", r"so giai chung nhan|\bgcn\b|chung nhan ho"),
    ("household.class_year", r"nam (ra soat|cong nhan|ket qua)"),
    ("list.near_poor", r"(^|ho )can ngheo( x)?$"),
    ("list.escaped", r"moi thoat( ngheo)?( x)?$"),
    (
        "household.poverty_class",
        r"loai ho|dien ho|phan loai|doi tuong ho|ket qua ra soat|ngheo can ngheo|poverti class",
    ),
    ("list.poor", r"(^|ho )ngheo( x)?$"),
    ("household.head_name", r"ho (va )?ten|chu ho|^ten$|ten ho|head name|ho dem"),
    ("household.women", r"(so|trong do) (phu )?nu|phu nu"),
    ("household.children_under_16", r"tre em|duoi 16"),
    ("household.elderly_60_plus", r"cao tuoi|nguoi gia|tren 60"),
    ("household.disabled", r"khuiet tat"),
    ("household.labourers", r"lao dong"),
    ("household.members", r"khau\b|so nguoi|thanh vien|nhan khau|members"),
    ("household.b1_score", r"\bb1\b"),
    ("household.b2_score", r"\bb2\b"),
    ("household.vulnerable", r"hoan canh|doi tuong (uu tien|chinh sach)|vulnerable"),
    ("place.district", r"\bhuien\b|thi xa|district"),
    ("place.address", r"dia chi|noi o|thuong tru|cho o|thon.* xa\b|address"),
    ("place.village", r"\b(thon|ban|xom|to dan pho|tdp|khu dan cu|to|khu pho|village)\b"),
    ("place.commune", r"\b(xa|phuong|thi tran|commune)\b"),
    ("list.latitude", r"\b(latitude|lat|vi do)\b"),
    ("list.longitude", r"\b(longitude|lon|lng|kinh do)\b"),
    ("housing_need.area_m2", r"dien tich"),
    ("list.new_build", r"xai (dung )?moi|lam moi"),
    ("list.repair", r"sua chua|cai tao"),
    ("housing_need.need_type", r"nhu cau|hinh thuc (ho tro|xai)"),
    ("household.remarks", r"ghi chu|remarks"),
)
_SOURCE_WORDS = {
    "nstw": r"trung uong|\bnstw\b|\btw\b", "nsdp_tinh": r"(ns|ngan sach|von).* tinh|nsdp|dia phuong", "nsdp_huyen":
    r"(ns|ngan sach|von).* huien", "nsdp_xa": r"(ns|ngan sach|von).* xa\b",
    "quy_nguoi_ngheo": r"\bqui\b|vi nguoi ngheo|mttq",
    "tai_tro": r"tai tro|xa hoi hoa|doanh nghiep|ung ho", "bca": r"bo cong an|\bbca\b",
    "nhcsxh": r"\bvai\b|nhcsxh|csxh",
}  # fmt: skip
_PAID = r"(giai ngan|da chi|thanh toan|da cap|cap phat|(?<!dia )\bchi\b)"
_CASES_FIRST = (
    ("payment.voucher_1", r"(chung tu|phieu chi|so ct).* (dot|lan) (1|i)\b|(dot|lan) (1|i)\b.*(chung tu|phieu chi)"),
    ("payment.voucher_2", r"(chung tu|phieu chi|so ct).* (dot|lan) (2|ii)\b|(dot|lan) (2|ii)\b.*(chung tu|phieu chi)"),
    ("payment.voucher", r"chung tu|phieu chi|\bso ct\b"),
    ("payment.on_1", r"ngai.* (dot|lan) (1|i)\b|(dot|lan) (1|i)\b.* ngai"),
    ("payment.on_2", r"ngai.* (dot|lan) (2|ii)\b|(dot|lan) (2|ii)\b.* ngai"),
    ("payment.on", rf"ngai.*{_PAID}|{_PAID}.* ngai"),
    ("payment.receiver", r"nguoi nhan|nguoi linh"),
    ("support_case.decision_on", r"ngai.*(quiet dinh|\bqd\b|phe duiet|ki\b)|(quiet dinh|\bqd\b).* ngai"),
    ("support_case.decision_signer", r"nguoi ki"),
    ("support_case.decision_number", r"quiet dinh|\bqd\b"),
    ("list.started_on", r"khoi cong|bat dau|ngai lam"),
    ("list.completed_on", r"ngai.*(hoan thanh|ban giao|su dung)|hoan thanh ngai"),
    ("payment.paid_1", r"(dot|lan) (1|i)\b"),
    ("payment.paid_2", r"(dot|lan) (2|ii)\b"),
    ("payment.paid", _PAID),
    ("support_case.programme", r"chuong trinh|de an|chinh sach ho tro"),
    ("support_case.state", r"tinh trang|trang thai|tien do|ket qua thuc hien|hoan thanh"),
    ("support_case.planned_year", r"nam (ke hoach|thuc hien|ho tro)|ke hoach nam"),
    ("support_case.need_type", r"hinh thuc|loai nha|noi dung ho tro"),
    *((f"support_case.approved_{source}", _SOURCE_WORDS[source]) for source in SOURCES),
    ("support_case.approved_nstw", r"(muc|so|kinh phi|tong).*(ho tro|duoc duiet|phe duiet|kinh phi|von)"),
)


def fields(kind: ListKind) -> dict[str, Field]:
    """What a column of a list of this kind can hold, in the order in which a page offers it."""
    return _fields(kind)


@cache
def _fields(kind: ListKind) -> dict[str, Field]:
    patterns = dict(_of_household())
    if kind == "cases":
        patterns |= dict(_CASES_FIRST)
    return {code: Field(code, label, _pattern(patterns.get(code))) for code, label in _labels(kind)}


def _of_household() -> tuple[tuple[str, str], ...]:
    return (*_HOUSEHOLD_FIRST, *_HOUSEHOLD_LATER)


def _pattern(text: str | None) -> re.Pattern[str] | None:
    return re.compile(text) if text else None


def _labels(kind: ListKind) -> Iterator[tuple[str, str]]:
    yield from _questions("household")
    yield from ((code, label) for code, label in _OTHER.items() if code.startswith("place."))
    if kind == "households":
        yield from _questions("housing_need")
    else:
        yield from _questions("support_case")
        yield from _OF_CASES.items()
    yield from ((code, label) for code, label in _OTHER.items() if code.startswith("list."))


def _questions(survey: str) -> Iterator[tuple[str, str]]:
    for name, question in questions(survey).items():
        if question.kind in READABLE and name not in _NOT_TYPED:
            yield f"{survey}.{name}", question.short


@cache
def order_of_guesses(kind: ListKind) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """What is looked for in a heading, first things first."""
    lines = [*_HOUSEHOLD_FIRST, *(_CASES_FIRST if kind == "cases" else ()), *_HOUSEHOLD_LATER]
    offered = fields(kind)
    return tuple((code, re.compile(text)) for code, text in lines if code in offered)
