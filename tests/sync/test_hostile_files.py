"""Whatever is done to a batch file, it is refused with a code that has a sentence, or it still says the same."""

from __future__ import annotations

import hashlib
import json
import os
import random
import sqlite3
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyrage
import pytest
import zstandard

from fieldapp.nodes.sentences import SENTENCES
from sync import SyncProblem, batch, envelope
from sync.keys import Keys, PublicKey
from tests.again import ALL
from tests.sync import cases
from tests.sync.nodes import Node
from tests.sync.test_batch import OTHER, RECEIVER, SENDER, TRUSTED, forge, problem, seal, unseal
from tests.sync.test_stories import HOUSE, node, wrote

PHOTO = b"a very small photo"
Content = tuple[Any, ...]


def hong() -> Node:
    made = node("laptop")
    wrote(made.edit(HOUSE, {"n": 1}))
    wrote(made.edit(OTHER, {"head": "Nguyễn Thị Hồng"}))
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A small file: two changes, a photo, some names."""
    blobs = [(hashlib.sha256(PHOTO).hexdigest(), PHOTO)]
    path = tmp_path / "small.fab"
    batch.export(path, hong().journal, keys=SENDER, to=RECEIVER.public, blobs=blobs, names={"villages": ["Nà Vài"]})
    return path


def content(of: batch.Opened) -> Content:
    """All that anybody gets to know of a file's inside."""
    told = {name: getattr(of.manifest, name) for name in of.manifest.__struct_fields__ if name != "file_hash"}
    return told, list(of.texts()), list(of.blobs())


def harmless(answer: Content | str, whole: Content) -> bool:
    return answer == whole or (isinstance(answer, str) and answer in SENTENCES)


@pytest.fixture
def folder(file: Path, tmp_path: Path) -> Path:
    """The file where it is opened: ``sealed``, and what is in it: ``whole``."""
    folder = tmp_path / "opened"
    folder.mkdir()
    file.replace(folder / "sealed")
    envelope.unseal(folder, RECEIVER)
    (folder / "plain").replace(folder / "whole")
    return folder


def opened(folder: Path, raw: bytes) -> str:
    """The code with which these bytes are refused, or that they hold the same."""
    (folder / "sealed").write_bytes(raw)
    try:
        envelope.unseal(folder, RECEIVER)
    except SyncProblem as refusal:
        return refusal.code
    return "the same" if (folder / "plain").read_bytes() == (folder / "whole").read_bytes() else "another file"


def test_every_single_byte_of_a_file_changed_is_refused_or_changes_nothing(folder: Path) -> None:
    raw, dice = (folder / "sealed").read_bytes(), random.Random(2023)
    assert opened(folder, raw) == "the same"
    for place in range(len(raw)):
        for flip in (1 << dice.randrange(8), dice.randrange(1, 256)):
            said = opened(folder, raw[:place] + bytes([raw[place] ^ flip]) + raw[place + 1 :])
            assert said in {"altered", "truncated", "foreign_node", "not_a_batch", "the same"}, (place, flip, said)


def test_a_file_cut_anywhere_is_refused(folder: Path) -> None:
    raw = (folder / "sealed").read_bytes()
    assert {opened(folder, raw[:size]) for size in range(len(raw))} == {"truncated"}


def test_bytes_after_the_end_are_refused(folder: Path) -> None:
    assert opened(folder, (folder / "sealed").read_bytes() + b"\x00") in ("altered", "truncated")


def inner(path: Path) -> Content | str:
    """What a database says that somebody has sealed anew, or the code it is refused with."""
    try:
        with closing(batch._open(path)) as database:
            return content(batch.Opened(batch._check(database, RECEIVER, TRUSTED), database))
    except SyncProblem as refusal:
        return refusal.code


def test_no_byte_of_the_database_inside_can_be_changed_by_somebody_without_the_senders_key(file: Path) -> None:
    plain, dice = file.with_suffix(".plain"), random.Random(1945)
    plain.write_bytes(unseal(file))
    whole, size = inner(plain), plain.stat().st_size
    assert not isinstance(whole, str)
    place_of, said, apart = os.open(plain, os.O_RDWR), set(), 5 if ALL else 25
    for place in (*range(200), *range(200 + dice.randrange(apart), size, apart)):
        before = os.pread(place_of, 1, place)
        os.pwrite(place_of, bytes([before[0] ^ dice.randrange(1, 256)]), place)
        answer = inner(plain)
        os.pwrite(place_of, before, place)
        assert harmless(answer, whole), (place, answer)
        said.add(answer if isinstance(answer, str) else "the same")
    os.close(place_of)
    assert {"altered", "unknown_format", "the same"} <= said
    assert inner(plain) == whole


