"""In which commune of which vintage a village lies: one answer, whoever is asked."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp import people, places
from fieldapp.db import db
from fieldapp.exports.records import _Places
from fieldapp.places import Gazetteer, Place, PlaceMapping, Village, imports, lineage
from fieldapp.reports.geography import Geography

ALONE, MIXED = "01957", "01933"
"""Communes of 2025: made of one old commune, and of several."""


@pytest.fixture(params=["merged once", "merged twice"])
def villages(lists: Flask, request: pytest.FixtureRequest) -> list[str]:
    """Those of the lists, and some that were first listed in 2025; or also in 2027, when communes were merged again."""
    for commune in (ALONE, MIXED):
        places.add_village(2025, commune, "Khuổi Slưn")
    if request.param == "merged twice":
        merge_again()
        places.add_village(2027, ALONE, "Khuổi Slưn")
    db.session.commit()
    return list(db.session.scalars(sa.select(Village.id)))


def merge_again() -> None:
    """In 2027 the one of these communes goes into the other; all others stay as they are."""
    for place in db.session.scalars(sa.select(Place).where(Place.vintage == 2025)).all():
        became = ALONE if place.code == MIXED else place.code
        if place.code == became:
            row = {column.name: getattr(place, column.name) for column in Place.__table__.columns}
            db.session.add(Place(**row | {"vintage": 2027}))
        if place.is_commune:
            steps = {"from_vintage": 2025, "from_code": place.code, "to_vintage": 2027, "to_code": became}
            db.session.add(PlaceMapping(**steps, whole=True))
    db.session.flush()
    for table in (Place, PlaceMapping):
        imports.note_changed(table)


@pytest.mark.parametrize("vintage", [2023, 2025, 2027])
@pytest.mark.parametrize("what", ["as it is", "one commune split", "one went whole twice"])
def test_the_law_places_every_village_in_the_commune_that_pages_do(
    villages: list[str], vintage: int, what: str
) -> None:
    into = sa.select(PlaceMapping).where(PlaceMapping.to_code == MIXED, PlaceMapping.to_vintage == 2025)
    [first, second, *_rest] = db.session.scalars(into)
    if what == "one commune split":
        first.whole = False
    if what == "one went whole twice":
        db.session.add(
            PlaceMapping(from_vintage=2023, from_code=second.from_code, to_vintage=2025, to_code=ALONE, whole=True)
        )
    db.session.flush()
    held, communes = lineage.current(), {place.code for place in places.communes(vintage)}
    for village in villages:
        commune = places.commune_of(village, vintage)
        found = {key for key in held.of(village) if key.endswith(f"@{vintage}") and key[:-5] in communes}
        assert found == ({f"{commune.code}@{vintage}"} if commune else set())


def test_a_commune_lay_in_an_old_district_only_where_every_piece_of_it_did() -> None:
    above = [(2023, "01", "D1"), (2023, "02", "D2"), (2023, "D1", None), (2023, "D2", None), (2025, "09", None)]
    whole, part = (2023, "01", 2025, "09"), (2023, "02", 2025, "09")
    assert "D1@2023" in lineage.Lineage(above, [whole], [whole]).of("09@2025")
    assert "D1@2023" not in lineage.Lineage(above, [whole], [whole, part]).of("09@2025")


@pytest.mark.parametrize("vintage", [2023, 2025, 2027])
def test_pages_reports_and_grants_place_every_village_in_the_same_commune(villages: list[str], vintage: int) -> None:
    geography, gazetteer = Geography(db.session(), vintage), Gazetteer(db.session(), vintage)
    of_places = {place.code: places.villages_of(vintage, place.code) for place in places.communes(vintage)}
    for village in villages:
        commune = places.commune_of(village, vintage)
        assert geography.commune(village) == gazetteer.commune(village) == commune
        assert {code for code, inside in of_places.items() if village in inside} == (
            {commune.code} if commune else set()
        )


@pytest.mark.parametrize("vintage", [2023, 2025])
def test_what_lies_in_a_province_a_district_or_a_commune_is_the_same_remembered_and_asked(
    lists: Flask, vintage: int
) -> None:
    gazetteer = Gazetteer(db.session(), vintage)
    for year, code in gazetteer.everywhere:
        if year == vintage:
            assert gazetteer.lying_in(code) == set(places.villages_of(vintage, code)), code


def test_communes_merged_a_second_time_keep_every_village_on_every_page(lists: Flask) -> None:
    known = ((village, places.known_commune(village)) for village in places.villages_of(2023, "06"))
    before = {village: commune.code for village, commune in known if commune}
    merge_again()
    after = {village: places.known_commune(village) for village in before}
    assert {(at.vintage, at.code) for at in after.values() if at} == {
        (2027, ALONE if code == MIXED else code) for code in before.values()
    }
    assert set(places.villages_of(2027, ALONE)) == {id for id, code in before.items() if code in (ALONE, MIXED)}


def test_a_commune_made_of_merged_ones_lay_in_an_old_district_only_where_all_of_it_did() -> None:
    above = [(2023, "01", "D1"), (2023, "02", "D1"), (2023, "03", "D2"), (2023, "D1", None), (2023, "D2", None)]
    above += [(2025, "08", None), (2025, "09", None), (2027, "09", None)]
    steps = [(2025, "08", 2027, "09"), (2025, "09", 2027, "09")]
    one, two, three = ((2023, code, 2027, "09") for code in ("01", "02", "03"))
    assert "D1@2023" in lineage.Lineage(above, [], [*steps, one, two]).of("09@2027")
    assert "D1@2023" not in lineage.Lineage(above, [], [*steps, one, two, three]).of("09@2027")


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
    made_of = sa.select(PlaceMapping.from_code).where(PlaceMapping.to_code == ALONE, PlaceMapping.to_vintage == 2025)
    [old] = db.session.scalars(made_of)
    thuong_quan = db.session.get_one(Place, (2023, old))
    assert (places.commune_of(alone, 2023), places.commune_of(mixed, 2023)) == (thuong_quan, None)
    assert Geography(db.session(), 2023).commune(alone) == thuong_quan
    assert alone in places.villages_of(2023, thuong_quan.code)
    assert alone in places.villages_of(2023, thuong_quan.parent_code or "")
    account = people.add_account("xa", "Nông Thị Xa", "enumerator", "thu-nghiem-2026", [(2023, thuong_quan.code)])
    assert people.areas_of(account) == set(places.villages_of(2023, thuong_quan.code))
