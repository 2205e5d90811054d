"""A preview of a batch file tells what taking it in does; all of it or a part is taken in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fieldapp import batches, intake
from fieldapp.db import begin_writing, db
from fieldapp.i18n import speaking
from fieldapp.people import Account
from fieldapp.photos import attachments
from fieldapp.photos.attachments import PhotoUse
from fieldapp.problems import (
    NothingInIt,
)
from fieldapp.surveys.decision import Decision
from fieldapp.surveys.household import Household
from sync import State
from sync.journal import Journal, Result
from sync.preview import Rehearsal
from tests.again import a_walk
from tests.nodes.conftest import Node
from tests.nodes.sticks import befriend, chosen, looked_at, take_in, what_stands, write
from tests.sync.test_change import a_text


def test_a_preview_tells_what_would_happen_and_changes_nothing(file: Path, laptop: Node) -> None:
    before = what_stands(laptop)
    told = looked_at(laptop, file)
    assert what_stands(laptop) == before
    assert told.sender == "tinh"
    assert told.counts == take_in(laptop, file).counts
    assert sum(told.counts.values()) == told.changes


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


def test_a_preview_folds_a_household_once_however_many_records_are_about_it(
    file: Path, laptop: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, asked = Journal.state, Counter[str]()

    def counted(journal: Journal, record: str) -> State | None:
        asked[record] += 1
        return state(journal, record)

    monkeypatch.setattr(Journal, "state", counted)
    looked_at(laptop, file)
    assert asked
    assert max(asked.values()) <= 2, "once as it would be, and where nothing of it would count, once as it is"


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
        assert batches.left_out() == {device: [tuple(s) for s in each] for device, each in left.stretches.items()}
    rest = take_in(laptop, more)
    assert (rest.counts["stored"], rest.left_out, rest.before) == (1, 0, None)
    assert laptop.row(one).contested
    with laptop.inside():
        assert batches.taken_in(some.batch).missing == 0  # type: ignore[union-attr]
    assert take_in(laptop, more).before == rest.batch


@a_walk
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
