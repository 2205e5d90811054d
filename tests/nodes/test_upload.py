"""A batch file may come over the network as well, in parts, by whoever carries it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from fieldapp import batches, nodes, people
from fieldapp.db import begin_writing
from tests.again import again
from tests.nodes.conftest import Node
from tests.nodes.sticks import take_along, what_stands, write

PART = 4096
Ask = Callable[..., Any]


@pytest.fixture
def file(province: Node, laptop: Node, tmp_path: Path) -> Path:
    """A file of the laptop's own work, for the province."""
    take_along(laptop, province, tmp_path)
    for record in laptop.households()[:3]:
        laptop.edit(record, {"members": 9})
    write(laptop, tmp_path / "back.fab", "tinh")
    return tmp_path / "back.fab"


def token(province: Node, username: str = "quan", kind: str = "tablet") -> str:
    with province.inside():
        begin_writing()
        code = people.enrolment_code(people.find_account(username), datetime.now(UTC))
        return people.enrol(code, "x", datetime.now(UTC), kind=kind, source="")[1]


@pytest.fixture
def ask(province: Node) -> Ask:
    """``ask(token, "PUT", path, data)``: the JSON of the answer; ``status`` is what it must end with."""
    client: FlaskClient = province.app.test_client()

    def send(bearer: str, method: str, path: str, data: bytes = b"", status: int = 200) -> Any:
        headers = {"Authorization": f"Bearer {bearer}"}
        found = client.open(f"/sync/v1/batch{path}", method=method, data=data, headers=headers)
        assert found.status_code == status, found.get_data(as_text=True)
        assert found.json is not None
        assert found.json["proto"]
        return found.json

    return send


def parts_of(file: Path) -> tuple[str, list[bytes]]:
    raw = file.read_bytes()
    return hashlib.sha256(raw).hexdigest(), [raw[at : at + PART] for at in range(0, len(raw), PART)]


@pytest.mark.parametrize("kind", ["node", again("tablet")])
def test_a_file_comes_in_parts_in_any_order_and_is_answered_by_a_receipt(
    file: Path, province: Node, laptop: Node, ask: Ask, kind: str
) -> None:
    bearer, (name, parts) = token(province, kind=kind), parts_of(file)
    assert len(parts) > 2
    for i in (*range(1, len(parts)), 1):
        told = ask(bearer, "PUT", f"/{name}/{i}?parts={len(parts)}", parts[i])
        assert told["state"] == "partial"
    assert ask(bearer, "GET", f"/{name}/missing?parts={len(parts)}")["missing"] == [0]
    done = ask(bearer, "PUT", f"/{name}/0?parts={len(parts)}", parts[0])
    assert (done["state"], done["counts"]["stored"]) == ("taken", 3)
    assert province.versions() == laptop.versions()
    assert ask(bearer, "GET", f"/{name}/missing?parts={len(parts)}")["state"] == "taken"
    receipt = file.with_suffix(".far")
    receipt.write_bytes(base64.b64decode(done["receipt"]))
    with laptop.inside():
        batches.read_receipt(receipt)
        assert batches.unacknowledged(nodes.find("tinh")) == 0
    assert not [each for each in (Path(province.app.instance_path) / "incoming").rglob("*") if each.is_file()]


def test_the_same_file_again_is_said_to_be_here(file: Path, province: Node, ask: Ask) -> None:
    bearer = token(province)
    first = ask(bearer, "POST", "", file.read_bytes())
    again = ask(bearer, "POST", "", file.read_bytes())
    assert (first["imported_before"], again["imported_before"], again["batch"]) == (False, True, first["batch"])


def test_a_part_that_was_damaged_on_its_way_starts_the_file_again(file: Path, province: Node, ask: Ask) -> None:
    bearer, (name, parts), before = token(province), parts_of(file), what_stands(province)
    for i, part in enumerate(parts):
        told = ask(bearer, "PUT", f"/{name}/{i}?parts={len(parts)}", part if i else part[:-1] + b"x")
    assert told == told | {"state": "partial", "missing": list(range(len(parts)))}
    assert what_stands(province)[0] == before[0]


def test_who_may_not_import_a_file_may_not_bring_one(file: Path, province: Node, ask: Ask) -> None:
    bearer, (name, parts) = token(province, "lan"), parts_of(file)
    for method, path, data in [("POST", "", b"x"), ("PUT", f"/{name}/0", parts[0]), ("GET", f"/{name}/missing", b"")]:
        assert ask(bearer, method, path, data, status=404)["error"]["code"] == "not_found"
    assert ask("nobody", "POST", "", b"x", status=401)


def test_what_is_no_file_of_a_trusted_node_is_refused_with_a_sentence(file: Path, province: Node, ask: Ask) -> None:
    bearer, before = token(province), province.versions()
    for raw in (b"", b"%PDF", file.read_bytes()[:-9]):
        assert "Chưa có gì thay đổi" in ask(bearer, "POST", "", raw, status=400)["error"]["message"]
    for path in ("/xyz/0", f"/{'a' * 64}/3?parts=3", f"/{'a' * 64}/0?parts=99999", f"/{'a' * 64}/0?parts=0"):
        ask(bearer, "PUT", path, b"x", status=400)
    ask(bearer, "PUT", f"/{'a' * 64}/0?parts=2", bytes(1024 * 1024 + 1), status=413)
    assert province.versions() == before
