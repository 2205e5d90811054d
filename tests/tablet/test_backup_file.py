"""The backup file, from the tablet that saved it to the server that reads it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from playwright.sync_api import Page as Window
from playwright.sync_api import expect

from fieldapp import people
from fieldapp.db import db
from fieldapp.people import Device
from fieldapp.photos import attachments
from fieldapp.surveys import SURVEYS
from sync.tables import change
from tests.again import a_walk, again
from tests.commands.conftest import Run, run
from tests.pages import check_page
from tests.tablet.acts import correct_a_household, start_a_need_at_its_photos
from tests.tablet.conftest import Tablet, a_photo
from tests.tablet.inside import copied
from tests.tablet.locking import lock, work

__all__ = ["run"]


def saved_file(tablet: Tablet, folder: Path) -> Path:
    """Press the button, and find the file among the downloads."""
    tablet.go("#/sync")
    return download(tablet.page, "Lưu tệp dự phòng", folder)


def download(window: Window, button: str, folder: Path) -> Path:
    with window.expect_download() as found:
        window.get_by_role("button", name=button).click()
    file = folder / found.value.suggested_filename
    found.value.save_as(file)
    return file


def upload(admin: FlaskClient, file: Path) -> str:
    with file.open("rb") as stream:
        sent = {"file": (stream, file.name)}
        answer = admin.post("/admin/devices/backups", data=sent, follow_redirects=True)
    return check_page(answer.get_data(as_text=True), "vi").text


@a_walk
def test_what_a_tablet_saved_in_a_file_is_read_by_the_server_once_and_is_known_when_the_tablet_sends_it(
    tablet: Tablet, tmp_path: Path, as_: Callable[[str], FlaskClient], run: Run
) -> None:
    admin = as_("quan")
    tablet.enrol()
    tablet.offline()
    row = correct_a_household(tablet)
    start_a_need_at_its_photos(tablet)
    tablet.add_photo("housing_need", "photo_front", a_photo(tmp_path))
    file = saved_file(tablet, tmp_path)
    [photo], [made] = tablet.rows("photos"), tablet.rows("changes")

    for spoilt, sentence in spoiled(file).items():
        assert sentence in upload(admin, spoilt), spoilt.name
    with tablet.server.app.app_context():
        assert db.session.scalar(sa.select(change.c.id).where(change.c.id == made["id"])) is None
        assert attachments.state(photo["sha256"]) == "absent"

    told = upload(admin, file)
    assert "1 thay đổi, 1 ảnh" in told
    assert "1 bản nháp chưa hoàn thành" in told
    assert "Tệp dự phòng của máy tính bảng" in told
    with tablet.server.app.app_context():
        assert db.session.get_one(SURVEYS["household"], row["id"]).members == 7  # type: ignore[attr-defined]
        assert attachments.state(photo["sha256"]) == "stored"
    assert "Tệp này đã được đọc trước đây" in upload(admin, file)
    assert json.loads(run("tablet", "restore", file, "--format", "json").output)["read_before"]
    assert "read before" in run("tablet", "restore", file).output

    tablet.offline(False)
    tablet.sync()
    [sent] = tablet.rows("changes")
    assert sent["receipt"]["verdict"] == "duplicate"


def spoiled(file: Path) -> dict[Path, str]:
    """The same file cut off, altered, of another tablet, and what is no such file: each with what is said of it."""
    whole, text = file.read_bytes(), gzip.decompress(file.read_bytes())
    lines = text.splitlines(keepends=True)
    damaged, none, strange = "bị cắt dở hoặc đã bị sửa", "không phải tệp dự phòng", "chưa từng được kết nối"
    device = json.loads(lines[0])["device"].encode()
    made = {
        "cut": (whole[:-9], damaged),
        "flipped": (whole[:-600] + bytes([whole[-600] ^ 1]) + whole[-599:], damaged),
        "without-the-end": (gzip.compress(b"".join(lines[:-1])), damaged),
        "shorter": (gzip.compress(b"".join([lines[0], *lines[2:]])), damaged),
        "edited": (gzip.compress(text.replace(b'{"sealed":{"id":"', b'{"sealed":{"id":"0')), damaged),
        "strange": (gzip.compress(text.replace(device, b"0" * 16)), strange),
        "photo": (b"\xff\xd8\xff\xe0 no file of ours", none),
        "table": (gzip.compress(b"ho,ten\nan,binh\n"), none),
        "empty": (gzip.compress(b""), none),
    }
    found = {file.with_name(f"{name}.jsonl.gz"): told for name, told in made.items()}
    for path, (data, _sentence) in zip(found, made.values(), strict=True):
        path.write_bytes(data)
    return {path: sentence for path, (_data, sentence) in found.items()}


@pytest.mark.parametrize("reason", [again("revoked"), "unreadable store"])
def test_work_that_no_network_takes_comes_by_the_file(tablet: Tablet, tmp_path: Path, run: Run, reason: str) -> None:
    tablet.enrol()
    tablet.offline()
    row = correct_a_household(tablet)
    if reason == "revoked":
        file = saved_file(tablet, tmp_path)
        with tablet.server.app.app_context():
            newest = sa.select(Device).where(Device.kind == "tablet").order_by(Device.enrolled_at.desc())
            people.revoke(db.session.scalars(newest).first(), db.session.scalar(sa.func.now()))  # type: ignore[arg-type]
            db.session.commit()
    else:
        tablet.context.add_init_script(NO_STORE)
        tablet.page.reload()
        expect(tablet.page.locator("main")).to_contain_text("Ứng dụng chưa khởi động được")
        file = download(tablet.page, "Lưu tệp dự phòng", tmp_path)
    told = json.loads(run("tablet", "restore", file, "--format", "json").output)
    assert [each["verdict"] for each in told["changes"]] == ["held" if reason == "revoked" else "stored"]
    assert [each["record"] for each in told["changes"]] == [row["id"]]


@pytest.mark.parametrize("where", ["locked", again("forgotten")])
def test_work_behind_a_pin_that_nobody_knows_comes_by_the_file(
    locked: Tablet, tmp_path: Path, run: Run, where: str
) -> None:
    locked.enrol()
    locked.offline()
    made = work(locked)
    locked.until(lambda: len(copied(locked, "change")) == 1)
    lock(locked)
    if where == "forgotten":
        locked.page.get_by_role("button", name="Tôi quên mã PIN").click()
    file = download(locked.page, "Lưu tệp dự phòng", tmp_path)
    expect(locked.page.get_by_role("status").filter(has_text=file.name)).to_be_visible()
    told = json.loads(run("tablet", "restore", file, "--format", "json").output)
    assert [(each["record"], each["verdict"]) for each in told["changes"]] == [(made["household"], "stored")]


NO_STORE = """indexedDB.open = () => {
  const request = { error: new DOMException("Internal error opening backing store", "UnknownError") };
  setTimeout(() => request.onerror());
  return request;
};"""
