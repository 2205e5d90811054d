"""A batch file is what its sender made for this node, whole, or it is a problem with a name and changes nothing."""

from __future__ import annotations

import hashlib
import random
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pyrage
import pytest
import zstandard

from sync import SyncProblem, batch, decode
from sync.batch import Manifest, PublicKey
from sync.keys import Keys
from tests.sync.nodes import Node
from tests.sync.test_stories import HOUSE, OTHER, node, wrote

PHOTO = random.Random(1).randbytes(450_000)
PHOTO_NAME = hashlib.sha256(PHOTO).hexdigest()
SENDER, RECEIVER, STRANGER = Keys.generate(), Keys.generate(), Keys.generate()
TRUSTED = {"Xã Quảng Bạch": SENDER.public}


@pytest.fixture
def laptop() -> Node:
    made = node("laptop")
    for number in range(3):
        wrote(made.edit(HOUSE, {"n": number}))
    wrote(made.edit(OTHER, {"head": "Nguyễn Thị Hồng"}))
    return made


@pytest.fixture
def file(laptop: Node, tmp_path: Path) -> Path:
    path = tmp_path / "lo-du-lieu.fab"
    batch.export(path, laptop.journal, keys=SENDER, to=RECEIVER.public, blobs=[(PHOTO_NAME, PHOTO)])
    return path


def problem(path: Path, keys: Keys = RECEIVER, trusted: dict[str, str] = TRUSTED) -> str:
    """The code of what is wrong with a file; a file that is well is a failure."""
    with pytest.raises(SyncProblem) as found:
        batch.show(path, keys, trusted)
    return found.value.code


@pytest.mark.usefixtures("each_database")
def test_a_file_brings_everything_to_the_other_node(laptop: Node, file: Path) -> None:
    server = node("server")
    with batch.read(file, RECEIVER, TRUSTED) as opened:
        results = server.put(opened.texts(), kind="file", from_node=opened.manifest.from_node)
        assert list(opened.blobs()) == [(PHOTO_NAME, PHOTO)]
    assert [each.verdict for each in results] == ["stored"] * 4
    assert server.everything().changes == laptop.everything().changes
    assert server.states() == laptop.states()


def test_a_file_says_what_is_in_it(laptop: Node, file: Path) -> None:
    told = batch.show(file, RECEIVER, TRUSTED)
    assert (told.sender, told.from_node, told.changes, told.blobs) == ("Xã Quảng Bạch", laptop.identity.node, 4, 1)
    assert told.devices == {laptop.identity.device: (1, 4, 4)}
    assert (told.since, told.until) == (0, 4)
    assert told.file_hash == hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.usefixtures("each_database")
def test_a_file_can_go_on_from_the_last_one(laptop: Node, file: Path, tmp_path: Path) -> None:
    until = batch.show(file, RECEIVER, TRUSTED).until
    more = wrote(laptop.edit(HOUSE, {"n": 9}))
    batch.export(tmp_path / "2.fab", laptop.journal, keys=SENDER, to=RECEIVER.public, since=until)
    with batch.read(tmp_path / "2.fab", RECEIVER, TRUSTED) as opened:
        assert list(opened.texts()) == [more.text]


def test_a_file_without_anything_is_well(tmp_path: Path) -> None:
    batch.export(tmp_path / "0.fab", node("new").journal, keys=SENDER, to=RECEIVER.public)
    assert batch.show(tmp_path / "0.fab", RECEIVER, TRUSTED).changes == 0


def test_nothing_is_left_beside_the_file(file: Path) -> None:
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_nothing_that_anybody_could_read_lies_beside_it_while_it_is_made(laptop: Node, tmp_path: Path) -> None:
    stick, beside = tmp_path / "stick", []
    stick.mkdir()

    def pulled() -> Iterator[tuple[str, bytes]]:
        yield PHOTO_NAME, PHOTO
        beside.extend(stick.rglob("*"))

    batch.export(stick / "a.fab", laptop.journal, keys=SENDER, to=RECEIVER.public, blobs=pulled())
    assert beside == []


def test_what_a_pulled_stick_kept_of_it_is_written_over(laptop: Node, tmp_path: Path) -> None:
    (tmp_path / ".a.fab.part").write_bytes(b"age-encryption.org/v1")
    batch.export(tmp_path / "a.fab", laptop.journal, keys=SENDER, to=RECEIVER.public)
    assert [each.name for each in tmp_path.iterdir()] == ["a.fab"]


def test_only_the_receiver_can_read_it(file: Path) -> None:
    assert problem(file, STRANGER) == "foreign_node"
    assert "Hồng".encode() not in file.read_bytes()


