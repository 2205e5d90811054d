"""What is given by stick is given again until the other node says, signed, that it holds it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fieldapp import batches, intake, nodes, people
from fieldapp.batches import BatchFilter, SentFile
from fieldapp.batches.receipts import tell
from fieldapp.db import begin_writing
from fieldapp.i18n import speaking
from fieldapp.nodes.sentences import ExchangeProblem
from fieldapp.problems import NotByFile
from sync.receipt import write as write_one
from tests.nodes.conftest import Node
from tests.nodes.sticks import befriend, take_in, write


@pytest.fixture
def befriended(province: Node, laptop: Node) -> None:
    befriend(laptop, province)


def carry(giver: Node, taker: Node, folder: Path, to: str = "laptop", choice: BatchFilter | None = None) -> Path:
    """A stick goes there; returns the receipt that lies on it for the way back."""
    stick = folder / f"{len(list(folder.iterdir()))}.fab"
    with giver.inside():
        batches.export(stick, nodes.find(to), since=batches.acknowledged(nodes.find(to)))
    with taker.inside():
        parcel = batches.take_in(stick, choice=choice or BatchFilter())
        assert parcel.batch is not None
        batches.write_receipt(parcel.batch, stick.with_suffix(".far"))
    return stick.with_suffix(".far")


def read(node: Node, receipt: Path) -> SentFile:
    with node.inside():
        return batches.read_receipt(receipt)


def acknowledged(node: Node, name: str = "laptop") -> int:
    with node.inside():
        return batches.acknowledged(nodes.find(name))


def position(node: Node) -> int:
    with node.inside():
        return intake.journal().position(None)


@pytest.mark.usefixtures("befriended")
def test_only_a_receipt_moves_on_what_is_given_next(province: Node, laptop: Node, tmp_path: Path) -> None:
    folder = tmp_path / "stick"
    folder.mkdir()
    write(province, folder / "lost.fab", "laptop")
    assert acknowledged(province) == 0
    receipt = carry(province, laptop, folder)
    assert acknowledged(province) == 0
    told = read(province, receipt)
    assert told.receipt is not None
    assert told.receipt.sender == "laptop"
    assert sum(told.receipt.told.counts.values()) == told.changes
    assert acknowledged(province) == position(province)
    province.edit(province.households()[0], {"members": 9})
    with province.inside():
        assert batches.unacknowledged(nodes.find("laptop")) == 1
        parcel = batches.export(
            folder / "more.fab", nodes.find("laptop"), since=batches.acknowledged(nodes.find("laptop"))
        )
    assert (parcel.changes, parcel.photos) == (1, 0)
    with province.inside():
        files = batches.given(nodes.find("laptop"))
    assert [each.receipt is not None for each in files] == [False, True, False]


@pytest.mark.usefixtures("befriended")
def test_a_receipt_tells_what_is_held_there_and_why(province: Node, laptop: Node, tmp_path: Path) -> None:
    record = province.households()[0]
    with province.inside():
        begin_writing()
        held = intake.journal().held()
    assert held, "the sample holds some"
    province.edit(record, {"members": 9})
    told = read(province, carry(province, laptop, tmp_path)).receipt
    assert told is not None
    assert {each.id for each in told.told.held} == {entry.change.id for entry in held}
    assert all(each.record and each.reason for each in told.told.held)


@pytest.mark.usefixtures("befriended")
def test_a_part_taken_in_acknowledges_nothing_until_the_rest_is(province: Node, laptop: Node, tmp_path: Path) -> None:
    some = province.households()[0]
    receipt = carry(province, laptop, tmp_path, choice=BatchFilter(without=frozenset([some])))
    told = read(province, receipt).receipt
    assert told is not None
    assert told.told.left_out > 0
    assert acknowledged(province) == 0
    stick = receipt.with_suffix(".fab")
    number = take_in(laptop, stick).batch
    assert number is not None
    with laptop.inside():
        batches.write_receipt(number, receipt)
    read(province, receipt)
    assert acknowledged(province) == position(province)
    assert laptop.versions() == province.versions()


@pytest.mark.usefixtures("befriended")
def test_a_peer_that_went_back_to_a_backup_is_given_everything_again(
    province: Node, laptop: Node, tmp_path: Path
) -> None:
    read(province, carry(province, laptop, tmp_path))
    assert acknowledged(province) > 0
    with laptop.inside():
        begin_writing()
        intake.journal().new_epoch()
    write(laptop, tmp_path / "back.fab", "tinh")
    take_in(province, tmp_path / "back.fab")
    assert acknowledged(province) == 0


@pytest.mark.usefixtures("befriended")
def test_an_older_receipt_does_not_take_the_place_of_a_newer_one(province: Node, laptop: Node, tmp_path: Path) -> None:
    receipt = carry(province, laptop, tmp_path)
    old = receipt.read_bytes()
    with laptop.inside():
        number = intake.journal().batches(1)[0].id
        intake.rule(intake.journal().changes_of_batch(number), "exclude", account=people.find_account("quan"))
    with laptop.inside():
        batches.write_receipt(number, receipt)
    assert read(province, receipt).receipt.told.undone  # type: ignore[union-attr]
    receipt.write_bytes(old)
    assert read(province, receipt).receipt.told.undone  # type: ignore[union-attr]


@pytest.mark.usefixtures("befriended")
def test_a_receipt_of_another_than_the_file_was_made_for_is_refused(
    province: Node, laptop: Node, new_node: Callable[[str], Node], tmp_path: Path
) -> None:
    third, key = new_node("third"), province.key()
    befriend(third, province, "third", "tinh")
    receipt = carry(province, laptop, tmp_path)
    with laptop.inside():
        told, _key = tell(intake.journal().batches(1)[0].id)
    with third.inside():
        own = nodes.own()
        write_one(receipt, told, node=own.node, epoch=own.epoch, keys=nodes.keys(), to=key)
    with province.inside(), pytest.raises(ExchangeProblem) as refused:
        batches.read_receipt(receipt)
    assert refused.value.sync_code == "receipt_other"
    with speaking("vi"):
        assert "Chưa có gì thay đổi" in refused.value.message
    assert acknowledged(province) == 0


def test_a_batch_that_came_by_wire_has_no_receipt(province: Node, tmp_path: Path) -> None:
    with province.inside():
        number = intake.journal().batches(1, kinds=["wire"])[0].id
        with pytest.raises(NotByFile):
            batches.write_receipt(number, tmp_path / "x.far")
