"""A file that a laptop made before communes were merged is taken in afterwards, and what goes back tells of the new."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from fieldapp import batches, intake, people, places
from fieldapp.db import begin_writing, db
from fieldapp.people import outdated
from fieldapp.places import Gazetteer, Place, PlaceMapping
from fieldapp.places.imports import note_changed
from fieldapp.surveys import Household
from sync import new_record_id
from tests.conftest import PASSWORD
from tests.nodes.conftest import Node
from tests.nodes.sticks import take_along, take_in, write

VILLAGE = "2023.01930.004"


def forget_2025(node: Node) -> None:
    """The lists as they were before 1/7/2025."""
    with node.inside():
        begin_writing()
        db.session.execute(sa.delete(PlaceMapping))
        db.session.execute(sa.delete(Place).where(Place.vintage == 2025))
        for table in (Place, PlaceMapping):
            note_changed(table)


def commune(node: Node, village: str = VILLAGE) -> str:
    with node.inside():
        known = Gazetteer(db.session()).known(village)
        assert known is not None
        return f"{known.name} {known.vintage}"


def test_a_file_of_the_time_before_is_taken_in_whole_and_what_goes_back_tells_the_laptop_of_the_new_communes(
    province: Node, laptop: Node, tmp_path: Path
) -> None:
    for node in (province, laptop):
        forget_2025(node)
    take_along(laptop, province, tmp_path)
    with laptop.inside():
        people.add_account("xacu", "Ma Thị Cũ", "supervisor", PASSWORD, [(2023, "01930")])
    home, known = new_record_id(1_790_000_000_000), laptop.households()[0]
    laptop.edit(home, {"head_name": "Bàn Thị Ghến", "village": VILLAGE, "members": 4}, "xacu")
    laptop.edit(known, {"members": 7})
    write(laptop, tmp_path / "before.fab", "tinh")
    with province.inside():
        begin_writing()
        places.import_packaged()
        people.add_account("xamoi", "Lý Văn Mới", "supervisor", PASSWORD, [(2025, "01933")])
    counts = take_in(province, tmp_path / "before.fab").counts
    assert set(counts) == {"stored", "duplicate"}
    assert counts["stored"] == 2
    with province.inside():
        number = intake.journal().batches(1)[0].id
        batches.write_receipt(number, tmp_path / "before.far")
        assert people.rights_of(people.find_account("xamoi")).sees(db.session.get_one(Household, home).area)
    with laptop.inside():
        told = batches.read_receipt(tmp_path / "before.far").receipt
        assert told is not None
        assert (told.told.counts, told.told.held, told.told.refused) == (counts, [], [])
    assert commune(laptop) == "Xã Hoàng Trĩ 2023"
    write(province, tmp_path / "after.fab", "laptop")
    take_in(laptop, tmp_path / "after.fab")
    assert commune(laptop) == commune(province) == "Xã Đồng Phúc 2025"
    with laptop.inside():
        assert [each.account.username for each in outdated.outdated()] == ["xacu"], "its own people are told of there"
