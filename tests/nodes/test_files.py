"""A batch file goes from the laptop to the province: once, whole, for one node only, or not at all."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from fieldapp import attachments, intake, nodes
from fieldapp.attachments import Attachment
from fieldapp.db import db
from fieldapp.i18n import speaking
from fieldapp.nodes.sentences import SENTENCES, ExchangeProblem
from fieldapp.problems import FileNotReadable, FileNotWritable, OwnKey, PeerKeyKnown, PeerNameTaken, UnknownPeer
from tests.nodes.conftest import Node


def befriend(one: Node, other: Node, one_name: str = "laptop", other_name: str = "tinh") -> None:
    """Each trusts the other's key."""
    keys = one.key(), other.key()
    with one.inside():
        nodes.trust(other_name, keys[1])
    with other.inside():
        nodes.trust(one_name, keys[0])


def write(node: Node, path: Path, to: str) -> nodes.Parcel:
    with node.inside():
        return nodes.export(path, nodes.find(to))


def take_in(node: Node, path: Path) -> nodes.Parcel:
    with node.inside():
        return nodes.take_in(path)


def what_stands(node: Node) -> tuple[dict[str, str], int, int]:
    """Everything an import could change: versions, the journal, the batches."""
    with node.inside():
        here = intake.journal()
        state = here.position(None), len(here.batches(1000))
    return node.versions(), *state


@pytest.fixture
def file(province: Node, laptop: Node, tmp_path: Path) -> Path:
    """All the province holds, for the laptop."""
    befriend(laptop, province)
    write(province, tmp_path / "to-laptop.fab", "laptop")
    return tmp_path / "to-laptop.fab"


def test_a_file_brings_every_record_and_every_photo(file: Path, province: Node, laptop: Node) -> None:
    parcel = take_in(laptop, file)
    assert laptop.versions() == province.versions()
    with province.inside():
        photos = list(db.session.scalars(sa.select(Attachment.sha256).where(Attachment.state == "stored")))
    assert parcel.photos == len(photos) > 0
    with laptop.inside():
        assert all(attachments.path(sha256).exists() for sha256 in photos)


def test_a_preview_tells_what_would_happen_and_changes_nothing(file: Path, laptop: Node) -> None:
    before = what_stands(laptop)
    with laptop.inside():
        told = nodes.preview(file)
    assert what_stands(laptop) == before
    assert told.sender == "tinh"
    assert told.counts == take_in(laptop, file).counts
    assert sum(told.counts.values()) == told.changes


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


def test_the_photos_and_changes_of_a_new_file_can_be_only_the_new_ones(
    file: Path, province: Node, laptop: Node, tmp_path: Path
) -> None:
    take_in(laptop, file)
    province.edit(province.households()[0], {"members": 9})
    with province.inside():
        peer = nodes.find("laptop")
        parcel = nodes.export(tmp_path / "new.fab", peer, since=peer.report["given"])
    assert (parcel.changes, parcel.photos) == (1, 0)
    take_in(laptop, tmp_path / "new.fab")
    assert laptop.versions() == province.versions()


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.98], ids=["empty", "a third", "nearly all"])
def test_a_truncated_file_is_said_to_be_cut_short_and_changes_nothing(file: Path, laptop: Node, kept: float) -> None:
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * kept)])
    assert refused(laptop, file) in ("truncated", "altered")


def test_a_flipped_bit_anywhere_refuses_the_whole_file(file: Path, laptop: Node) -> None:
    whole = file.read_bytes()
    for place in random.Random(7).sample(range(len(whole)), 8):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert refused(laptop, file)


def test_something_else_under_the_name_of_a_batch_file_is_told_apart(laptop: Node, tmp_path: Path) -> None:
    (tmp_path / "note.fab").write_text("ghi chú" * 100)
    assert refused(laptop, tmp_path / "note.fab") == "not_a_batch"


def test_a_file_for_another_node_cannot_be_opened(file: Path, province: Node, new_node: Callable[[str], Node]) -> None:
    third = new_node("third")
    befriend(third, province, "third", "tinh")
    assert refused(third, file) == "foreign_node"


def test_a_file_of_a_node_nobody_here_trusts_names_its_number(
    file: Path, laptop: Node, new_node: Callable[[str], Node], tmp_path: Path
) -> None:
    stranger, key = new_node("stranger"), laptop.key()
    with stranger.inside():
        nodes.trust("laptop", key)
        number = nodes.own().node
    write(stranger, tmp_path / "strange.fab", "laptop")
    with laptop.inside(), speaking("en"), pytest.raises(ExchangeProblem, match=number):
        nodes.show(tmp_path / "strange.fab")


def refused(node: Node, path: Path) -> str:
    """The code of the problem, after checking that nothing changed and that it has its own sentence."""
    before = what_stands(node)
    with node.inside(), pytest.raises(ExchangeProblem) as told:
        nodes.take_in(path)
    assert what_stands(node) == before
    with speaking("vi"):
        assert "Chưa có gì thay đổi" in told.value.message
    return told.value.sync_code


def test_every_sentence_can_be_said_even_when_a_detail_is_missing() -> None:
    from sync.problems import SyncProblem

    for language in ("vi", "en"):
        with speaking(language):
            said = [ExchangeProblem(SyncProblem(code, other=1)).message for code in (*SENTENCES, "never_heard_of")]
    assert len(set(said)) == len(SENTENCES) + 1
    assert all(text and "%(" not in text for text in said)


def test_a_missing_file_and_a_folder_that_is_not_there_are_each_a_sentence(laptop: Node, tmp_path: Path) -> None:
    with laptop.inside():
        with pytest.raises(FileNotReadable):
            nodes.show(tmp_path / "none.fab")
        with pytest.raises(FileNotReadable):
            nodes.show(tmp_path)
        nodes.trust("x", nodes.keys().generate().public)
        with pytest.raises(FileNotWritable):
            nodes.export(tmp_path / "nowhere" / "x.fab", nodes.find("x"))


def test_a_key_is_trusted_once_under_one_name(laptop: Node, province: Node) -> None:
    key = province.key()
    with laptop.inside():
        own = nodes.own().key
        nodes.trust("tinh", f"  {key}\n")
        nodes.trust("tinh", key)
        assert [peer.name for peer in nodes.peers()] == ["tinh"]
        with pytest.raises(PeerKeyKnown):
            nodes.trust("tinh moi", key)
        with pytest.raises(PeerNameTaken):
            nodes.trust("tinh", nodes.keys().generate().public)
        with pytest.raises(OwnKey):
            nodes.trust("toi", own)
        with pytest.raises(UnknownPeer):
            nodes.find("xa")
        with pytest.raises(ExchangeProblem) as refused_key:
            nodes.trust("xa", "fab1xyz")
    assert refused_key.value.sync_code == "not_a_key"


def test_the_keys_of_a_node_are_made_once_and_readable_by_their_owner_only(laptop: Node) -> None:
    first = laptop.key()
    assert laptop.key() == first
    with laptop.inside():
        from fieldapp.config import settings

        assert settings().keys.stat().st_mode & 0o077 == 0
