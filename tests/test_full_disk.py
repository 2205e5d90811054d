"""A disk without any room left: what must be written is refused with a sentence at every door, and reading goes on."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import url_for
from flask.testing import FlaskClient
from PIL import Image

from fieldapp import create_app, nodes, people, sample
from fieldapp.cli import main
from fieldapp.config import Config
from fieldapp.db import db
from fieldapp.photos.attachments import PhotoUse
from fieldapp.sample.writer import Hand, RecordDraft
from fieldapp.surveys import SURVEYS
from tests.again import ALL, a_walk, at_once
from tests.conftest import begun
from tests.pages import check_page

SAYS = "Ổ đĩa"
WRITTEN_DOWN = "/reports/everything.db"
"""Nobody takes a file away unless that is written down first."""


@contextmanager
def mounted(place: Path, size: str) -> Iterator[Path]:
    """A small disk of its own."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(place)]
    if sys.platform != "linux" or os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root on Linux can make a small disk")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Not one byte more fits on the disk."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    try:
        yield
    finally:
        ballast.unlink()


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with mounted(tmp_path_factory.mktemp("disk"), "24m") as place:
        yield place


class Small:
    """An instance on the small disk, and what the people of its doors carry."""

    def __init__(self, disk: Path, template: Path) -> None:
        self.disk = disk
        self.instance = shutil.copytree(template, disk / "instance")
        self.app = create_app(Config(instance=self.instance, testing=True))
        self.app.config["WTF_CSRF_ENABLED"] = False
        now = datetime.now(UTC)
        with self.app.app_context():
            lan, quan = people.find_account("lan"), people.find_account("quan")
            self.lan = lan.id
            self.device, self.token = _enrolled(people.enrolment_code(lan, now), now, "tablet")
            self.node = _enrolled(people.enrolment_code(quan, now), now, "node")[1]
            self.code = people.enrolment_code(lan, now)
            self.village = next(iter(people.areas_of(lan) or ()))
            self.record = uuid.UUID(db.session.scalar(sa.select(SURVEYS["household"].id).limit(1)))
            self.photo = db.session.scalar(sa.select(PhotoUse.sha256).limit(1))
            nodes.own()
            db.session.commit()
            self.sessions = {name: begun(name) for name in ("lan", "binh", "quan", "dung")}
            db.session.remove()

    def browser(self, who: str) -> FlaskClient:
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = self.sessions[who]
        return client

    def run(self, *words: str | Path) -> Result:
        return told(self.instance, *words)

    def full(self) -> AbstractContextManager[None]:
        return filled(self.disk)


def _enrolled(code: str, now: datetime, kind: Any) -> tuple[str, str]:
    device, token = people.enrol(code, kind, now, kind=kind)
    return device.id, token


@pytest.fixture(scope="module")
def small(disk: Path, template: Path) -> Iterator[Small]:
    made = Small(disk, template)
    yield made
    with made.app.app_context():
        db.session.remove()
        db.engine.dispose()


def photo(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), (shade, 90, 77)).save(file, "JPEG")
    return file.getvalue()


def change(small: Small) -> str:
    """A household as a tablet writes it."""
    hand, now = Hand(small.device, small.lan), datetime.now(UTC)
    hand.write(
        RecordDraft("household", str(uuid.uuid7() if hasattr(uuid, "uuid7") else uuid.uuid4())),
        {"village": small.village},
        now,
    )
    return hand.take()[0]


def doors(small: Small, tmp_path: Path) -> dict[str, Callable[[], Any]]:
    """Everything that must write, over HTTP. Each gives its answer."""
    tablet = {"Authorization": f"Bearer {small.token}", "Accept-Language": "vi"}
    node = {"Authorization": f"Bearer {small.node}", "Accept-Language": "vi"}
    picture, client = photo(1), small.app.test_client()
    blob = f"/sync/v1/blob/{hashlib.sha256(picture).hexdigest()}/0?parts=1"
    enrolment = {"code": small.code, "name": "x"}
    sign_in = {"username": "lan", "password": sample.PASSWORD}
    parcel = f"/sync/v1/batch/{'ab' * 32}/0?parts=2"
    upload = lambda: {"file": (io.BytesIO(b"x" * 90_000), "a.fab")}  # noqa: E731
    return {
        "sign in": lambda: client.post("/sign-in", data=sign_in),
        "import": lambda: small.browser("quan").post("/admin/import", data=upload()),
        "push": lambda: client.post("/sync/v1/push", json={"changes": [change(small)]}, headers=tablet),
        "salvage": lambda: client.post("/sync/v1/salvage", json={"changes": [change(small)]}, headers=tablet),
        "photo": lambda: client.put(blob, data=picture, headers=tablet),
        "enrol": lambda: client.post("/sync/v1/enrol", json=enrolment, headers={"Accept-Language": "vi"}),
        "batch": lambda: client.post("/sync/v1/batch", data=b"x" * 900_000, headers=node),
        "part of a batch": lambda: client.put(parcel, data=b"x" * 90_000, headers=node),
    }


