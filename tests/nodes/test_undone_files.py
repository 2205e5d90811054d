"""A batch file is undone as if it had not come, and redone as if it had."""

from __future__ import annotations

from pathlib import Path

from fieldapp import intake
from sync.change import RULING
from tests.nodes.conftest import Node
from tests.nodes.sticks import chosen, looked_at, take_in, undo, write


def test_undoing_a_file_is_as_if_it_had_not_come_and_redoing_as_if_it_had(
    file: Path, province: Node, laptop: Node, tmp_path: Path
) -> None:
    take_in(laptop, file)
    province.edit(province.households()[0], {"members": 9})
    write(province, tmp_path / "more.fab", "laptop")
    before = laptop.versions()
    number = take_in(laptop, tmp_path / "more.fab").batch
    after = laptop.versions()
    assert after != before
    undo(laptop, number)
    assert laptop.versions() == before
    again = take_in(laptop, tmp_path / "more.fab")
    assert (again.before, again.undone) == (number, True)
    assert looked_at(laptop, tmp_path / "more.fab").undone
    assert laptop.versions() == before
    undo(laptop, number, "include")
    assert laptop.versions() == after
    assert not take_in(laptop, tmp_path / "more.fab").undone


def test_the_same_changes_in_another_file_stay_undone_and_the_preview_says_so(
    file: Path, province: Node, laptop: Node, tmp_path: Path
) -> None:
    undo(laptop, take_in(laptop, file).batch)
    assert laptop.versions() == {}
    write(province, tmp_path / "again.fab", "laptop")
    told = looked_at(laptop, tmp_path / "again.fab")
    assert told.foretold.undone == told.changes
    assert set(take_in(laptop, tmp_path / "again.fab").counts) == {"duplicate"}
    assert laptop.versions() == {}


def test_a_batch_undone_takes_its_rulings_with_it(file: Path, province: Node, laptop: Node, tmp_path: Path) -> None:
    take_in(laptop, file)
    before = laptop.versions()
    with province.inside():
        first = intake.journal().batches(1, kinds=["wire"])[0].id
    undo(province, first)
    write(province, tmp_path / "ruling.fab", "laptop")
    number = take_in(laptop, tmp_path / "ruling.fab").batch
    assert laptop.versions() == province.versions() != before
    undo(laptop, number)
    assert laptop.versions() == before


def test_rulings_come_with_what_they_are_about_and_stay_with_what_is_left_out(
    file: Path, province: Node, laptop: Node, tmp_path: Path
) -> None:
    one, two, *_others = province.households()
    for record, members in ((one, 7), (two, 6)):
        province.edit(record, {"members": members})
        with province.inside():
            number = intake.journal().batches(1)[0].id
        undo(province, number)
    write(province, tmp_path / "ruled.fab", "laptop")
    some = chosen(laptop, tmp_path / "ruled.fab", records=frozenset([one]))
    with laptop.inside():
        brought = [each.change for each in intake.journal().entries(some.batch or 0)]
        rulings = [change for change in brought if change and change.survey == RULING]
    assert len(rulings) == 1
    assert laptop.versions()[one] == province.versions()[one]
    take_in(laptop, tmp_path / "ruled.fab")
    assert laptop.versions() == province.versions()
