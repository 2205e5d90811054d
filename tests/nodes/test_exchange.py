"""Two nodes over real HTTP: they end with the same records, the same conflicts, and the same settlements."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from fieldapp import intake, nodes, people, review
from fieldapp.cli import main
from fieldapp.db import begin_writing, db
from fieldapp.i18n import speaking
from fieldapp.instance import health
from fieldapp.instance.copies import guard_epoch
from fieldapp.nodes.sentences import ExchangeProblem
from fieldapp.nodes.wire import whole_address
from fieldapp.photos import attachments
from fieldapp.photos.attachments import Attachment
from fieldapp.problems import BadAddress, NotJoined
from fieldapp.surveys.household import Household
from sync.peer import Hello, PeerClient
from tests.again import again
from tests.conftest import Server
from tests.nodes.conftest import Node


def test_a_joined_laptop_gets_every_record_and_every_photo(joined: Node, province: Node) -> None:
    assert joined.versions() == province.versions()
    with province.inside():
        photos = [each.sha256 for each in db.session.query(Attachment).filter_by(state="stored")]
    assert photos
    with joined.inside():
        assert all(attachments.path(sha256).exists() for sha256 in photos)


def test_a_second_sync_finds_nothing_to_do(joined: Node) -> None:
    again = joined.sync()
    assert (again.sent, again.received, again.blobs_sent, again.blobs_received) == (0, 0, 0, 0)


def test_two_nodes_that_edited_the_same_answer_show_the_same_conflict_on_both(joined: Node, province: Node) -> None:
    record = province.households()[0]
    province.edit(record, {"members": 7})
    joined.edit(record, {"members": 8})
    joined.sync()
    for node in (joined, province):
        row = node.row(record)
        assert row.contested
        assert sorted(row.conflicts["members"]) == [7, 8]
    assert joined.row(record).members == province.row(record).members
    assert joined.versions() == province.versions()


@pytest.mark.parametrize("where", ["laptop", again("province")])
def test_a_settlement_on_one_node_clears_the_conflict_on_both(where: str, joined: Node, province: Node) -> None:
    record = province.households()[0]
    province.edit(record, {"members": 7})
    joined.edit(record, {"members": 8})
    joined.sync()
    settling = joined if where == "laptop" else province
    with settling.inside():
        begin_writing()
        row = db.session.get_one(Household, record)
        review.settle(row, "members", 7, account=people.find_account("binh"), seen=row.heads["members"])
    joined.sync()
    for node in (joined, province):
        assert not node.row(record).contested
        assert node.row(record).members == 7
    assert joined.versions() == province.versions()


def test_an_undone_batch_stops_counting_on_the_other_node_too_and_comes_back(joined: Node, province: Node) -> None:
    record = province.households()[0]
    before = province.row(record).members
    joined.edit(record, {"members": before + 3})
    joined.sync()
    with province.inside():
        number = intake.journal().batches(1, kinds=["node"])[0].id
    for verdict, members in (("exclude", before), ("include", before + 3)):
        with province.inside():
            begin_writing()
            intake.rule(intake.journal().changes_of_batch(number), verdict, account=people.find_account("quan"))
        joined.sync()
        assert [node.row(record).members for node in (province, joined)] == [members, members]


def test_nobody_at_the_address_is_one_sentence_and_changes_nothing(laptop: Node) -> None:
    with laptop.inside(), speaking("en"), pytest.raises(ExchangeProblem, match="Nothing answers at this address"):
        nodes.join("http://127.0.0.1:9", "ABCD-2345")
    with laptop.inside():
        assert nodes.peers() == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (" backan.gov.vn/ ", "https://backan.gov.vn"),
        ("backan.gov.vn:8443", "https://backan.gov.vn:8443"),
        ("http://backan.gov.vn", "http://backan.gov.vn"),
        ("127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("192.168.1.10:5000", "http://192.168.1.10:5000"),
        ("[fe80::1]:5000", "http://[fe80::1]:5000"),
        ("103.1.2.3", "https://103.1.2.3"),
        ("may-xa:5000", "http://may-xa:5000"),
        ("may-xa.local", "http://may-xa.local"),
    ],
)
def test_an_address_is_typed_as_it_is_told_and_what_is_secret_goes_in_clear_over_no_other_network(
    typed: str, meant: str
) -> None:
    assert whole_address(typed) == meant


@pytest.mark.parametrize("typed", ["", "may chu", "ftp://a.vn", "https://", "a.vn:port", "http://[", "lan@", "<b>"])
def test_what_can_be_no_address_is_told(typed: str) -> None:
    with pytest.raises(BadAddress):
        whole_address(typed)


def test_an_address_that_is_none_and_a_node_that_was_not_joined_are_told_apart(laptop: Node) -> None:
    with laptop.inside():
        with pytest.raises(BadAddress):
            nodes.join("may chu", "ABCD-2345")
        with pytest.raises(NotJoined):
            nodes.joined("http://127.0.0.1:9")


def test_a_wrong_code_is_refused_in_the_words_of_the_other_node(laptop: Node, server: Server) -> None:
    with laptop.inside(), speaking("en"), pytest.raises(ExchangeProblem, match=r"The other node refused: .*code"):
        nodes.join(server.url, "ZZZZ-9999")


def test_the_code_of_an_enumerator_makes_no_node(laptop: Node, province: Node, server: Server) -> None:
    with pytest.raises(ExchangeProblem):
        laptop.join(server.url, province.code("lan"))


def test_a_revoked_node_is_told_to_join_again(joined: Node, province: Node) -> None:
    with province.inside():
        from datetime import UTC, datetime

        device = next(each for each in people.find_account("quan").devices if each.kind == "node")
        people.revoke(device, datetime.now(UTC))
    with pytest.raises(ExchangeProblem) as refused:
        joined.sync()
    assert refused.value.sync_code == "unknown_token"


def test_another_node_at_the_same_address_is_not_synced_with(joined: Node, province: Node) -> None:
    with joined.inside():
        nodes.find("tinh").node = "0" * 16
    with pytest.raises(ExchangeProblem) as refused:
        joined.sync()
    assert refused.value.sync_code == "another_node"


def test_a_node_that_was_put_back_is_offered_its_photos_again_and_that_is_told_once(
    joined: Node, province: Node
) -> None:
    joined.sync()
    with province.inside():
        begin_writing()
        had = list(db.session.scalars(sa.select(Attachment.sha256)))
        intake.journal().new_epoch()
        db.session.execute(sa.delete(Attachment))
        for sha256 in had:
            attachments.path(sha256).unlink()
    env = {"FIELDAPP_INSTANCE": joined.app.instance_path, "FIELDAPP_DATABASE_URL": "", "FIELDAPP_LANG": "en"}
    told = [CliRunner().invoke(main, ["sync", "tinh", "--format", "json"], env=env) for _ in range(2)]
    assert json.loads(told[0].stdout)["photos_sent"] == len(had) > 1
    assert json.loads(told[1].stdout)["photos_sent"] == json.loads(told[1].stdout)["sent"] == 0
    assert ["put back" in each.stderr for each in told] == [True, False]
    with province.inside():
        assert attachments.lost() == []
        assert set(db.session.scalars(sa.select(Attachment.sha256))) == set(had)


@pytest.mark.parametrize(
    ("hours", "says"),
    [(3, "3 hours behind that of “tinh”"), (-80, "3 days ahead of that of “tinh”"), (0.01, "")],
    ids=["behind", "ahead", "right"],
)
def test_a_laptop_is_told_that_its_clock_is_wrong_when_it_meets_the_server_and_no_more_once_it_is_right(
    joined: Node, province: Node, monkeypatch: pytest.MonkeyPatch, hours: float, says: str
) -> None:
    env = {"FIELDAPP_INSTANCE": joined.app.instance_path, "FIELDAPP_DATABASE_URL": "", "FIELDAPP_LANG": "en"}
    hello = PeerClient.hello

    def of_another_time(peer: PeerClient) -> Hello:
        told = hello(peer)
        return replace(told, now=(datetime.fromisoformat(told.now) + timedelta(hours=hours)).isoformat())

    with monkeypatch.context() as patch:
        patch.setattr(PeerClient, "hello", of_another_time)
        told = CliRunner().invoke(main, ["sync", "tinh"], env=env).stderr
    assert ("clock of this computer" in told, says in told) == (bool(says), True)
    assert [clock_check(joined)[0], says in clock_check(joined)[1]] == ["warning" if says else "ok", True]
    assert "clock" not in CliRunner().invoke(main, ["sync", "tinh"], env=env).stderr
    assert clock_check(joined)[0] == "ok"


def clock_check(node: Node) -> tuple[str, str]:
    """What a node's check of its clock comes to, and says in English."""
    with node.inside(), speaking("en"):
        [check] = [each for each in health.examine() if each.name == "clock"]
        return check.state, check.says


def test_a_photo_that_a_disk_has_lost_is_told_and_asked_for_again(joined: Node, province: Node) -> None:
    joined.sync()
    with province.inside():
        sha256 = db.session.scalar(sa.select(Attachment.sha256))
        assert sha256
        attachments.path(sha256).unlink()
        before = intake.journal().identity().epoch
        [check] = [each for each in health.examine() if each.name == "photos"]
        assert (check.state, check.says[0]) == ("error", "1")
        assert guard_epoch()
        assert intake.journal().identity().epoch != before
        [check] = [each for each in health.examine() if each.name == "photos"]
        assert check.state == "warning"
    joined.sync()
    with province.inside():
        assert attachments.path(sha256).exists()
