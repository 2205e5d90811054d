"""The tablet's storage is precious: written so that nothing tears, shared by windows, and never taken for new."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Error, Page, Route, expect

from fieldapp.db import db
from fieldapp.people import Device
from tests.again import a_walk, again
from tests.pages import Page as Read
from tests.tablet.acts import PUSH, correct_a_household, fill_in_a_correction, start_a_need_at_its_photos
from tests.tablet.conftest import Tablet, a_photo, code_for
from tests.tablet.inside import copied
from tests.tablet.on_disk import BALLAST, USED, on_disk

__all__ = ["on_disk"]

MODULES = """const base = document.querySelector("script[type=module]").src.replace("shell/start.js", "");
  const [{ Store }, { Session }, { settle }, { Vault }] = await Promise.all(
    ["store/store.js", "person/session.js", "records/records.js", "store/vault.js"].map((name) => import(base + name)));
  const store = new Store({ vault: new Vault(window.overheard) });
  const forms = await (await fetch(base + "forms.vi.json")).json();
  const tablet = { store, session: await Session.load(store), forms };
  const homes = (await store.all("records")).filter(({ survey }) => survey === "household");"""
SETTLE_FIVE = f"""() => {{ window.settled = (async () => {{ {MODULES}
  await Promise.all(homes.slice(0, 5).map((home, i) => settle(tablet, home, {{ members: 11 + i }})));
  return true; }})(); }}"""
SETTLE_FOR_EVER = f"""() => {{ (async () => {{ {MODULES}
  for (let i = 0; ; i += 1) {{
    const home = await store.get("records", homes[i % homes.length].id);
    const change = await settle(tablet, home, {{ members: 1 + (i % 20) }});
    window.saved(change.id);
  }} }})(); }}"""
WATCH_WRITES = """(() => {
  window.writes = [];
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (names, mode, options) {
    if (mode === "readwrite") window.writes.push([[names].flat(), options?.durability ?? "default"]);
    return transaction.call(this, names, mode, options);
  };
})()"""
OF_PEOPLE = {"changes", "drafts", "photos", "parts"}


def storage_line(window: Page) -> str:
    return window.locator(".fact", has_text="Bộ nhớ").first.inner_text()


def test_what_a_person_made_is_on_the_disk_before_it_counts_as_saved_and_a_photo_comes_with_what_names_it(
    tablet: Tablet, tmp_path: Path
) -> None:
    tablet.enrol()
    tablet.offline()
    tablet.page.evaluate(WATCH_WRITES)  # of what comes from the server, the server has more
    fill_in_a_correction(tablet)
    start_a_need_at_its_photos(tablet)
    tablet.add_photo("housing_need", "photo_front", a_photo(tmp_path))
    writes = [(set(names), how) for names, how in tablet.page.evaluate("window.writes")]
    assert {how for names, how in writes if names & OF_PEOPLE} == {"strict"}
    assert [names for names, _how in writes if "parts" in names][-1] == {"drafts", "photos", "parts"}
    assert {part["bytes"] <= 60 * 1024 + 28 for part in tablet.rows("parts")} == {True}


def test_whether_the_browser_keeps_the_storage_is_shown_and_sent(tablet: Tablet, page: Callable[..., Read]) -> None:
    tablet.enrol()
    assert "có thể xóa dữ liệu khi máy đầy" in page("/admin/devices", who="quan").text
    tablet.go("#/sync")
    expect(tablet.page.locator("main")).to_contain_text("Trình duyệt có thể xóa")
    devtools = tablet.context.new_cdp_session(tablet.page)
    here = devtools.send("Target.getTargetInfo")["targetInfo"]["browserContextId"]
    granted = {"origin": tablet.server.url, "permissions": ["durableStorage"], "browserContextId": here}
    devtools.send("Browser.grantPermissions", granted)
    tablet.page.reload()
    tablet.until(lambda: bool(tablet.page.evaluate("navigator.storage.persisted()")))
    tablet.sync()
    tablet.page.reload()
    expect(tablet.page.locator("main")).to_contain_text("Trình duyệt cam kết giữ")
    with tablet.server.app.app_context():
        assert newest_tablet().report["persisted"] is True


def newest_tablet() -> Device:
    query = sa.select(Device).where(Device.kind == "tablet").order_by(Device.enrolled_at.desc())
    return db.session.scalars(query).first() or Device()


@a_walk
def test_two_windows_that_save_at_once_make_one_row_of_numbers(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.offline()
    other = tablet.watch(tablet.context.new_page())
    other.goto(tablet.page.url)
    other.locator("#tabs a").first.wait_for()
    for window in (tablet.page, other):
        window.evaluate(SETTLE_FIVE)
    assert [window.evaluate("window.settled") for window in (tablet.page, other)] == [True, True]
    changes = sorted(tablet.rows("changes"), key=lambda change: change["seq"])
    assert [change["seq"] for change in changes] == list(range(1, 11))
    assert all(f'"prev":"{before["id"]}"' in after["text"] for before, after in pairwise(changes))
    assert [change["id"] for change in copied(tablet, "change")] == [change["id"] for change in changes]


@a_walk
def test_a_newer_version_of_the_store_alters_no_change_and_an_older_app_says_so(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.context.route("**/sync/v1/**", lambda route: route.abort())
    correct_a_household(tablet)
    before = said(tablet)

    def next_version(route: Route) -> None:
        text = route.fetch().text()
        newer = text.replace("const VERSION = 2;", "const VERSION = 3;").replace(
            "\nmeta: {", '\nmore: { key: "id", open: [] },\nmeta: {'
        )
        assert newer.count("VERSION = 3") == newer.count("more: {") == 1
        route.fulfill(body=newer, content_type="text/javascript")

    tablet.context.route("**/store/stores.js", next_version)
    tablet.page.evaluate(NO_WORKER)
    tablet.page.reload()
    tablet.page.locator("#tabs a").first.wait_for()
    assert said(tablet) == before
    assert tablet.rows("more") == []
    assert "loss" not in [row["name"] for row in tablet.rows("meta")]
    tablet.context.unroute("**/store/stores.js")
    tablet.page.reload()
    expect(tablet.page.locator("main")).to_contain_text("phiên bản ứng dụng cũ hơn")


def said(tablet: Tablet) -> list[dict[str, Any]]:
    """The changes, but for how far each has come: one may be on its way when it is looked at."""
    on_the_way = {"tried_at", "receipt", "sealed"}
    return [{name: value for name, value in row.items() if name not in on_the_way} for row in tablet.rows("changes")]


NO_WORKER = """navigator.serviceWorker.getRegistrations()
  .then((all) => Promise.all(all.map((one) => one.unregister())))"""


@a_walk
def test_a_full_tablet_gives_up_its_ballast_to_finish_the_form_and_says_so_until_there_is_room(
    on_disk: Callable[[], Tablet],
) -> None:
    tablet = on_disk()
    tablet.enrol()
    tablet.until(lambda: tablet.page.evaluate(BALLAST) > 0)
    used = tablet.page.evaluate(USED)

    tablet = on_disk()
    tablet.context.route("**/sync/v1/**", lambda route: route.abort())
    devtools = tablet.context.new_cdp_session(tablet.page)
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": tablet.server.url, "quotaSize": used - 1_000_000})
    tablet.open()
    tablet.page.locator("#tabs a").first.wait_for()
    row = fill_in_a_correction(tablet)
    assert [change["record"] for change in tablet.rows("changes")] == [row["id"]]
    assert tablet.page.evaluate(BALLAST) == 0
    expect(tablet.page.locator("#banners")).to_contain_text("Bộ nhớ của máy sắp đầy")

    devtools.send("Storage.overrideQuotaForOrigin", {"origin": tablet.server.url})
    tablet.context.unroute_all(behavior="wait")
    tablet.sync()
    tablet.until(lambda: tablet.page.evaluate(BALLAST) > 0)
    expect(tablet.page.locator("#banners")).to_be_empty()


def kill(profile: Path, kind: str = "") -> None:
    """End at once the Chromium that works on a profile, or only its processes of one kind: renderer."""
    commands, parents = processes()
    family = {process for process, command in commands.items() if f"--user-data-dir={profile}" in command}
    while more := {process for process, parent in parents.items() if parent in family} - family:
        family |= more
    for process in family:
        if not kind or f"--type={kind}" in commands[process]:
            with_no_complaint(partial(os.kill, process, signal.SIGKILL))


def processes() -> tuple[dict[int, str], dict[int, int]]:
    """What runs on this machine: each command, and the parent of each process."""
    commands, parents = dict[int, str](), dict[int, int]()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            commands[int(folder.name)] = (folder / "cmdline").read_text(errors="replace").replace("\0", " ")
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    return commands, parents


def with_no_complaint(work: Callable[[], Any]) -> None:
    """What is dead already cannot be killed, nor closed."""
    with suppress(OSError, Error):
        work()


@pytest.mark.parametrize("how", [again("killed"), "power cut"])
def test_work_acknowledged_before_the_end_survives_it_and_then_even_the_loss_of_the_store(
    on_disk: Callable[..., Tablet], tmp_path: Path, how: str
) -> None:
    profile, synced = tmp_path / "profile", tmp_path / "synced"
    tablet = on_disk(**({"env": noting_syncs(tmp_path, synced)} if how == "power cut" else {}))
    tablet.enrol()
    alone(tablet)
    acknowledged = killed_amid_saving(tablet, profile)
    if how == "power cut":
        assert cut_back(profile, synced) > 0
    shutil.copytree(profile, tmp_path / "as it was", symlinks=True)

    tablet = on_disk()
    alone(tablet)
    tablet.open()
    tablet.page.locator("#tabs a").first.wait_for()
    assert acknowledged <= {change["id"] for change in tablet.rows("changes")}
    assert "loss" not in [row["name"] for row in tablet.rows("meta")]  # the store had them itself
    tablet.context.close()
    shutil.rmtree(profile)
    (tmp_path / "as it was").rename(profile)
    spoil(profile)

    tablet = on_disk()
    alone(tablet)
    begin(tablet)
    expect(tablet.page.locator("#banners")).to_contain_text("Bộ nhớ của ứng dụng đã bị mất")
    assert acknowledged <= {change["id"] for change in tablet.rows("changes")}


def alone(tablet: Tablet) -> None:
    """Nothing is sent, and nothing received."""
    tablet.context.route("**/sync/v1/**", lambda route: route.abort())


NOTE_SYNCS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int noted(const char *name, int file) {
  int (*real)(int) = dlsym(RTLD_NEXT, name);
  char link[64], path[PATH_MAX + 1], line[PATH_MAX + 64];
  struct stat found;
  int done = real(file), note = open(getenv("SYNCED"), O_WRONLY | O_APPEND | O_CREAT, 0600);
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, PATH_MAX);
  if (length > 0 && note >= 0 && fstat(file, &found) == 0) {
    path[length] = 0;
    int size = snprintf(line, sizeof line, "%lld %s\n", (long long)found.st_size, path);
    if (write(note, line, size) < 0) abort();
  }
  if (note >= 0) close(note);
  return done;
}

int fsync(int file) { return noted("fsync", file); }
int fdatasync(int file) { return noted("fdatasync", file); }
"""


