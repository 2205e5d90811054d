"""The answers of one housing survey, made to show a given difficulty and no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from fieldapp.sample.households import point
from fieldapp.sample.names import person
from fieldapp.surveys import tidy

Photo = dict[str, Any]

_DWELLINGS = ("nha_rieng", "leu_tam", "cung_cha_me", "o_nho_thue")
_SOUND = {
    "floor_material": ("vua_xi_mang", "gach_da", "be_tong", "go"),
    "post_material": ("go_ben_chac", "be_tong", "sat_thep"),
    "wall_material": ("gach_da", "go_ben_chac"),
    "roof_material": ("ngoi", "ton_chac", "be_tong"),
}
_WEAK = {
    "floor_material": ("dat", "dat", "tre_nua"),
    "post_material": ("go_tap", "go_tap", "tre"),
    "wall_material": ("phen_nua", "toc_xi", "phen_nua", "bat"),
    "roof_material": ("la_co", "ton_tam", "bat"),
}


def answers(
    rng: Random,
    household: str,
    home: dict[str, Any],
    difficulty: str,
    on: date,
    photos: Mapping[str, Sequence[Photo]],
    wanted: str | None = None,
    *,
    ruined: bool = False,
) -> dict[str, Any]:
    """Answers to the housing survey of a household that break no rule.

    :param home: the household's own answers.
    :param difficulty: ``area``, ``quality``, ``both`` or ``none``: what the law must find.
    :param photos: drawings to choose from, by what they show.
    :param wanted: the support it asks for, of a household that lives in a house of its own on land of its own; drawn
        where none is given.
    :param ruined: whether a storm has made it a house that nobody can live in, on land of the household's own.
    """
    weak = difficulty in ("quality", "both")
    dwelling, need = _dwelling_and_need(rng, weak, difficulty, wanted)
    found: dict[str, Any] = {
        "household": household,
        "visited_on": on.isoformat(),
        "respondent": rng.choices(["chu_ho", "vo_chong", "thanh_vien"], [66, 26, 8])[0],
        "has_house": dwelling,
        "host_name": person(rng, home["ethnic_group"], "nam"),
        "area_m2": _area(rng, home["members"], difficulty in ("area", "both")),
        **_parts(rng, weak, on),
        **_around(rng, weak),
        **_land(rng, on, need),
        **_wants(rng, on, need),
        **_photos(rng, weak, photos),
        **(_READY if wanted or ruined else {}),
        **({"disaster_damage": "hu_hong_nang"} if ruined else {}),
    }
    if "location" in home:
        found["location"] = _where_it_is(rng, home["location"], on)
    return {name: value for name, value in tidy("housing_need", found).items() if value is not None}


def _dwelling_and_need(rng: Random, weak: bool, difficulty: str, wanted: str | None) -> tuple[str, str]:
    """Where a household lives, and which support it asks for: ``wanted``, where that is given."""
    # What lacks a house lacks quality, whatever the area it shares: these say so and nothing about their floor.
    open_to_all = difficulty == "quality" and wanted is None
    dwelling = rng.choices(_DWELLINGS, [88, 5, 4, 3])[0] if open_to_all else "nha_rieng"
    mends = 0 if dwelling != "nha_rieng" else 17 if weak else 34
    need = wanted or rng.choices(["xay_moi", "sua_chua", "di_chuyen"], [78, mends, 5 if weak else 0])[0]
    return dwelling, need


def _where_it_is(rng: Random, home: Mapping[str, str], on: date) -> dict[str, Any]:
    """A position measured at the house, which is where the household is."""
    near = (float(home["lat"]), float(home["lon"]))
    return {**point(rng, near, on), "lat": home["lat"], "lon": home["lon"]}


_READY: dict[str, Any] = {
    "land_status": "co_gcn",
    "can_build_here": True,
    "cannot_build_reason": None,
    "refuses": False,
    "refuse_reason": None,
    "commitment_signed": None,
}


def _area(rng: Random, members: int, small: bool) -> str:
    """Under 8 m² a person and under 30 m² in all (18 for one alone); or clear of all these."""
    if small:
        most = min(7.8 * members, 29.5) if members > 1 else 7.8
        return _half(rng.uniform(max(4.0, 0.6 * most), most))
    return _half(rng.uniform(max(31.0, 8.6 * members), max(48.0, 14.0 * members)))


def _half(value: float) -> str:
    """To half a metre, downwards, in the one spelling of a decimal."""
    halves = int(value * 2)
    return f"{Decimal(halves) / 2:f}".removesuffix(".0")


def _parts(rng: Random, weak: bool, on: date) -> dict[str, Any]:
    materials = {part: rng.choice(codes) for part, codes in (_WEAK if weak else _SOUND).items()}
    built = on.year - (rng.randint(8, 35) if weak else rng.randint(3, 18))
    repaired = weak and rng.random() < 0.35
    worst = ("xuong_cap", "hu_hong") if weak else ("tot", "tot", "xuong_cap")
    return {
        **materials,
        "roof_frame": materials["post_material"],
        **{f"{part}_condition": rng.choice(worst) for part in ("floor", "post", "wall", "roof")},
        "house_form": rng.choices(["nha_san", "nha_tret", "nua_san"], [40, 50, 10])[0],
        "built_year": built,
        "was_repaired": repaired,
        "last_repair_year": rng.randint(built + 1, on.year - 1) if repaired else None,
    }


def _around(rng: Random, weak: bool) -> dict[str, Any]:
    hazards = sorted(rng.sample(["sat_lo", "lu_quet", "ngap_lut", "dong_loc"], rng.choice([1, 1, 2])))
    return {
        "leaning_or_cracked": weak and rng.random() < 0.6,
        "leaks": weak,
        "in_danger_of_collapse": weak and rng.random() < 0.3,
        "hazards": hazards if rng.random() < 0.4 else ["khong"],
        "kitchen": rng.choices(["bep_rieng", "trong_nha", "khong"], [50, 44, 6])[0],
        "toilet": rng.choice(
            ["dao_tam", "hai_ngan", "khong", "tham_doi", "chung"] if weak else ["tu_hoai", "hai_ngan"]
        ),
        "water": rng.choices(["tu_chay", "gieng_dao", "mo_nuoc", "nuoc_may"], [60, 15, 20, 5])[0],
        "electricity": rng.choices(["luoi", "cau_nho", "thuy_dien_nho"], [88, 9, 3])[0],
    }


def _land(rng: Random, on: date, need: str) -> dict[str, Any]:
    status = rng.choices(["co_gcn", "chua_gcn", "dat_khac", "dat_rung", "nguoi_khac"], [52, 26, 12, 6, 4])[0]
    fine = status in ("co_gcn", "chua_gcn") or (need == "sua_chua" and status != "dat_rung")
    return {
        "land_status": status,
        "has_land_dispute": False,
        "can_build_here": fine,
        "cannot_build_reason": None if fine else "Chưa chuyển mục đích sử dụng đất",
        "supported_before": False,
        "wanted_year": on.year + rng.choice([0, 0, 1]),
    }


def _wants(rng: Random, on: date, need: str) -> dict[str, Any]:
    refuses = rng.random() < 0.02
    return {
        "need_type": need,
        "repair_parts": sorted(rng.sample(["mai", "nen_mong", "khung_tuong"], rng.choice([1, 2]))),
        "own_money": rng.choice([0, 2, 5, 10, 15, 20, 30]) * 1_000_000,
        "kin_money": rng.choice([0, 0, 3, 5, 10, 20]) * 1_000_000,
        "loan_wanted": rng.choice([0, 0, 20, 30, 40]) * 1_000_000,
        "labour_days": rng.choice([20, 40, 60, 80, 120]),
        "materials_in_kind": rng.choice([["cat_soi_da", "go"], ["go"], ["tre_vau"], ["khong"]]),
        "wants_model_house": rng.random() < 0.5,
        "refuses": refuses,
        "refuse_reason": rng.choice(["khong_du_doi_ung", "kieng_ky", "nhuong"]) if refuses else None,
        "commitment_signed": False if refuses else None,
    }


def _photos(rng: Random, weak: bool, photos: Mapping[str, Sequence[Photo]]) -> dict[str, Any]:
    fronts = photos["weak" if weak else "sound"]
    found: dict[str, Any] = {"photo_front": [rng.choice(fronts)], "photo_inside": [rng.choice(photos["inside"])]}
    if weak and rng.random() < 0.4:
        found["photo_damage"] = [rng.choice(photos["damage"])]
    return found
