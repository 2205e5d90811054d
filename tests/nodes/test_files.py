"""A batch file goes from the laptop to the province: once, whole, with its photos and names."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.people import Account
from fieldapp.photos import attachments
from fieldapp.photos.attachments import Attachment
from fieldapp.places import Gazetteer, Village
from fieldapp.surveys.household import Household
from tests.nodes.conftest import Node
from tests.nodes.sticks import befriend, looked_at, take_along, take_in, what_stands, write
from tests.places.test_gazetteer import merge_again


def test_a_file_brings_every_record_and_every_photo(file: Path, province: Node, laptop: Node) -> None:
    parcel = take_in(laptop, file)
    assert laptop.versions() == province.versions()
    with province.inside():
        photos = list(db.session.scalars(sa.select(Attachment.sha256).where(Attachment.state == "stored")))
    assert parcel.photos == len(photos) > 0
    with laptop.inside():
        assert all(attachments.path(sha256).exists() for sha256 in photos)


def test_imported_twice_is_imported_once(file: Path, laptop: Node) -> None:
    first = take_in(laptop, file)
    before = what_stands(laptop)
    again = take_in(laptop, file)
    assert (again.before, again.batch) == (first.batch, first.batch)
    assert what_stands(laptop) == before


def test_another_file_with_the_same_changes_stores_none_of_them_again(
    file: Path, province: Node, laptop: Node, tmp_path: Path
) -> None:
    take_in(laptop, file)
    before = laptop.versions()
    write(province, tmp_path / "again.fab", "laptop")
    parcel = take_in(laptop, tmp_path / "again.fab")
    assert set(parcel.counts) == {"duplicate"}
    assert laptop.versions() == before


def test_a_conflict_made_by_file_shows_on_both_and_is_settled_by_file(
    file: Path, province: Node, laptop: Node, tmp_path: Path
) -> None:
    take_in(laptop, file)
    record = province.households()[0]
    province.edit(record, {"members": 7})
    laptop.edit(record, {"members": 8})
    for step, (giver, name, taker) in enumerate([(province, "laptop", laptop), (laptop, "tinh", province)]):
        write(giver, tmp_path / f"{step}.fab", name)
        take_in(taker, tmp_path / f"{step}.fab")
    assert province.row(record).contested
    assert laptop.row(record).contested
    laptop.edit(record, {"members": 8}, "binh")
    write(laptop, tmp_path / "settled.fab", "tinh")
    take_in(province, tmp_path / "settled.fab")
    assert not province.row(record).contested
    assert province.versions() == laptop.versions()


def test_a_file_tells_all_villages_and_people_as_the_wire_does(
    file: Path, province: Node, new_node: Callable[[str], Node]
) -> None:
    nobody = new_node("nobody")
    befriend(nobody, province, "nobody", "tinh")
    path = file.with_name("names.fab")
    with province.inside():
        merge_again()
    write(province, path, "nobody")
    told = looked_at(nobody, path).foretold
    assert all("2023." not in each.place for each in told.new if each.place)
    take_in(nobody, path)
    with province.inside():
        there = _places_and_people()
        assert db.session.scalar(sa.select(Village.id).where(Village.id.not_in(sa.select(Household.area))).limit(1))
    with nobody.inside():
        assert _places_and_people() == there
        assert not any(db.session.scalars(sa.select(Account.active)))


def _places_and_people() -> tuple[set[Any], set[Any]]:
    villages = [(village.id, village.name, commune) for village, commune in Gazetteer(db.session()).all_known.values()]
    assert {commune.vintage for _id, _name, commune in villages} == {2027}
    accounts = db.session.scalars(sa.select(Account)).all()
    people = {(one.id, one.name, tuple((grant.vintage, grant.code) for grant in one.grants)) for one in accounts}
    return set(villages), people


def test_a_file_of_a_laptop_gives_no_village_of_the_province_its_name_of_before(
    province: Node, laptop: Node, tmp_path: Path
) -> None:
    take_along(laptop, province, tmp_path)
    with province.inside():
        village = db.session.scalars(sa.select(Village).order_by(Village.id).limit(1)).one()
        id, before, village.name = village.id, village.name, "Thôn Đổi Tên"
    with laptop.inside():
        assert db.session.get_one(Village, id).name == before
    laptop.edit(laptop.households()[0], {"members": 8})
    write(laptop, tmp_path / "back.fab", "tinh")
    take_in(province, tmp_path / "back.fab")
    with province.inside():
        assert db.session.get_one(Village, id).name == "Thôn Đổi Tên"


def test_a_second_import_costs_a_fifth_of_the_first_at_most(file: Path, laptop: Node) -> None:
    spent = []
    for _ in range(2):
        started = time.process_time()
        take_in(laptop, file)
        spent.append(time.process_time() - started)
    assert spent[1] < spent[0] / 5