def killed_amid_saving(tablet: Tablet, profile: Path) -> set[str]:
    """Kill the browser while one change after another is saved; gives those that were told to be."""
    saved: list[str] = []
    tablet.page.expose_function("saved", lambda id: saved.append(id))
    tablet.page.evaluate(SETTLE_FOR_EVER)
    tablet.until(lambda: len(saved) >= 20)
    kill(profile)
    acknowledged = set(saved)
    with_no_complaint(tablet.context.close)
    return acknowledged


def noting_syncs(folder: Path, synced: Path) -> dict[str, str]:
    """An environment in which every process notes how large a file was when the disk was last made to have it."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("without a C compiler a power cut is not tried: install gcc")
    source = folder / "note.c"
    source.write_text(NOTE_SYNCS)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", folder / "note.so", source, "-ldl"], check=True)
    return {**os.environ, "LD_PRELOAD": str(folder / "note.so"), "SYNCED": str(synced)}


def cut_back(profile: Path, synced: Path) -> int:
    """The worst a power cut can do: of every file that grows, what the disk was not made to have is gone.

    Of the store that is its log, of the second copy its files; gives how many of them had been synced. The browser's
    list of those files never is, yet it was written when they were made: systems bring that to the disk in a minute.
    """
    sizes = {path: int(size) for size, path in (line.split(" ", 1) for line in synced.read_text().splitlines())}
    growing = [*profile.glob("Default/IndexedDB/*.leveldb/*.log"), *profile.glob("Default/File System/*/t/[0-9]*/*")]
    for file in growing:
        os.truncate(file, min(file.stat().st_size, sizes.get(str(file), 0)))
    return sum(str(file) in sizes for file in growing)


def spoil(profile: Path) -> None:
    """Noise where the store keeps its list of files, as after a bad power cut."""
    for file in profile.glob("Default/IndexedDB/*.leveldb/MANIFEST-*"):
        file.write_bytes(os.urandom(file.stat().st_size))


@a_walk
@pytest.mark.parametrize(
    "share", [again(0.02, id="its end"), pytest.param(0.3, id="a third"), again(1.0, id="all of it")]
)
def test_noise_in_the_tail_of_the_log_is_told_as_a_loss_where_it_is_one_and_the_copy_brings_all_back(
    on_disk: Callable[..., Tablet], tmp_path: Path, share: float
) -> None:
    profile = tmp_path / "profile"
    tablet = on_disk()
    tablet.enrol()
    alone(tablet)
    acknowledged = killed_amid_saving(tablet, profile)
    assert spoil_the_tail(profile, share) > 0

    tablet = on_disk()
    alone(tablet)
    left = in_the_store(tablet)
    begin(tablet)
    changes = tablet.rows("changes")
    assert acknowledged <= {change["id"] for change in changes}
    assert len({change["seq"] for change in changes}) == len(changes)
    lost = acknowledged - left
    assert lost or share < 1
    if lost:
        expect(tablet.page.locator("#banners")).to_contain_text("Bộ nhớ của ứng dụng đã bị mất")
        [loss] = [row["value"] for row in tablet.rows("meta") if row["name"] == "loss"]
        assert loss["changes"] >= len(lost)
    tablet.context.unroute_all(behavior="wait")
    tablet.sync()
    assert all(change["receipt"] for change in tablet.rows("changes"))


IS_THERE = "indexedDB.databases().then((all) => all.some(({ name }) => name === 'fieldapp'))"


def in_the_store(tablet: Tablet) -> set[str]:
    """The changes the store itself still has, looked at before the app is."""
    tablet.page.goto(f"{tablet.server.url}/app/manifest.webmanifest")
    for _look in range(3):  # the first look at a broken store may fail
        with suppress(Error):
            there = tablet.page.evaluate(IS_THERE)
            return {change["id"] for change in tablet.rows("changes")} if there else set()
    return set()


def spoil_the_tail(profile: Path, share: float) -> int:
    """Noise over the end of the store's log, as where a card dies; gives how many bytes."""
    [log] = [file for file in profile.glob("Default/IndexedDB/*.leveldb/*.log") if file.stat().st_size]
    size = log.stat().st_size
    bytes_ = max(1, int(size * share))
    with log.open("r+b") as file:
        file.seek(size - bytes_)
        file.write(os.urandom(bytes_))
    return bytes_


