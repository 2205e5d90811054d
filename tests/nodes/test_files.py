"""A batch file goes from the laptop to the province: once, whole, for one node only, or not at all."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fieldapp import batches, intake, nodes, people
from fieldapp.batches import BatchFilter
from fieldapp.db import begin_writing, db
from fieldapp.i18n import speaking
from fieldapp.nodes.sentences import SENTENCES, ExchangeProblem
from fieldapp.people import Account
from fieldapp.photos import attachments
from fieldapp.photos.attachments import Attachment, PhotoUse
from fieldapp.places import Gazetteer, Village
from fieldapp.problems import (
    FileNotReadable,
    FileNotWritable,
    NothingInIt,
    OwnKey,
    PeerKeyKnown,
    PeerNameTaken,
    UnknownPeer,
)
from fieldapp.surveys.decision import Decision
from fieldapp.surveys.household import Household
from sync.change import RULING
from sync.journal import Result
from sync.preview import Rehearsal
from sync.problems import SyncProblem
from tests.nodes.conftest import Node
from tests.places.test_gazetteer import merge_again
from tests.sync.test_change import a_text


def befriend(one: Node, other: Node, one_name: str = "laptop", other_name: str = "tinh") -> None:
    """Each trusts the other's key."""
    keys = one.key(), other.key()
    with one.inside():
        nodes.trust(other_name, keys[1])
    with other.inside():
        nodes.trust(one_name, keys[0])


def write(node: Node, path: Path, to: str) -> batches.CheckedBatch:
    with node.inside():
        return batches.export(path, nodes.find(to))


def take_in(node: Node, path: Path) -> batches.CheckedBatch:
    with node.inside():
        return batches.take_in(path)


def take_along(laptop: Node, province: Node, folder: Path) -> None:
    """The laptop knows the province, and goes away with all that is there."""
    befriend(laptop, province)
    write(province, folder / "there.fab", "laptop")
    take_in(laptop, folder / "there.fab")


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


def looked_at(node: Node, path: Path, **choice: Any) -> batches.CheckedBatch:
    with node.inside():
        return batches.preview(path, choice=BatchFilter(**choice))


def chosen(node: Node, path: Path, **choice: Any) -> batches.CheckedBatch:
    with node.inside():
        return batches.take_in(path, choice=BatchFilter(**choice))


def test_a_preview_tells_what_would_happen_and_changes_nothing(file: Path, laptop: Node) -> None:
    before = what_stands(laptop)
    told = looked_at(laptop, file)
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
        batches.show(tmp_path / "strange.fab")


def refused(node: Node, path: Path) -> str:
    """The code of the problem, after checking that nothing changed and that it has its own sentence."""
    before = what_stands(node)
    with node.inside(), pytest.raises(ExchangeProblem) as told:
        batches.take_in(path)
    assert what_stands(node) == before
    with speaking("vi"):
        assert "Chưa có gì thay đổi" in told.value.message
    return told.value.sync_code


def test_every_sentence_can_be_said_even_when_a_detail_is_missing() -> None:
    for language in ("vi", "en"):
        with speaking(language):
            said = [ExchangeProblem(SyncProblem(code, other=1)).message for code in (*SENTENCES, "never_heard_of")]
    assert len(set(said)) == len(SENTENCES) + 1
    assert all(text and "%(" not in text for text in said)


OF_A_FILE = ["not_a_batch", "truncated", "altered", "foreign_node", "unknown_sender", "unknown_format", "too_big"]


@pytest.mark.parametrize("code", [*OF_A_FILE, "counts_differ", *(code for code in SENTENCES if "receipt" in code)])
def test_whatever_is_wrong_with_a_file_is_one_sentence_that_ends_with_nothing_changed(code: str) -> None:
    with speaking("vi"):
        said = ExchangeProblem(SyncProblem(code, node="n", told=1, found=2)).message
    assert said.endswith("Chưa có gì thay đổi.")
    assert "\n" not in said


