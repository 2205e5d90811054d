"""The answers of one invented household."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from fieldapp.sample.names import person
from fieldapp.surveys import tidy

INVENTED = "Hộ giả định trong dữ liệu mẫu, không có thật."
"""Every household of the sample says so, on its own sheet."""

CENTRES = {
    "058": (22.147, 105.835),
    "060": (22.600, 105.680),
    "061": (22.400, 105.720),
    "062": (22.430, 105.990),
    "063": (22.250, 105.870),
    "064": (22.170, 105.600),
    "065": (22.060, 105.830),
    "066": (22.180, 106.100),
}
"""About the middle of each district of 2023."""

_WAYS = (
    "Qua đập tràn rẽ trái, nhà sàn đầu dốc",
    "Sau nhà văn hóa thôn khoảng 200 m",
    "Cuối đường bê tông, đi bộ thêm 15 phút",
    "Gần gốc đa đầu bản",
    "Bên kia suối, cạnh ruộng bậc thang",
    "Trên sườn đồi, phía trên đường liên xã",
)


@dataclass(frozen=True)
class Draw:
    """What is decided about a household before its answers are drawn."""

    village: str
    people: str
    poverty_class: str
    place: tuple[float, float]
    """Latitude and longitude."""
    on: date
    number: int
    """Counts the households of the sample, so that no two have one telephone or identity number."""


def answers(rng: Random, draw: Draw) -> dict[str, Any]:
    """Answers to the household survey that break no rule."""
    sex = rng.choices(["nam", "nu"], [72, 28])[0]
    year = rng.randint(1942, 1998)
    found: dict[str, Any] = {
        "visited_on": draw.on.isoformat(),
        "village": draw.village,
        "address_detail": rng.choice(_WAYS),
        "head_name": person(rng, draw.people, sex),
        "head_sex": sex,
        "birth_date": _birth(rng, year),
        "ethnic_group": draw.people,
        **_identity(rng, draw, sex, year),
        **_people(rng, draw.on.year - year),
        **_class(rng, draw),
        **_circumstances(rng, draw.on.year - year),
        "remarks": INVENTED,
    }
    if rng.random() < 0.85:
        found["location"] = point(rng, draw.place, draw.on)
    return {name: value for name, value in tidy("household", found).items() if value is not None}


def point(rng: Random, place: tuple[float, float], on: date) -> dict[str, Any]:
    """A position near a place, as a tablet's receiver gives it."""
    lat, lon = (value + rng.gauss(0, 0.002) for value in place)
    at = f"{on.isoformat()}T{rng.randint(1, 9):02d}:{rng.randint(0, 59):02d}:00Z"
    accuracy = rng.choices([rng.randint(4, 25), rng.randint(26, 90)], [92, 8])[0]
    return {"lat": f"{lat:.6f}", "lon": f"{lon:.6f}", "accuracy_m": accuracy, "at": at, "source": "gps"}


def _birth(rng: Random, year: int) -> str:
    if year < 1965 and rng.random() < 0.6:
        return str(year)
    return date(year, rng.randint(1, 12), rng.randint(1, 28)).isoformat()


def _identity(rng: Random, draw: Draw, sex: str, year: int) -> dict[str, Any]:
    found: dict[str, Any] = {"id_document": rng.choices(["cccd", "khong"], [93, 7])[0]}
    if found["id_document"] == "cccd":
        found["citizen_id"] = f"006{1 if sex == 'nu' else 0}{year % 100:02d}{draw.number % 1_000_000:06d}"
    else:
        found["no_id_reason"] = rng.choice(["chua_lam", "dang_lam", "mat_hong", "gia_yeu"])
    owner = rng.choices(["chu_ho", "thanh_vien", "ho_hang", "truong_thon", "khong"], [55, 18, 8, 9, 10])[0]
    found["whose_phone"] = owner
    if owner != "khong":
        # 050 is given to no operator: nobody real can be called.
        found["phone"] = f"050{draw.number % 10_000_000:07d}"
    if owner in ("thanh_vien", "ho_hang", "truong_thon"):
        found["phone_name"] = person(rng, draw.people, rng.choice(["nam", "nu"]))
    return found


def _people(rng: Random, age: int) -> dict[str, int]:
    members = rng.choices([1, 2, 3, 4, 5, 6, 7], [7, 13, 16, 26, 20, 12, 6])[0]
    elderly = min(members, (1 if age >= 60 else 0) + (1 if age >= 62 and members > 1 and rng.random() < 0.6 else 0))
    children = min(members - max(elderly, 1), rng.choices([0, 1, 2, 3], [28, 28, 32, 12])[0])
    grown = members - children
    women = min(grown, max(0, round(grown / 2 + rng.choice([-0.6, 0, 0, 0.6]))))
    disabled = 1 if rng.random() < 0.12 else 0
    return {
        "members": members,
        "women": women,
        "children_under_16": children,
        "elderly_60_plus": elderly,
        "disabled": disabled,
        "labourers": max(0, grown - elderly - (disabled if grown > 1 else 0)),
    }


def _class(rng: Random, draw: Draw) -> dict[str, Any]:
    poor = draw.poverty_class == "ngheo"
    return {
        "poverty_class": draw.poverty_class,
        "class_year": 2025,
        "class_paper": f"{rng.randint(100, 999)}/QĐ-UBND",
        "b1_score": rng.randint(70, 140),
        "b2_score": 10 * (rng.randint(3, 7) if poor else rng.randint(0, 2)),
    }


def _circumstances(rng: Random, age: int) -> dict[str, Any]:
    chosen = []
    for code, odds in (("bao_tro_xa_hoi", 0.1), ("khuyet_tat", 0.08), ("don_than", 0.06), ("than_nhan_liet_si", 0.02)):
        if rng.random() < odds:
            chosen.append(code)
    if age > 70 and rng.random() < 0.3:
        chosen.append("cao_tuoi_neo_don")
    split = rng.random() < 0.8
    return {
        "vulnerable": sorted(chosen) or ["khong"],
        "frequent_disaster_area": rng.random() < 0.3,
        "split_off": split,
        "split_off_year": rng.randint(1995, 2020) if split else None,
    }