def test_a_file_signed_by_somebody_who_claims_to_be_the_sender_is_refused(file: Path) -> None:
    def sign(database: sqlite3.Connection) -> None:
        stranger = Keys.generate().signing.sign(batch._digest(database, batch._Content())).hex()
        database.execute("UPDATE meta SET v = ? WHERE k = 'signature'", [stranger])

    forge(file, sign)
    assert problem(file) == "altered"


def test_changes_named_twice_by_a_trusted_sender_are_there_once(file: Path) -> None:
    def double(database: sqlite3.Connection) -> None:
        database.execute("INSERT INTO change SELECT * FROM change")
        device, (low, high, _count) = next(iter(devices(database).items()))
        values = {"changes": 4, "devices": {device: (low, high, 4)}}
        for key, value in values.items():
            database.execute("UPDATE meta SET v = ? WHERE k = ?", [json.dumps(value, separators=(",", ":")), key])

    forge(file, double, signed=True)
    with batch.read(file, RECEIVER, TRUSTED) as opened:
        verdicts = [each.verdict for each in node("server").put(opened.texts())]
    assert verdicts == ["stored"] * 2 + ["duplicate"] * 2


def devices(database: sqlite3.Connection) -> dict[str, Any]:
    (found,) = database.execute("SELECT v FROM meta WHERE k = 'devices'").fetchone()
    return dict(json.loads(found))


def test_a_photo_under_the_name_of_another_is_not_even_signed(tmp_path: Path) -> None:
    blobs = [(hashlib.sha256(PHOTO).hexdigest(), b"another")]
    with pytest.raises(SyncProblem, match="altered"):
        batch.export(tmp_path / "x.fab", hong().journal, keys=SENDER, to=RECEIVER.public, blobs=blobs)
    assert list(tmp_path.iterdir()) == []


def test_a_photo_larger_than_any_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MAX_BLOB", 10)
    assert problem(file) == "too_big"


def test_a_write_ahead_file_copied_without_its_log_is_refused_and_not_taken_for_empty(file: Path) -> None:
    plain = file.with_suffix(".plain")
    plain.write_bytes(unseal(file))
    with closing(sqlite3.connect(plain)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA wal_autocheckpoint=0")
        database.execute("DELETE FROM change")
        database.commit()
        seal(file, plain.read_bytes())
    assert problem(file) == "unknown_format"


@pytest.fixture
def bomb(tmp_path: Path) -> Path:
    """A few kilobytes that unpack to half a gigabyte."""
    path = tmp_path / "bomb.fab"
    packer = zstandard.ZstdCompressor(level=19).compressobj()
    packed = b"".join([*(packer.compress(bytes(1024**2)) for _ in range(512)), packer.flush()])
    path.write_bytes(pyrage.encrypt(packed, [PublicKey.parse(RECEIVER.public).recipient]))
    return path


@pytest.fixture
def memory() -> Iterator[None]:
    """Fails if the test takes more than 40 MB."""
    tracemalloc.start()
    yield
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 40 * 1024**2


@pytest.mark.usefixtures("memory")
def test_a_decompression_bomb_is_refused_in_bounded_time_space_and_memory(
    bomb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    monkeypatch.setattr(
        envelope, "SyncProblem", lambda code, **said: written.append(said["limit"]) or SyncProblem(code)
    )
    assert bomb.stat().st_size < 100_000
    started = time.process_time()
    assert problem(bomb) == "too_big"
    assert time.process_time() - started < 5
    assert written == [envelope.ALWAYS_BYTES]


def test_a_schema_made_to_run_for_ever_is_never_run(file: Path) -> None:
    endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n, n FROM c"
    views = {"meta": f"CREATE VIEW meta(k, v) AS {endless}", "more": f"CREATE VIEW more AS {endless}"}
    for place, create in views.items():
        statements = (f"DROP TABLE IF EXISTS {place}", create)
        forge(file, lambda database, each=statements: [database.execute(one) for one in each])  # type: ignore[misc]
        started = time.process_time()
        assert problem(file) == "unknown_format"
        assert time.process_time() - started < 1


def test_a_file_of_the_format_before_is_read(tmp_path: Path) -> None:
    kept = cases.load("format-1.json")
    (tmp_path / "keys").write_text(json.dumps(kept["receiver"]))
    with batch.read(cases.FOLDER / "format-1.fab", Keys.load(tmp_path / "keys"), {"xã": kept["sender"]}) as opened:
        assert (opened.manifest.format, opened.manifest.names) == (1, {})
        assert [each.verdict for each in node("server").put(opened.texts())] == ["stored"] * 4
        assert [whole for _name, whole in opened.blobs()] == [b"photo"]


def test_names_travel_under_the_signature(file: Path) -> None:
    assert batch.show(file, RECEIVER, TRUSTED).names == {"villages": ["Nà Vài"]}
    forge(file, lambda database: database.execute("UPDATE meta SET v = '{}' WHERE k = 'names'"))
    assert problem(file) == "altered"
