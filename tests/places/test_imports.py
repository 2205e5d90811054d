"""What the official lists must add up to after they are imported."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp import places
from fieldapp.db import db
from fieldapp.places import Place, PlaceMapping, Village
from fieldapp.places.models import COMMUNE, DISTRICT
from fieldapp.problems import Problem, UnknownPlace


def count(*conditions: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).where(*conditions)) or 0


def test_the_2023_list_has_8_districts_and_108_communes(lists: Flask) -> None:
    assert count(Place.vintage == 2023, Place.level.in_(DISTRICT)) == 8
    assert count(Place.vintage == 2023, Place.level.in_(COMMUNE)) == 108
    levels = {level: count(Place.vintage == 2023, Place.level == level) for level in COMMUNE}
    assert levels == {"xa": 95, "phuong": 6, "thi_tran": 7}


def test_the_2025_list_has_92_communes_and_no_district(lists: Flask) -> None:
    assert count(Place.vintage == 2025, Place.level.in_(COMMUNE)) == 92
    assert count(Place.vintage == 2025, Place.level.in_(DISTRICT)) == 0
    assert count(Place.vintage == 2025, Place.level == "phuong") == 15


def test_37_communes_of_2025_lie_in_old_bac_kan(lists: Flask) -> None:
    old = sa.select(Place.code).where(Place.vintage == 2023)
    new = sa.select(PlaceMapping.to_code).where(PlaceMapping.from_code.in_(old)).distinct()
    assert len(list(db.session.scalars(new))) == 37


def test_all_108_communes_are_mapped_whole_and_once(lists: Flask) -> None:
    old = sa.select(Place.code).where(Place.vintage == 2023, Place.level.in_(COMMUNE))
    mapped = list(db.session.scalars(sa.select(PlaceMapping).where(PlaceMapping.from_code.in_(old))))
    assert len(mapped) == len({row.from_code for row in mapped}) == 108
    assert all(row.whole for row in mapped)


def test_every_mapped_commune_is_in_the_list_of_2025(lists: Flask) -> None:
    new = set(db.session.scalars(sa.select(Place.code).where(Place.vintage == 2025)))
    assert set(db.session.scalars(sa.select(PlaceMapping.to_code))) <= new


def test_all_37_new_codes_are_old_codes_and_19_changed_their_name(lists: Flask) -> None:
    old = {row.code: row.bare_name for row in places.communes(2023)}
    new = {row.code: row.bare_name for row in places.communes(2025) if row.code in old}
    assert len(new) == 37
    assert sum(old[code] != name for code, name in new.items()) == 19


def test_importing_twice_is_importing_once(lists: Flask) -> None:
    again = places.import_packaged()
    assert (again.new, again.changed) == (0, 0)
    assert again.total == 117 + 93 + 283


def test_a_newer_list_changes_the_name_it_corrects(lists: Flask, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("code,name,level,parent_code\n06,Tỉnh Bắc Cạn,tinh,\n", encoding="utf-8")
    assert places.import_places(file, 2023) == (0, 1, 0)
    found = places.place(2023, "06")
    assert found is not None
    assert found.name == "Tỉnh Bắc Cạn"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "code,name\n01,Tỉnh\n",
        "code,name,level,parent_code\n06,Tỉnh Bắc Kạn,vùng,\n",
        "code,name,level,parent_code\n058,Thành phố Bắc Kạn,thanh_pho,06\n",
        "code,name,level,parent_code\n058\n",
    ],
    ids=["empty", "columns missing", "unknown level", "parent not in the list", "short line"],
)
def test_a_file_that_is_no_list_of_places_changes_nothing(lists: Flask, tmp_path: Path, content: str) -> None:
    before = count(Place.code != "")
    file = tmp_path / "list.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(Problem):
        places.import_places(file, 2030)
    assert count(Place.code != "") == before


def test_a_binary_file_is_no_list_of_places(lists: Flask, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(b"PK\x03\x04\xff\xfe\x00")
    with pytest.raises(Problem):
        places.import_places(file, 2030)


def test_a_village_takes_the_next_number_of_its_commune(lists: Flask) -> None:
    assert places.add_village(2023, "01930", "Bản  Duống").id == "2023.01930.003"
    found = db.session.get(Village, "2023.01930.003")
    assert found is not None
    assert found.name == "Bản Duống"


def test_a_village_of_a_commune_nobody_listed_is_refused(lists: Flask) -> None:
    with pytest.raises(UnknownPlace):
        places.add_village(2025, "01930", "Bản Duống")
