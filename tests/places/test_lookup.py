"""Up and down the places, across the reorganisation of 2025."""

from __future__ import annotations

import pytest
from flask import Flask

from fieldapp import naming, places
from fieldapp.i18n import speaking

HOANG_TRI = ["2023.01930.001", "2023.01930.002"]


def test_a_village_stays_in_its_old_commune_and_district_for_ever(lists: Flask) -> None:
    old = places.commune_of("2023.01930.001", 2023)
    district = places.district_of("2023.01930.001")
    assert old is not None
    assert district is not None
    assert (old.name, district.name) == ("Xã Hoàng Trĩ", "Huyện Ba Bể")


def test_a_village_moves_with_its_commune_in_2025(lists: Flask) -> None:
    new = places.commune_of("2023.01930.001", 2025)
    assert new is not None
    assert (new.code, new.name) == ("01933", "Xã Đồng Phúc")


def test_one_code_means_two_places_in_two_vintages(lists: Flask) -> None:
    old, new = places.place(2023, "01864"), places.place(2025, "01864")
    assert old is not None
    assert new is not None
    assert (old.name, new.name) == ("Xã Bộc Bố", "Xã Bằng Thành")
    assert places.villages_of(2023, "01864") == ["2023.01864.001", "2023.01864.002"]
    assert len(places.villages_of(2025, "01864")) == 4


def test_a_commune_that_straddles_two_old_districts_gathers_from_both(lists: Flask) -> None:
    villages = places.villages_of(2025, "01933")
    assert {places.district_of(village).name for village in villages} == {"Huyện Ba Bể", "Huyện Chợ Đồn"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("vintage", "code", "number"),
    [(2023, "06", 10), (2025, "19", 10), (2023, "061", 2), (2023, "01930", 2), (2025, "061", 0), (2023, "99999", 0)],
)
def test_the_villages_of_any_place_of_any_vintage(lists: Flask, vintage: int, code: str, number: int) -> None:
    assert len(places.villages_of(vintage, code)) == number


def test_a_village_stands_for_itself(lists: Flask) -> None:
    assert places.villages_of(2023, "2023.01930.002") == ["2023.01930.002"]
    assert places.villages_of(2023, "2023.01930.999") == []


def test_a_village_born_in_2025_has_an_old_commune_only_where_just_one_went_in(lists: Flask) -> None:
    alone = places.add_village(2025, "01957", "Khuổi Slưn")
    mixed = places.add_village(2025, "01933", "Nà Cà")
    old = places.commune_of(alone.id, 2023)
    assert old is not None
    assert old.name == "Xã Thượng Quan"
    assert places.commune_of(mixed.id, 2023) is None


def test_what_nobody_knows_has_no_commune(lists: Flask) -> None:
    assert places.commune_of("2023.01930.777", 2023) is None
    assert places.district_of("2023.01930.777") is None
    assert places.village_name("2023.01930.777") == "2023.01930.777"


def test_villages_are_listed_with_the_commune_of_today(lists: Flask) -> None:
    pairs = places.with_communes(HOANG_TRI)
    assert [(village.name, commune.name) for village, commune in pairs] == [
        ("Thôn Nà Lài", "Xã Đồng Phúc"),
        ("Bản Cám", "Xã Đồng Phúc"),
    ]
    assert {commune.name for _village, commune in places.with_communes(HOANG_TRI, 2023)} == {"Xã Hoàng Trĩ"}


@pytest.mark.parametrize("typed", ["si binh", "Sỹ Bình", "SI  BINH", "sĩ bình"])
def test_a_place_is_found_without_accents_and_with_either_i(lists: Flask, typed: str) -> None:
    assert [found.name for found in places.search_places(typed, 2023)] == ["Xã Sĩ Bình"]


@pytest.mark.parametrize("typed", ["hoà mục", "hòa mục", "hoa muc"])
def test_a_place_is_found_wherever_the_tone_mark_stands(lists: Flask, typed: str) -> None:
    assert [found.name for found in places.search_places(typed, 2023)] == ["Xã Hoà Mục"]


def test_a_village_is_found_within_what_may_be_seen(lists: Flask) -> None:
    assert [found.id for found in places.search_villages("na lai", within=HOANG_TRI)] == ["2023.01930.001"]
    assert places.search_villages("na lai", within=[]) == []
    assert len(places.search_villages("na lai")) == 5


def test_signs_of_the_search_language_are_only_signs(lists: Flask) -> None:
    assert len(places.search_villages("%")) == len(places.search_villages(""))


def test_villages_of_one_name_in_a_merged_commune_can_be_told_apart_on_the_tablet(lists: Flask) -> None:
    ids = places.villages_of(2025, "01906") + places.villages_of(2025, "01933")
    names = {village.id: village.name for village, _commune in places.with_communes(ids)}
    with speaking("vi"):
        told = places.told(ids)
    assert len({(names[id], commune) for id, _name, commune in told}) < len(told)
    assert len({(name, commune) for _id, name, commune in told}) == len(told)


def test_villages_of_one_name_in_a_merged_commune_can_be_told_apart_where_one_is_chosen(lists: Flask) -> None:
    listed = places.with_communes(places.villages_of(2025, "01906") + places.villages_of(2025, "01933"))
    with speaking("vi"):
        names = [name for _id, name in naming.villages_to_choose(listed)]
    assert len({(commune.name, village.name) for village, commune in listed}) < len(listed) == len(set(names))