def test_a_missing_file_and_a_folder_that_is_not_there_are_each_a_sentence(laptop: Node, tmp_path: Path) -> None:
    with laptop.inside():
        with pytest.raises(FileNotReadable):
            batches.show(tmp_path / "none.fab")
        with pytest.raises(FileNotReadable):
            batches.show(tmp_path)
        nodes.trust("x", nodes.keys().generate().public)
        with pytest.raises(FileNotWritable):
            batches.export(tmp_path / "nowhere" / "x.fab", nodes.find("x"))


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


def test_a_preview_names_what_is_new_changed_clashing_and_held(
    file: Path, province: Node, laptop: Node, tmp_path: Path
) -> None:
    first = looked_at(laptop, file).foretold
    with province.inside():
        held = len(intake.journal().held())
        names = dict(db.session.execute(sa.select(Household.id, Household.head_name)).all())
    assert first.records["new"] == len(province.versions())
    assert first.is_held == len(first.held) == held > 0
    named = {each.record: each for each in first.new if each.survey == "household"}
    assert {record: each.name for record, each in named.items()} == names
    assert all(each.place.count(", ") == 1 and "2023." not in each.place for each in named.values())
    take_in(laptop, file)
    one, two, *_others = province.households()
    province.edit(one, {"members": 7})
    laptop.edit(one, {"members": 8})
    province.edit(two, {"members": 6})
    write(province, tmp_path / "more.fab", "laptop")
    with speaking("vi"):
        told = looked_at(laptop, tmp_path / "more.fab").foretold
    assert {kind: count for kind, count in told.records.items() if count} == {"changed": 2, "clashing": 1}
    assert {each.record for each in told.changed} == {one, two}
    (clash,) = told.clashes
    assert (clash.of.name, clash.question, sorted(clash.values)) == (names[one], "members", ["7", "8"])
    assert clash.label != "members"


