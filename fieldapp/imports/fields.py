"""What a column of a list can hold: questions of the surveys, and what stands for several of them in real lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from babel.support import LazyProxy

from fieldapp.i18n import _l, language
from fieldapp.surveys import choices, questions
from fieldapp.surveys.question import Question
from fieldapp.surveys.support_case import SOURCES

ListKind = Literal["households", "cases", "support", "indicators"]
KINDS: dict[ListKind, str] = {
    "households": _l("A list of households (poor, near-poor, in need of a house)"),
    "cases": _l("Support already given: cases, decisions and payments of earlier years"),
    "support": _l("Other support of households: lists of other offices (insurance, school, electricity, loans)"),
    "indicators": _l("Indicators of communes, districts or the province"),
}
GROUPS = {
    "household": _l("Household"),
    "place": _l("Place"),
    "housing_need": _l("Housing need"),
    "support_case": _l("Support case"),
    "payment": _l("Payments"),
    "person": _l("Person who got it"),
    "other_support": _l("Other support"),
    "place_indicator": _l("Indicator"),
    "value": _l("An indicator in a column of its own"),
    "list": _l("Of the list itself"),
}
READABLE = ("text", "long_text", "integer", "money", "decimal", "date", "one_of", "many_of", "yes_no")
_NOT_TYPED = ("overridden", "override_reason", "blocked_from", "decision_rules", "objections", "state_on", "taken_from")
_ANSWERED = ("household", "housing_need", "support_case", "other_support", "place_indicator")
"""The surveys whose questions a column can answer."""


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
        known = questions(self.group) if self.group in _ANSWERED else {}
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

_OF_SUPPORT = {
    "person.name": _l("Name of the person who got it, where it is not the head"),
    "person.birth_date": _l("Year of birth of this person"),
}
_SUPPORT_IDENTITY = ("head_name", "birth_date", "citizen_id", "phone")
_SUPPORT = (
    (
        "person.name",
        r"ten.*(hoc sinh|hoc vien|sinh vien|\btre\b|nguoi (duoc|huong|hoc|lao dong|tham gia))|^hoc sinh|^ten em",
    ),
    ("person.birth_date", r"(nam|ngai).* sinh.*(hoc sinh|hoc vien|\btre\b|nguoi)"),
    *(line for line in _HOUSEHOLD_FIRST if line[0] in ("household.citizen_id", "household.phone")),
    ("household.birth_date", r"(nam|ngai|thang).* sinh|^sinh|\bbirth"),
    (
        "household.head_name",
        r"ho (va )?ten|chu ho|^ten$|ten ho|head name|ho dem|phu huinh|(ten|ho ten) (cha|bo|me)\b|nguoi vai",
    ),
    ("other_support.unit", r"don vi (tinh|do)|\bdvt\b"),
    ("other_support.source", r"nguon|source"),
    (
        "other_support.amount",
        r"so tien|kinh phi|thanh tien|muc (ho tro|huong|vai)|gia tri|du no|tien (ho tro|duoc)|amount",
    ),
    ("other_support.year", r"nam hoc|hoc ki|^nam( (ho tro|cap|huong|chi tra|thuc hien))?$|ki (ho tro|chi tra)"),
    ("other_support.quantity", r"so luong|so (luot|thang|nguoi|hoc sinh|em|the|ho|khau|lao dong|hoc vien)\b"),
    ("other_support.policy", r"chinh sach|noi dung|loai ho tro|che do|hinh thuc"),
    *(line for line in _HOUSEHOLD_LATER if line[0].startswith("place.")),
    ("other_support.remarks", r"ghi chu|remarks"),
)
_INDICATORS = (
    ("value.ho_can_ngheo", r"can ngheo"),
    ("value.ho_ngheo", r"\bngheo\b"),
    ("value.xa_chuan_y_te", r"\bi te\b"),
    ("value.nuoc_hop_ve_sinh", r"\bnuoc\b"),
    ("value.dien_thoai_thong_minh", r"thong minh|smartphone"),
    ("value.thon_phu_song", r"\bsong\b|bang rong"),
    ("value.ho_cap_quang", r"cap quang|internet|fibre"),
    ("value.trung_tam_truyen_thong", r"trung tam"),
    ("value.dai_cong_nghe_thong_tin", r"\bdai\b.*(cong nghe|cntt)"),
    ("value.dai_khong_day", r"khong dai\b"),
    ("value.cum_loa", r"\bloa\b"),
    ("value.giai_ngan", r"giai ngan"),
    ("value.dan_toc_thieu_so", r"dan toc|dtts"),
    ("value.tong_so_ho", r"(tong|so) .*\bho\b|^so ho|^tong ho"),
    ("place_indicator.indicator", r"chi (tieu|so)|^noi dung"),
    ("place_indicator.unit", r"don vi (tinh|do)|\bdvt\b"),
    ("place_indicator.denominator", r"tren tong|trong tong|mau so|^tong so$"),
    ("place_indicator.value", r"gia tri|ket qua|thuc hien|so lieu|^dat$|\bvalue"),
    ("place_indicator.period", r"^nam\b|ki bao cao|thoi (diem|gian)|ngai"),
    ("place_indicator.source", r"nguon|source"),
    ("place_indicator.note", r"ghi chu"),
    ("place.district", r"\bhuien\b|thi xa|district"),
    ("place.commune", r"\b(xa|phuong|thi tran|commune)\b|don vi|dia (phuong|ban|danh)|^ten$"),
)


def fields(kind: ListKind) -> dict[str, Field]:
    """What a column of a list of this kind can hold, in the order in which a page offers it."""
    return _fields(kind)


@cache
def _fields(kind: ListKind) -> dict[str, Field]:
    patterns = dict(_lines(kind))
    return {code: Field(code, label, _pattern(patterns.get(code))) for code, label in _labels(kind)}


def _lines(kind: ListKind) -> tuple[tuple[str, str], ...]:
    """What is looked for in the headings of a list of this kind, first things first."""
    if kind == "support":
        return _SUPPORT
    if kind == "indicators":
        return _INDICATORS
    return (*_HOUSEHOLD_FIRST, *(_CASES_FIRST if kind == "cases" else ()), *_HOUSEHOLD_LATER)


def _pattern(text: str | None) -> re.Pattern[str] | None:
    return re.compile(text) if text else None


def _labels(kind: ListKind) -> Iterator[tuple[str, str]]:
    if kind == "indicators":
        yield from _of_indicators()
        return
    household = _questions("household")
    yield from (each for each in household if kind != "support" or each[0].partition(".")[2] in _SUPPORT_IDENTITY)
    yield from ((code, label) for code, label in _OTHER.items() if code.startswith("place."))
    if kind == "support":
        yield from _OF_SUPPORT.items()
        yield from _questions("other_support")
        return
    if kind == "households":
        yield from _questions("housing_need")
    else:
        yield from _questions("support_case")
        yield from _OF_CASES.items()
    yield from ((code, label) for code, label in _OTHER.items() if code.startswith("list."))


def _of_indicators() -> Iterator[tuple[str, str]]:
    yield "place.commune", _l("Commune, district or province (name or code)")
    yield "place.district", _OTHER["place.district"]
    yield from (each for each in _questions("place_indicator") if each[0] != "place_indicator.place")
    for each in choices.offered("indicator"):
        yield f"value.{each.code}", cast(str, LazyProxy(_indicator, each.code, enable_cache=False))


def _indicator(code: str) -> str:
    return choices.label("indicator", code, language())


def _questions(survey: str) -> Iterator[tuple[str, str]]:
    for name, question in questions(survey).items():
        if question.kind in READABLE and name not in _NOT_TYPED:
            yield f"{survey}.{name}", question.short


@cache
def order_of_guesses(kind: ListKind) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """What is looked for in a heading, first things first."""
    offered = fields(kind)
    return tuple((code, re.compile(text)) for code, text in _lines(kind) if code in offered)


def kind_of(text: str) -> ListKind:
    """The kind of list that is kept under this word."""
    return next((kind for kind in KINDS if kind == text), "households")