def begin(tablet: Tablet) -> None:
    """Chromium may need to look at a broken store before it makes a new one."""
    for _start in range(3):
        tablet.open()
        tablet.page.locator("#tabs a:visible, #starting + div button").first.wait_for()
        if tablet.page.locator("#tabs").is_visible():
            return


@a_walk
def test_cleared_site_data_asks_for_a_new_code_and_the_server_shows_what_never_came(
    tablet: Tablet, page: Callable[..., Read]
) -> None:
    tablet.enrol()
    correct_a_household(tablet)
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    tablet.context.route(PUSH, lambda route: route.abort())
    correct_a_household(tablet, "8")
    correct_a_household(tablet, "9")

    def told() -> bool:
        with tablet.server.app.app_context():
            return bool(newest_tablet().report.get("said") == 3)

    tablet.until(told)
    devtools = tablet.context.new_cdp_session(tablet.page)
    devtools.send("Storage.clearDataForOrigin", {"origin": tablet.server.url, "storageTypes": "all"})
    tablet.open()
    tablet.faults.clear()  # what the app was doing when its data went from under it could not end well
    expect(tablet.page.locator("h1")).to_have_text("Kết nối máy tính bảng")
    tablet.page.locator("#code").fill(code_for(tablet.server))
    tablet.page.locator("main form button[type=submit]").click()
    notice = tablet.page.locator(".notice-warning", has_text="chưa về máy chủ")
    expect(notice).to_contain_text("Còn 2 thay đổi trên máy “Hoàng Thị Lan” của anh/chị chưa về máy chủ.")
    expect(notice).to_contain_text("hãy nhập lại phần việc của những ngày đó")
    notice.get_by_role("button", name="Tôi đã đọc").click()
    expect(notice).to_have_count(0)
    text = page("/admin/devices", who="quan").text
    assert "Thiết bị báo đã tạo 3 thay đổi" in text
    assert "Còn 2 thay đổi chưa về đến đây" in text


@a_walk
def test_a_tab_that_dies_while_the_camera_is_open_comes_back_to_the_same_question(
    on_disk: Callable[[], Tablet], tmp_path: Path
) -> None:
    tablet = on_disk()
    tablet.enrol()
    start_a_need_at_its_photos(tablet)
    box = tablet.question("housing_need", "photo_inside")
    with tablet.page.expect_file_chooser():
        box.locator("label").last.click()
    tablet.until(lambda: [draft["at"] for draft in tablet.rows("drafts")] == ["photo_inside"])
    with tablet.page.expect_event("crash"):
        kill(tmp_path / "profile", "renderer")
    window = tablet.watch(tablet.context.new_page())
    tablet.page = window
    tablet.open()
    window.locator(".card-link", has_text="Bản nháp").click()
    expect(tablet.question("housing_need", "photo_inside")).to_be_visible()
