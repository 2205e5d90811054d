"""What two nodes say to each other over real HTTP, and what they make of whoever answers in place of the other."""

from __future__ import annotations

import gzip
import hashlib
import json
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask, Response, redirect
from werkzeug.serving import generate_adhoc_ssl_context

from fieldapp import intake, nodes
from fieldapp.cli import main
from fieldapp.db import begin_writing, db
from fieldapp.i18n import speaking
from fieldapp.intake.why_held import Judge
from fieldapp.nodes.sentences import ExchangeProblem
from fieldapp.photos import attachments
from fieldapp.surveys.housing_need import HousingNeed
from sync import SyncProblem, client, protocol
from sync.peer import PART_BYTES, PeerClient
from sync.tables import change
from tests.again import again
from tests.conftest import Server, be
from tests.nodes.conftest import Node

Serve = Callable[..., Server]


def ids(node: Node) -> set[str]:
    with node.inside():
        return set(db.session.scalars(sa.select(change.c.id)))


def lose(node: Node, some: set[str]) -> None:
    """Changes vanish behind the engine's back."""
    with node.inside():
        db.session.execute(change.delete().where(change.c.id.in_(some)))


def auth(node: Node) -> dict[str, str]:
    with node.inside():
        return {"Authorization": f"Bearer {nodes.find('tinh').token}"}


