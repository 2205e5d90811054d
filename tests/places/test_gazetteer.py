"""In which commune of which vintage a village lies: one answer, whoever is asked."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp import people, places
from fieldapp.db import db
from fieldapp.exports.records import _Places
from fieldapp.places import Gazetteer, Place, PlaceMapping, Village
from fieldapp.reports.geography import Geography

ALONE, MIXED = "01957", "01933"
"""Communes of 2025: made of one old commune, and of several."""


@pytest.fixture
def villages(lists: Flask) -> list[str]:
    """Those of the lists, and two that were first listed in 2025."""
    for commune in (ALONE, MIXED):
        places.add_village(2025, commune, "Khuổi Slưn")
    db.session.commit()
    return list(db.session.scalars(sa.select(Village.id)))


@pytest.mark.parametrize("vintage", [2023, 2025])
def test_pages_reports_and_grants_place_every_village_in_the_same_commune(villages: list[str], vintage: int) -> None:
    geography, gazetteer = Geography(db.session(), vintage), Gazetteer(db.session(), vintage)
    of_places = {place.code: places.villages_of(vintage, place.code) for place in places.communes(vintage)}
    for village in villages:
        commune = places.commune_of(village, vintage)
        assert geography.commune(village) == gazetteer.commune(village) == commune
        assert {code for code, inside in of_places.items() if village in inside} == (
            {commune.code} if commune else set()
        )


def test_pages_exports_wire_and_batch_files_name_the_same_commune_of_today(villages: list[str]) -> None:
    wire = {village: commune for village, _name, commune in places.told(villages)}
    listed = {village.id: commune.name for village, commune in places.with_communes(villages)}
    exported = _Places(db.session())
    for village in villages:
        known = places.known_commune(village)
        assert known is not None
        assert {wire[village], listed[village], exported.of(village).commune_today} == {known.name}


def test_a_village_first_listed_in_2025_lies_in_the_one_old_commune_there_was_and_else_in_none(
    villages: list[str],
) -> None:
    alone, mixed = (f"2025.{commune}.001" for commune in (ALONE, MIXED))
    [old] = db.session.scalars(sa.select(PlaceMapping.from_code).where(PlaceMapping.to_code == ALONE))
    thuong_quan = db.session.get_one(Place, (2023, old))
    assert (places.commune_of(alone, 2023), places.commune_of(mixed, 2023)) == (thuong_quan, None)
    assert Geography(db.session(), 2023).commune(alone) == thuong_quan
    assert alone in places.villages_of(2023, thuong_quan.code)
    assert alone in places.villages_of(2023, thuong_quan.parent_code or "")
    account = people.add_account("xa", "Nông Thị Xa", "enumerator", "thu-nghiem-2026", [(2023, thuong_quan.code)])
    assert people.areas_of(account) == set(places.villages_of(2023, thuong_quan.code))