def test_a_preview_names_the_record_and_the_question_of_what_cannot_be_read_however_much_is_held(
    province: Node, laptop: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    befriend(laptop, province)
    one, *_others = province.households()
    with monkeypatch.context() as careless, province.inside():
        careless.setattr("sync.change._check", lambda *_: None)  # as in a version that looked less closely
        members = enumerate([-5, -6, 4.5], 1)
        intake.receive([a_text(record=one, answers={"members": n}, seq=seq) for seq, n in members], kind="file")
    write(province, tmp_path / "there.fab", "laptop")
    monkeypatch.setattr("fieldapp.batches.foretelling.FIRST", 1)
    with speaking("en"):
        told = looked_at(laptop, tmp_path / "there.fab").foretold
    assert (told.is_held > 1, len(told.held), told.is_refused) == (True, 1, 1)
    (refused,) = told.refused
    assert refused.of is not None
    assert (refused.of.record, refused.of.name) == (one, province.row(one).head_name)
    assert (refused.question, refused.reason) == ("Number of people", "Could not be read; kept aside")


def test_a_preview_keeps_nobody_waiting(file: Path, laptop: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_writing() -> None:
        raise AssertionError("a preview writes nothing")

    monkeypatch.setattr("fieldapp.batches.files.begin_writing", no_writing)
    told: list[str] = []
    receive = Rehearsal.take_in

    def meanwhile(self: Rehearsal, *args: Any) -> Iterator[list[Result]]:
        told.append("somebody else writes")
        with laptop.app.app_context():
            begin_writing()
            db.session.execute(sa.update(Account).values(language="vi"))
            db.session.commit()
        return receive(self, *args)

    monkeypatch.setattr(Rehearsal, "take_in", meanwhile)
    assert looked_at(laptop, file).foretold.records["new"] > 0
    assert told


def test_what_clashes_can_be_left_out_and_comes_when_the_file_is_imported_again(
    file: Path, province: Node, laptop: Node, tmp_path: Path
) -> None:
    take_in(laptop, file)
    one, two, *_others = province.households()
    province.edit(one, {"members": 7})
    laptop.edit(one, {"members": 8})
    province.edit(two, {"members": 6})
    more = tmp_path / "more.fab"
    write(province, more, "laptop")
    foretold = looked_at(laptop, more, without_clashing=True)
    some = chosen(laptop, more, without_clashing=True)
    assert (foretold.counts, foretold.left_out) == (some.counts, some.left_out)
    assert (some.counts["stored"], some.left_out) == (1, 1)
    assert not laptop.row(one).contested
    assert laptop.row(two).members == 6
    with laptop.inside():
        assert some.batch is not None
        left = batches.taken_in(some.batch)
        assert left is not None
        assert left.chosen == {"without_clashing": True}
        assert [batches.left_out(device) for device in left.stretches] == [
            [tuple(s) for s in each] for each in left.stretches.values()
        ]
    rest = take_in(laptop, more)
    assert (rest.counts["stored"], rest.left_out, rest.before) == (1, 0, None)
    assert laptop.row(one).contested
    with laptop.inside():
        assert batches.taken_in(some.batch).missing == 0  # type: ignore[union-attr]
    assert take_in(laptop, more).before == rest.batch


def test_a_file_can_be_taken_in_commune_by_commune(file: Path, province: Node, laptop: Node) -> None:
    communes = looked_at(laptop, file).foretold.communes
    assert len(communes) > 1
    whole = 0
    for code, (name, count) in communes.items():
        assert name
        told = looked_at(laptop, file, places=frozenset([code]))
        assert sum(told.foretold.records[kind] for kind in ("new", "changed")) == count
        done = chosen(laptop, file, places=frozenset([code]))
        assert done.counts == told.counts
        whole += count
        assert len(laptop.versions()) == whole
    take_in(laptop, file)
    assert laptop.versions() == province.versions()


def test_only_some_records_surveys_or_devices_can_be_taken(file: Path, province: Node, laptop: Node) -> None:
    one = province.households()[0]
    assert chosen(laptop, file, records=frozenset([one])).counts["stored"] > 0
    assert {*laptop.versions()} == {one, *decided_about(province, one)}
    chosen(laptop, file, surveys=frozenset(["household"]))
    assert laptop.households() == province.households()
    with pytest.raises(NothingInIt):
        chosen(laptop, file, devices=frozenset(["0" * 16]))


def decided_about(node: Node, record: str) -> list[str]:
    with node.inside():
        return list(db.session.scalars(sa.select(Decision.id).where(Decision.subject == record)))


def test_photos_come_with_what_names_them(file: Path, province: Node, laptop: Node) -> None:
    with province.inside():
        uses = [(use.record, use.sha256) for use in db.session.scalars(sa.select(PhotoUse))]
    record = uses[0][0]
    own = {sha256 for of, sha256 in uses if of == record}
    chosen(laptop, file, records=frozenset([record]))
    with laptop.inside():
        assert {sha256 for _of, sha256 in uses if attachments.path(sha256).exists()} == own
    assert own < {sha256 for _of, sha256 in uses}


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


def undo(node: Node, number: int | None, verdict: str = "exclude") -> None:
    with node.inside():
        assert number is not None
        begin_writing()
        intake.rule(intake.journal().changes_of_batch(number), verdict, account=people.find_account("quan"))


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


def test_a_second_import_costs_a_fifth_of_the_first_at_most(file: Path, laptop: Node) -> None:
    spent = []
    for _ in range(2):
        started = time.process_time()
        take_in(laptop, file)
        spent.append(time.process_time() - started)
    assert spent[1] < spent[0] / 5


def test_a_file_with_names_of_another_shape_is_refused_and_changes_nothing(
    province: Node, laptop: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    befriend(laptop, province)
    for names in ({"villages": [[1]]}, {"people": 3}, {"villages": [[2023, "x", "y", 4]]}):
        monkeypatch.setattr("fieldapp.batches.files.directory.give", lambda names=names: names)
        write(province, tmp_path / "odd.fab", "laptop")
        assert refused(laptop, tmp_path / "odd.fab") == "unknown_format"


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