def test_what_must_be_written_is_refused_with_a_sentence_at_every_door_and_taken_once_there_is_room(
    small: Small, tmp_path: Path
) -> None:
    with small.full():
        for name, door in doors(small, tmp_path).items():
            answer = door()
            assert answer.status_code == 507, (name, answer.status_code)
            if answer.is_json:
                assert answer.get_json()["error"]["code"] == "disk_full", name
                assert answer.get_json()["node"], name
                assert SAYS in answer.get_json()["error"]["message"], name
            else:
                assert SAYS in check_page(answer.get_data(as_text=True), "vi").text, name
    left = [path for path in small.instance.rglob("*") if path.name.endswith((".part", ".fab")) and path.is_file()]
    assert left == []
    for name, door in doors(small, tmp_path).items():
        assert door().status_code in (200, 302, 400), name


@a_walk
def test_on_a_full_disk_nothing_is_a_fault_of_ours_and_whatever_is_read_is_read(small: Small) -> None:
    readers = ("binh", "quan") if ALL else ("quan",)
    visitors = {who: small.browser(who) for who in readers}
    tablet = {"Authorization": f"Bearer {small.token}"}
    with small.full():
        seen = {(who, to): visitors[who].get(to).status_code for who in readers for to in addresses(small)}
        assert small.browser("lan").post("/language", data={"to": "en"}).status_code == 302
        assert small.browser("quan").get(f"/photos/{small.photo}?size=thumb").status_code == 200
        for path in ("hello", "forms", "pull?area=*", "snapshot?area=*"):
            assert small.app.test_client().get(f"/sync/v1/{path}", headers=tablet).status_code == 200, path
        for who in readers:
            answers = {to: visitors[who].post(to, data={}).status_code for to in addresses(small, "POST")}
            assert {address for address, status in answers.items() if 500 <= status != 507} == set()
    assert list(seen.values()).count(200) > 30
    odd = {(who, to): status for (who, to), status in seen.items() if status != 200}
    refused = {(who, to): status for (who, to), status in odd.items() if visitors[who].get(to).status_code != status}
    assert refused == {(who, WRITTEN_DOWN): 507 for who in readers}


def addresses(small: Small, method: str = "GET") -> list[str]:
    """An address for every page, about a record that is there where it is about one."""
    app = small.app
    with app.test_request_context():
        rules = [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]
        return sorted({_address(small, rule) for rule in rules} - {"/sign-out", ""})


def _address(small: Small, rule: Any) -> str:
    kinds = {
        "IntegerConverter": 1,
        "UUIDConverter": small.record,
        "UnicodeConverter": "household",
        "PathConverter": "x",
    }
    values = {name: kinds.get(type(rule._converters[name]).__name__) for name in rule.arguments}
    values |= {name: small.photo for name in values if name == "sha256"}
    return "" if None in values.values() else url_for(rule.endpoint, **values)


