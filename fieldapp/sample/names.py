"""Invented people and villages that could be met in Bắc Kạn. Any likeness to a real person is chance."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class People:
    """How a people names its sons and daughters: family names, then middle and given names by sex."""

    families: tuple[str, ...]
    sons: tuple[tuple[str, ...], tuple[str, ...]]
    daughters: tuple[tuple[str, ...], tuple[str, ...]]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SONS = _words(
    "Hùng Dũng Thắng Tuấn Cường Đức Hải Hiếu Hoàn Huy Khánh Kiên Lâm Long Lực Minh Nam Nghĩa Phong Quang Quyết "
    "Sơn Thành Thiện Thuận Tiến Toàn Trọng Trung Tùng Vinh Vũ Chiến Duy Đạt Giang Hưng Luân Quý Sự Thắm Tới"
)
_DAUGHTERS = _words(
    "Lan Hoa Huệ Hương Hằng Hạnh Hiền Hoài Huyền Liên Linh Loan Mai Nga Ngân Nhung Nguyệt Oanh Phương Quyên Tâm "
    "Thảo Thanh Thu Thủy Thúy Tuyết Vân Yến Bích Chinh Dung Điệp Duyên Mến Nết Sen Thơm Thiềm Ước"
)

PEOPLES = {
    "tay": People(
        _words("Hoàng Nông Ma Lường Hà Triệu Đàm Lục Nguyễn Dương Bế La Vi Quan Đồng Lèng"),
        (_words("Văn Văn Văn Đình Đức Minh Ngọc Quang Công"), _SONS),
        (_words("Thị Thị Thị Thị Thu Ngọc Bích Thanh"), _DAUGHTERS),
    ),
    "nung": People(
        _words("Nông Lương Hoàng Lý Mông Vi Triệu Chu Lâm Hứa Lăng Phan"),
        (_words("Văn Văn Văn Đức Minh Thanh Viết"), _SONS),
        (_words("Thị Thị Thị Thị Kim Thu"), _DAUGHTERS),
    ),
    "kinh": People(
        _words("Nguyễn Trần Phạm Lê Vũ Đỗ Bùi Đặng Ngô Phan Trịnh Đào"),
        (_words("Văn Văn Đình Đức Mạnh Quốc Xuân Hữu"), _SONS),
        (_words("Thị Thị Thị Thu Thanh Ngọc Minh"), _DAUGHTERS),
    ),
    "dao": People(
        _words("Triệu Bàn Đặng Lý Phùng Chu Hoàng Dương"),
        (
            _words("Tiến Phụ Kim Văn Hữu Sành Nguyên Tài Quý"),
            _words("Phúc Tài Sinh Kinh Thọ Lộc Vượng Chu Hưng Lâm Phượng Quân Thắng Hiện Ton Chán Pu San"),
        ),
        (_words("Mùi Thị Thị Tà Múi"), _words("Mùi Mai Liều Nái Ghến Pham Khé Nhậy Lai Chài Phin Sao Hương Xuân")),
    ),
    "mong": People(
        _words("Lý Dương Hoàng Ma Sùng Giàng Vàng Thào Đào Vừ Ngô"),
        (_words("A A Văn Seo Mí"), _words("Páo Sình Chứ Dế Tủa Lử Pó Sùng Vảng Chú Dình Hừ Lầu Say Tráng Nhè")),
        (_words("Thị Thị Thị"), _words("Mỷ Dợ Dia Sua Chư Mai Pà Sính Dí Máy Súa Chở Xúa Và")),
    ),
}
SHARES = {"tay": 46, "dao": 26, "nung": 11, "mong": 11, "kinh": 6}
"""Of a hundred poor and near-poor households, roughly."""

_STEMS = _words("Nà Nà Nà Bản Khuổi Khuổi Pác Lũng Cốc Nặm Phiêng Tổng Kéo Pù Khau Thôm")
_TAILS = _words(
    "Lài Cám Slưn Ngần Lẹng Đon Mu Phầy Chang Hin Mạ Bó Tậu Vài Coóng Muồng Luông Nọi Khoang Duồng Cà Pục Toàn "
    "Loòng Đán Nhài Sla Pẻn Cọn Pài Mặn Khun Tèng Dài Cháo Quân Liềng Hoi Ca Chúa Mòn Lạn Tum Pạn Diểu Chom Kheo "
    "Phung Ít Rào Bây Đuổn Lốm Mèng Slâu Vạng Ỏi Éng Dụ Ngoà"
)


def person(rng: Random, people: str, sex: str) -> str:
    """A full name of this people (a code of ``PEOPLES``) and sex (``nam`` or ``nu``)."""
    ways = PEOPLES[people]
    middles, givens = ways.sons if sex == "nam" else ways.daughters
    family, middle, given = rng.choice(ways.families), rng.choice(middles), rng.choice(givens)
    while given in (middle, family):
        given = rng.choice(givens)
    return f"{family} {middle} {given}"


def some_people(rng: Random) -> str:
    """One of the five peoples, by their shares."""
    return rng.choices(list(SHARES), weights=list(SHARES.values()))[0]


def villages(rng: Random, number: int, urban: bool) -> list[str]:
    """The names of so many villages of one commune, all different; residential groups are numbered."""
    if urban:
        return [f"Tổ dân phố {place}" for place in range(1, number + 1)]
    names: list[str] = []
    while len(names) < number:
        stem, tail = rng.choice(_STEMS), rng.choice(_TAILS)
        name = f"Bản {tail}" if stem == "Bản" else f"Thôn {stem} {tail}"
        if name not in names:
            names.append(name)
    return names