@pytest.fixture
def command(joined: Node, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """``command("sync", "tinh")``: as an operator of the laptop types it; the JSON it printed."""
    monkeypatch.setenv("FIELDAPP_INSTANCE", joined.app.instance_path)
    monkeypatch.setenv("FIELDAPP_LANG", "en")

    def run(*args: str) -> Any:
        result = CliRunner().invoke(main, [*args, "--format", "json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout), result.stderr

    return run


@pytest.mark.parametrize("where", ["laptop", again("province")])
def test_a_change_that_vanished_comes_back_by_comparing_and_the_status_tells_of_it(
    command: Callable[..., Any], joined: Node, province: Node, where: str
) -> None:
    before, versions = ids(province), province.versions()
    lose(joined if where == "laptop" else province, set(sorted(before)[10:13]))
    done, said = command("sync", "tinh", "--compare")
    assert (done["lacked"], done["given_again"]) == ((3, 0) if where == "laptop" else (0, 3))
    assert ids(joined) == ids(province) == before
    assert joined.versions() == province.versions() == versions
    assert "missing there: 3" in said or "missing here: 3" in said
    status, _said = command("sync", "status")
    assert "all were sent again" in status[0]["found"]
    assert "tất cả đã được gửi lại" in page_of_nodes(joined)


def page_of_nodes(node: Node) -> str:
    """The page about the other nodes, as an administrator of this one sees it."""
    client = node.app.test_client()
    be(client, "quan")
    return client.get("/admin/node").get_data(as_text=True)


def test_nodes_compare_once_a_day_by_themselves(joined: Node) -> None:
    assert not joined.sync().compared, "the first sync of today has compared"
    with joined.inside():
        peer = nodes.find("tinh")
        yesterday = (datetime.now(UTC) - timedelta(hours=25)).replace(tzinfo=None)
        peer.report = {**peer.report, "compared": yesterday.isoformat()}
    assert joined.sync().compared
    assert not joined.sync().compared


def test_a_node_put_back_to_an_earlier_day_is_told_of(command: Callable[..., Any], province: Node) -> None:
    with province.inside():
        intake.journal().new_epoch()
    _done, said = command("sync", "tinh")
    assert "put back to an earlier day" in said


def test_answers_are_compressed_for_those_who_ask(joined: Node, server: Server) -> None:
    plain = httpx.get(f"{server.url}/sync/v1/directory", headers={**auth(joined), "Accept-Encoding": "identity"})
    packed = httpx.get(f"{server.url}/sync/v1/directory", headers={**auth(joined), "Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 2
    assert packed.json()["people"] == plain.json()["people"]
    short = httpx.get(f"{server.url}/sync/v1/hello", headers={"Accept-Encoding": "gzip"})  # who comes without a token
    assert short.status_code == 401
    assert "Content-Encoding" not in short.headers


def test_a_bomb_is_one_problem_and_little_memory(joined: Node, server: Server) -> None:
    bomb = gzip.compress(gzip.compress(bytes(200_000_000), 1), 9)  # once inflated it is still small, twice it is not
    for body in (gzip.compress(bytes(60_000_000), 9), bomb):
        headers = {**auth(joined), "Content-Encoding": "gzip", "Content-Type": "application/json"}
        answer = httpx.post(f"{server.url}/sync/v1/push", content=body, headers=headers)
        assert answer.status_code in (400, 413)
        assert answer.json()["error"]["message"]


def test_a_body_larger_than_any_of_ours_is_not_read(joined: Node, server: Server) -> None:
    answer = httpx.post(f"{server.url}/sync/v1/push", content=bytes(9_000_000), headers=auth(joined))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


# --- versions of the wire -------------------------------------------------------------------------------------


@pytest.fixture
def later_server(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """``later_server(3)``: the wire is at version 3 by now, on whoever asks from here on."""

    def become(newest: int) -> None:
        monkeypatch.setattr(protocol, "VERSIONS", dict.fromkeys(range(1, newest + 1), "…"))

    return become


def ask(server: Server, path: str, node: Node, version: int | None, **how: Any) -> httpx.Response:
    told = {} if version is None else {protocol.HEADER: str(version)}
    method = "POST" if how else "GET"
    return httpx.request(method, f"{server.url}/sync/v1/{path}", headers={**auth(node), **told}, **how)


def test_a_client_of_the_version_before_is_served_in_its_version(
    joined: Node, server: Server, later_server: Callable[[int], None]
) -> None:
    later_server(3)
    for version in (2, 3):
        answer = ask(server, "pull?area=*&after=0", joined, version)
        assert (answer.status_code, answer.json()["proto"]) == (200, version)


def test_a_client_newer_than_the_server_is_served_in_the_version_of_the_server(joined: Node, server: Server) -> None:
    answer = ask(server, "pull?area=*&after=0", joined, 7)
    assert (answer.status_code, answer.json()["proto"]) == (200, 1)


def test_an_older_client_is_told_to_update_after_what_it_pushed_was_stored(
    joined: Node, province: Node, server: Server, later_server: Callable[[int], None]
) -> None:
    joined.edit(province.households()[0], {"members": 9})
    [new] = ids(joined) - ids(province)
    with joined.inside():
        text = db.session.scalar(sa.select(change.c.text).where(change.c.id == new))
    later_server(3)
    assert ask(server, "pull?area=*&after=0", joined, None).status_code == 426
    hello = ask(server, "hello", joined, 1).json()
    assert (hello["proto_min"], hello["proto_max"], hello["proto"]) == (2, 3, 1)
    answer = ask(server, "push", joined, 1, json={"changes": [text]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (426, "too_old")
    assert [each["verdict"] for each in answer.json()["results"]] == ["stored"]
    assert new in ids(province)


def test_what_an_older_client_sends_is_kept_even_where_nobody_understands_it_any_more(
    joined: Node, province: Node, server: Server, later_server: Callable[[int], None]
) -> None:
    later_server(3)
    answer = ask(server, "push", joined, 1, json={"edits": ["Nhà cuối dốc"]})
    assert answer.status_code == 426
    with province.inside():
        [(_id, _reason, kept)] = intake.journal().quarantined(answer.json()["batch"])
    assert json.loads(kept) == {"edits": ["Nhà cuối dốc"]}


def test_an_older_node_hands_over_what_it_holds_and_says_what_to_do(
    joined: Node, province: Node, later_server: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    record = province.households()[0]
    joined.edit(record, {"members": 9})
    old, peer = protocol.spoken(), client.PeerClient
    later_server(3)
    monkeypatch.setattr(client, "PeerClient", lambda *args, **how: peer(*args, **{**how, "spoken": old}))
    with speaking("en"), pytest.raises(ExchangeProblem, match="too old for the other one") as found:
        joined.sync()
    assert found.value.sync_code == "too_old"
    assert province.row(record).members == 9


def test_two_nodes_of_which_one_was_older_agree_after_its_upgrade_without_any_ruling(
    joined: Node, province: Node
) -> None:
    for node in (joined, province):  # as every node was when it was made ready
        with node.inside():
            intake.take_shipped()
    record = province.households()[0]
    with patch.object(Judge, "_what", lambda _self, _change: "impossible_value"):
        joined.edit(record, {"members": 9})
    assert joined.row(record).members != 9
    joined.sync()
    assert province.row(record).members == 9, "the newer node judges for itself"
    with joined.inside():
        assert intake.catch_up() == 1
    assert joined.versions() == province.versions()
    assert joined.sync().received_verdicts.get("stored", 0) == 0


# --- photos ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cut", "again"), [again(3, 0, id="on its way there"), pytest.param(6, 1, id="on its way here")]
)
def test_large_photos_go_in_parts_both_ways_and_what_has_arrived_is_not_sent_again(
    joined: Node, province: Node, monkeypatch: pytest.MonkeyPatch, cut: int, again: int
) -> None:
    record = next(iter(needs(province)))
    up, down = (bytes([shade]) * 650_000 for shade in (1, 2))
    for node, question, data in ((joined, "photo_front", up), (province, "photo_inside", down)):
        with node.inside():
            name = attachments.store(data).sha256
        photo = {"sha256": name, "type": "image/jpeg", "bytes": len(data), "width": 1, "height": 1}
        node.edit(record, {question: [photo]}, survey="housing_need")
    sizes = cut_at_part(monkeypatch, cut)
    for _try in range(4):
        with suppress(ExchangeProblem):
            joined.sync()
    for node in (joined, province):
        with node.inside():
            assert attachments.path(name_of(up)).read_bytes() == up
            assert attachments.path(name_of(down)).read_bytes() == down
    assert max(sizes) <= 240 * 1024
    assert sum(sizes) == len(up) + len(down) + again * PART_BYTES, "no part that had arrived is sent again"


def needs(node: Node) -> list[str]:
    with node.inside():
        return list(db.session.scalars(sa.select(HousingNeed.id).order_by(HousingNeed.id)))


def name_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def cut_at_part(monkeypatch: pytest.MonkeyPatch, number: int) -> list[int]:
    """The answer about this part of a photo is lost, once; the sizes of all parts that went."""
    send, sizes = PeerClient._send, list[int]()

    def listen(self: PeerClient, method: str, path: str, **how: Any) -> Any:
        if not path.startswith("blob/") or path.endswith("missing"):
            return send(self, method, path, **how)
        answer = send(self, method, path, **how)
        sizes.append(len(how.get("content") or answer[2]))
        if len(sizes) == number:
            raise SyncProblem("no_network", why="cut")
        return answer

    monkeypatch.setattr(PeerClient, "_send", listen)
    return sizes


# --- whoever answers instead ----------------------------------------------------------------------------------


def stranger(answer: Callable[[], Any]) -> Flask:
    app = Flask("stranger")
    app.add_url_rule("/<path:path>", view_func=lambda path: answer(), methods=["GET", "POST"])
    return app


SAYS = {
    "a login page": (lambda: "<title>Wi-Fi</title>", "A web page answered"),
    "a login page that says no": (lambda: ("<title>Wi-Fi</title>", 403), "A web page answered"),
    "a portal": (lambda: redirect("http://wifi.example/accept"), "This network sends you elsewhere first"),
    "a portal that says so": (lambda: ("", 511), "This network sends you elsewhere first"),
    "another service": (lambda: {"ok": True}, "No node of this system answers"),
    "a bomb": (
        lambda: Response(gzip.compress(bytes(80_000_000)), headers={"Content-Encoding": "gzip"}),
        "larger than any of this system",
    ),
}


@pytest.mark.parametrize(("answer", "says"), SAYS.values(), ids=SAYS)
def test_each_who_answers_in_place_of_the_server_has_a_sentence(
    joined: Node, serve: Serve, answer: Callable[[], Any], says: str
) -> None:
    refused(joined, serve(stranger(answer)).url, says)


def test_a_server_that_is_off_has_a_sentence(joined: Node) -> None:
    refused(joined, "http://127.0.0.1:9", "Nothing answers at this address")


def test_a_certificate_that_nobody_trusts_has_a_sentence(joined: Node, serve: Serve, tmp_path: Path) -> None:
    context = generate_adhoc_ssl_context()
    assert isinstance(context, ssl.SSLContext)
    refused(joined, serve(stranger(lambda: "…"), ssl_context=context).url, "certificate of the server is not right")


def refused(joined: Node, url: str, says: str) -> None:
    """A sync with this address fails with this sentence and changes nothing."""
    before = ids(joined)
    with joined.inside():
        nodes.find("tinh").url = url
    with speaking("en"), pytest.raises(ExchangeProblem, match=says):
        joined.sync()
    assert ids(joined) == before


def test_no_line_to_another_node_stays_open_however_the_talk_with_it_ended(
    laptop: Node, province: Node, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[httpx.Client] = []

    class Noted(httpx.Client):
        def __init__(self, *how: Any, **more: Any) -> None:
            super().__init__(*how, **more)
            made.append(self)

    monkeypatch.setattr(httpx, "Client", Noted)
    laptop.join(server.url, province.code())
    laptop.sync()
    with laptop.inside():
        begin_writing()
        nodes.find("tinh").token = "of-nobody"
        db.session.commit()
    for talk in (laptop.sync, lambda: laptop.join(server.url, "wrong-code")):
        with pytest.raises(ExchangeProblem):
            talk()
    assert len(made) >= 5
    assert all(each.is_closed for each in made)