def test_only_a_known_sender_is_believed(file: Path) -> None:
    assert problem(file, trusted={}) == "unknown_sender"
    assert problem(file, trusted={"Xã khác": STRANGER.public}) == "unknown_sender"


@pytest.mark.usefixtures("each_database")
def test_marks_of_the_future_travel_along(laptop: Node, tmp_path: Path) -> None:
    mad = Node("mad", lambda: laptop.now() + 10**12)
    change = wrote(mad.edit(HOUSE, {"n": 7}))
    laptop.put([change.text])
    batch.export(tmp_path / "m.fab", laptop.journal, keys=SENDER, to=RECEIVER.public)
    assert batch.show(tmp_path / "m.fab", RECEIVER, TRUSTED).ahead == [change.id]


@pytest.mark.parametrize("size", [0, 1, 21, 60, 150, 400, 100_000, 400_000, -1, -17])
def test_a_file_cut_short_is_refused(file: Path, size: int) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[:size])
    assert problem(file) == "truncated"


@pytest.mark.parametrize("content", [b"%PDF-1.7 ...", b"SQLite format 3\x00" + bytes(84), b"PK\x03\x04", bytes(5000)])
def test_another_kind_of_file_is_no_batch(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.fab").write_bytes(content)
    assert problem(tmp_path / "x.fab") == "not_a_batch"


def seal(path: Path, plain: bytes, level: int = 3) -> None:
    """A file as anyone can make it who has the receiver's public key."""
    packed = zstandard.ZstdCompressor(level=level).compress(plain)
    path.write_bytes(pyrage.encrypt(packed, [PublicKey.parse(RECEIVER.public).recipient]))


def unseal(path: Path) -> bytes:
    return zstandard.ZstdDecompressor().decompress(pyrage.decrypt(path.read_bytes(), [RECEIVER.identity]))


def forge(file: Path, change: Callable[[sqlite3.Connection], object], signed: bool = False) -> None:
    """Open a file, change what is inside, and close it again; signed anew as the sender would, or not."""
    plain = file.with_suffix(".plain")
    plain.write_bytes(unseal(file))
    with closing(sqlite3.connect(plain)) as database:
        change(database)
        if signed:
            signature = SENDER.signing.sign(batch._digest(database, batch._Content())).hex()
            database.execute("UPDATE meta SET v = ? WHERE k = 'signature'", [signature])
        database.commit()
    seal(file, plain.read_bytes())


def test_a_file_opened_and_closed_again_is_well(file: Path) -> None:
    forge(file, lambda database: None)
    assert batch.show(file, RECEIVER, TRUSTED).changes == 4


ALTERED = {
    "a change less": "DELETE FROM change WHERE rowid = 2",
    "a change twice": "INSERT INTO change SELECT * FROM change WHERE rowid = 2",
    "two changes in another order": "UPDATE change SET rowid = 9 WHERE rowid = 1",
    "an id that is not that of its bytes": "UPDATE change SET id = substr(id, 2) || 'a' WHERE rowid = 1",
    "other bytes": "UPDATE change SET bytes = replace(bytes, 'Nguy', 'Nguz')",
    "a number for bytes": "UPDATE change SET bytes = 7 WHERE rowid = 1",
    "another time": "UPDATE meta SET v = '1' WHERE k = 'made_at'",
    "a photo less": "DELETE FROM blob",
    "half a photo": "DELETE FROM blob WHERE i = 1",
    "another photo": "UPDATE blob SET bytes = x'00' WHERE i = 0",
    "no signature": "DELETE FROM meta WHERE k = 'signature'",
    "a signature that is none": "UPDATE meta SET v = 'zz' WHERE k = 'signature'",
}


@pytest.mark.parametrize("statement", ALTERED.values(), ids=ALTERED)
def test_content_changed_after_signing_is_refused(file: Path, statement: str) -> None:
    forge(file, lambda database: database.execute(statement))
    assert problem(file) == "altered"


UNKNOWN = {
    "a view in place of a table": (
        "DROP TABLE change",
        "CREATE VIEW change AS WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c) SELECT id, 1 FROM c",
    ),
    "a table more": ("CREATE TABLE more(a)",),
    "an index more": ("CREATE INDEX more ON change(id)",),
    "a trigger": ("CREATE TRIGGER t AFTER INSERT ON change BEGIN DELETE FROM change; END",),
    "a table less": ("DROP TABLE blob",),
    "a later format": ("UPDATE meta SET v = '3' WHERE k = 'format'",),
    "meta that is no JSON": ("UPDATE meta SET v = '{' WHERE k = 'devices'",),
    "meta of another kind": ("UPDATE meta SET v = '\"x\"' WHERE k = 'changes'",),
    "meta that says too little": ("DELETE FROM meta WHERE k = 'to_key'",),
}


@pytest.mark.parametrize("statements", UNKNOWN.values(), ids=UNKNOWN)
def test_another_schema_is_refused_without_being_run(file: Path, statements: tuple[str, ...]) -> None:
    started = time.monotonic()
    forge(file, lambda database: [database.execute(statement) for statement in statements])
    assert problem(file) == "unknown_format"
    assert time.monotonic() - started < 5


def test_counts_that_differ_are_refused_even_if_signed(file: Path) -> None:
    forge(file, lambda database: database.execute("DELETE FROM change WHERE rowid = 4"), signed=True)
    assert problem(file) == "counts_differ"


def test_a_file_signed_for_another_node_is_foreign(file: Path) -> None:
    other = msgspec.json.encode(STRANGER.public).decode()
    forge(file, lambda database: database.execute("UPDATE meta SET v = ? WHERE k = 'to_key'", [other]), signed=True)
    assert problem(file) == "foreign_node"


def test_a_database_in_write_ahead_mode_is_refused(file: Path) -> None:
    forge(file, lambda database: database.execute("PRAGMA journal_mode=WAL"))
    assert problem(file) == "unknown_format"


def test_a_damaged_database_is_refused(file: Path) -> None:
    plain = bytearray(unseal(file))
    plain[4096 : 4096 + 900] = random.Random(3).randbytes(900)
    seal(file, bytes(plain))
    assert problem(file) in {"altered", "unknown_format"}


def test_zstd_cut_short_inside_is_truncated(file: Path) -> None:
    packed = pyrage.decrypt(file.read_bytes(), [RECEIVER.identity])
    for inside, code in ((packed[:-9], "truncated"), (packed + b"x", "altered"), (b"nothing", "altered")):
        file.write_bytes(pyrage.encrypt(inside, [PublicKey.parse(RECEIVER.public).recipient]))
        assert problem(file) == code


@pytest.mark.usefixtures("each_database")
def test_what_a_trusted_sender_made_and_is_no_change_is_kept_aside(file: Path) -> None:
    raw = b'{"device":"' + b"a" * 16 + b'","seq":1}'

    def add(database: sqlite3.Connection) -> None:
        database.execute("INSERT INTO change VALUES (?, ?)", (hashlib.sha256(raw).hexdigest()[:32], raw))
        (devices,) = database.execute("SELECT v FROM meta WHERE k = 'devices'").fetchone()
        told = {"changes": 5, "devices": {**msgspec.json.decode(devices), "a" * 16: [1, 1, 1]}}
        for key, value in told.items():
            database.execute("UPDATE meta SET v = ? WHERE k = ?", [msgspec.json.encode(value).decode(), key])

    forge(file, add, signed=True)
    with batch.read(file, RECEIVER, TRUSTED) as opened:
        verdicts = [each.verdict for each in node("server").put(opened.texts())]
    assert verdicts == ["stored"] * 4 + ["bad"]


def test_keys_are_kept_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    SENDER.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Keys.load(path).public == SENDER.public
    with pytest.raises(FileExistsError):
        SENDER.save(path)
    path.write_text("{}")
    with pytest.raises(SyncProblem, match="not_a_key"):
        Keys.load(path)


@pytest.mark.parametrize("text", ["", "fab1", SENDER.public[:-1], SENDER.public.upper(), SENDER.public[:-1] + "b"])
def test_a_key_misread_is_no_key(text: str) -> None:
    with pytest.raises(SyncProblem, match="not_a_key"):
        PublicKey.parse(text)


def test_a_key_is_one_word_of_letters_and_digits() -> None:
    assert SENDER.public.isalnum()
    assert PublicKey.parse(f" {SENDER.public}\n").signed(SENDER.signing.sign(b"x"), b"x")
    assert not PublicKey.parse(SENDER.public).signed(STRANGER.signing.sign(b"x"), b"x")


def test_an_export_that_fails_leaves_no_file(laptop: Node, tmp_path: Path) -> None:
    def broken() -> Iterator[tuple[str, bytes]]:
        yield PHOTO_NAME, PHOTO
        raise OSError("no such photo")

    with pytest.raises(OSError, match="no such photo"):
        batch.export(tmp_path / "x.fab", laptop.journal, keys=SENDER, to=RECEIVER.public, blobs=broken())
    assert list(tmp_path.iterdir()) == []


def test_a_manifest_is_all_that_meta_holds(file: Path) -> None:
    told = batch.show(file, RECEIVER, TRUSTED)
    assert isinstance(told, Manifest)
    with batch.read(file, RECEIVER, TRUSTED) as opened:
        keys = {key for (key,) in opened.database.execute("SELECT k FROM meta")}
        assert keys == {*Manifest.__struct_fields__, "signature"} - {"sender", "file_hash"}
        assert all(decode(text) for text in opened.texts())