@a_walk
def test_a_command_that_cannot_write_says_so_in_one_sentence_and_the_others_go_on(small: Small, tmp_path: Path) -> None:
    peer = small.run("node", "show", "--format", "json").stdout
    assert json.loads(peer)["node"]
    assert small.run("backup", small.disk / "old.zip").exit_code == 0
    old = (small.disk / "old.zip").read_bytes()
    with small.full():
        for words in (
            ("user", "add", "ha", "--role", "leader"),
            ("user", "password", "lan"),
            ("tablet", "enrol", "--user", "lan"),
            ("backup", small.disk / "new.zip"),
            ("backup", small.disk / "old.zip"),
            ("restore", tmp_path / "b.zip", "--replace"),
            ("export", "household", "--format", "csv", "--output", small.disk / "h.csv"),
            ("export", "household", "--format", "csv"),
            ("rebuild",),
        ):
            if words[0] == "restore":
                assert small.run("backup", tmp_path / "b.zip").exit_code == 0  # to a disk with room
            told = small.run(*words)
            assert (told.exit_code, told.stdout) == (1, ""), (words, told.output)
            assert SAYS in told.stderr, (words, told.stderr)
            assert len(told.stderr.strip().splitlines()) == 1, (words, told.stderr)
        for words in (
            ("user", "list"),
            ("tablet", "list"),
            ("rebuild", "--check"),
        ):
            told = small.run(*words)
            assert told.exit_code == 0, (words, told.output)
        told = small.run("doctor", "--format", "json")
        assert told.exit_code == 1
        assert {row["check"]: row["state"] for row in json.loads(told.stdout)}["disk"] == "error"
    assert (small.disk / "old.zip").read_bytes() == old
    assert {path.name for path in small.disk.iterdir()} <= {"instance", "old.zip", "h.csv"}
    assert small.run("doctor").exit_code == 0


WRITERS: dict[str, tuple[str, ...]] = {
    "backup": ("backup",),
    "batch": ("batch", "export", "--to", "laptop"),
    "receipt": ("batch", "receipt"),
    "rules": ("reference", "export"),
    "dictionary": ("dictionary", "--format", "xlsform", "--output"),
    **{form: ("export", "household", "--format", form, "--output") for form in ("csv", "xlsx", "geojson", "sqlite")},
    **{f"report {form}": ("report", "housing-need", "--format", form, "--output") for form in ("csv", "xlsx")},
}
"""What writes a file wherever somebody wants it, but for the file."""


@pytest.fixture(scope="module")
def full_stick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with mounted(tmp_path_factory.mktemp("stick"), "64k") as place, filled(place):
        yield place


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory, template: Path) -> tuple[Path, str]:
    """An instance on a disk with room, that has one file to give, and the number of another that it has taken in."""
    here, laptop = (shutil.copytree(template, tmp_path_factory.mktemp("node") / name) for name in ("here", "laptop"))
    shutil.rmtree(laptop)
    told(laptop, "init")
    keys = {
        place: json.loads(told(place, "node", "show", "--format", "json").stdout)["key"] for place in (here, laptop)
    }
    told(here, "node", "trust", "laptop", keys[laptop])
    told(laptop, "node", "trust", "here", keys[here])
    told(laptop, "batch", "export", here.parent / "a.fab", "--to", "here")
    taken = told(here, "batch", "import", here.parent / "a.fab", "--format", "json")
    return here, str(json.loads(taken.stdout)["batch"])


def told(instance: Path, *words: str | Path) -> Result:
    env = {"FIELDAPP_INSTANCE": str(instance), "FIELDAPP_LANG": "vi", "FIELDAPP_DATABASE_URL": ""}
    return CliRunner().invoke(main, [str(word) for word in words], env=env)


@pytest.mark.parametrize("what", at_once(WRITERS, {"batch", "receipt", "xlsx"}.__contains__))
def test_a_full_stick_is_called_by_its_name_and_keeps_what_it_has(
    given: tuple[Path, str], full_stick: Path, what: str
) -> None:
    before = sorted(full_stick.iterdir())
    here, number = given
    file, words = str(full_stick / "a.fab"), list(WRITERS[what])
    if what == "receipt":
        words.append(number)
    words.insert(2 if what in ("batch", "rules") else len(words), file)
    done = told(here, *words)
    assert (done.exit_code, done.stdout) == (1, ""), done.output
    assert f"Ổ đĩa chứa {file} đã hết chỗ" in done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith("Lỗi")]) == 1
    assert "Traceback" not in done.stderr
    assert sorted(full_stick.iterdir()) == before


def test_what_came_on_a_full_stick_is_taken_in_and_its_receipt_can_be_written_elsewhere(
    given: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    here, number = given
    with mounted(tmp_path_factory.mktemp("stick"), "256k") as stick:
        file = Path(shutil.copy(here.parent / "a.fab", stick))
        with filled(stick):
            done = told(here, "batch", "import", file)
    assert done.exit_code == 0
    assert "Đã nhập tệp" in done.stderr
    assert f"fieldapp batch receipt {number} TỆP" in done.stderr
    assert "Chưa có gì thay đổi" not in done.stderr
