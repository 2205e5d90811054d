"""A province's own rows of the code lists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from fieldapp import create_app
from fieldapp.config import Config
from fieldapp.housing.durability import parts
from fieldapp.problems import BadCodeLists
from fieldapp.reference import defaults, rules_from
from fieldapp.surveys import questions
from fieldapp.surveys.choices import amend, choice, choices, codes

HEADING = "list,code,vi,en,durable_tt01,durable_qd55,basis,retired\n"


@pytest.fixture
def province(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "codelists.csv"
    amend(tmp_path / "none.csv")


def test_a_province_rules_on_a_local_material(province: Path) -> None:
    """In its own code lists, where no record rules on it."""
    fibro = {"roof_material": "fibro", "roof_frame": "sat_thep"}

    def durable() -> bool | None:
        return parts(fibro, rules_from(defaults()).on(date(2025, 3, 1)), "qd55").named["roof"].met

    assert durable() is None
    province.write_text(
        HEADING + "roof_material,fibro,Tấm lợp fibro xi măng,,yes,yes,Sở Xây dựng,\n", encoding="utf-8-sig"
    )
    amend(province)
    assert durable() is True


def test_a_province_adds_a_code_and_retires_another_which_stays_readable(province: Path) -> None:
    wording = HEADING + "hazard,set,Sét đánh,Lightning,,,Tỉnh,\nhazard,chay,Cháy,Fire,,,Tỉnh,yes\n"
    province.write_text(wording, encoding="utf-8")
    amend(province)
    hazards = questions("housing_need")["hazards"]
    assert choices("hazard")[-1].code == "set"
    assert "chay" in codes("hazard")
    assert hazards.admits(["chay", "set"]) is None
    assert hazards.show(["chay"], "vi") == "Cháy"


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ("no_such_list,x,X,X,,,,\n", "no such list: no_such_list"),
        ("hazard,set,Sét,Lightning,perhaps,,,\n", "line 2"),
        ("hazard,set\n", "line 2"),
    ],
)
def test_a_file_with_a_mistake_changes_nothing_and_says_where(province: Path, rows: str, complaint: str) -> None:
    province.write_text(HEADING + rows, encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        amend(province)
    assert choice("hazard", "set") is None


def test_an_instance_takes_over_its_own_rows_or_says_what_is_wrong_with_them(province: Path) -> None:
    province.write_text(HEADING + "hazard,set,Sét đánh,Lightning,,,Tỉnh,\n", encoding="utf-8")
    create_app(Config(instance=province.parent, testing=True))
    assert choice("hazard", "set") is not None
    province.write_text(HEADING + "hazard,set,Sét đánh,Lightning,maybe,,Tỉnh,\n", encoding="utf-8")
    with pytest.raises(BadCodeLists, match=r"codelists\.csv"):
        create_app(Config(instance=province.parent, testing=True))
