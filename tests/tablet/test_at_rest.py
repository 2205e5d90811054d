"""Encryption at rest: a finder reads nothing, and a store of before is encrypted at its first PIN."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.again import a_walk
from tests.tablet.conftest import PIN, Tablet
from tests.tablet.inside import copied
from tests.tablet.locking import choose, lying, unlock, work
from tests.tablet.on_disk import on_disk
from tests.tablet.test_second_copy import close_the_app

__all__ = ["on_disk"]


# --- on the disk ---


@a_walk
def test_the_disk_tells_nothing_of_anybody(on_disk: Callable[[], Tablet], tmp_path: Path) -> None:
    tablet = on_disk()
    tablet.enrol_by_hand()  # what is typed then is looked for as well
    work(tablet, finish=True)
    tablet.sync()
    tablet.offline()
    tablet.go("#/households")
    tablet.page.locator("#search").fill("Triệu Văn")
    tablet.go("#/new/household")
    tablet.fill_rest("household", {"head_name": "Bàn Thị Mẩy Thử", "id_document": "cccd", "citizen_id": "006171004321"})
    expect(tablet.page.locator("h1")).to_have_text("Bàn Thị Mẩy Thử")
    work(tablet)
    assert len(tablet.rows("parts")) > 1
    households = [row for row in tablet.rows("records") if row["survey"] == "household"]
    [device] = [row["value"] for row in tablet.rows("meta") if row["name"] == "device"]
    secret = {
        *(str(row["values"][name]) for row in households for name in TELLING if len(str(row["values"].get(name))) > 6),
        *("Bàn Thị Mẩy Thử", "006171004321", "Triệu Văn", "Hoàng Thị Lan", device["token"], PIN),
        *(area["name"] for area in areas(tablet)),
    }
    tablet.until(lambda: len(copied(tablet, "draft")) > 0)
    ids = {row["id"] for row in households}
    tablet.context.close()
    assert len(secret) > 40
    disk = b"\n".join(file.read_bytes() for file in (tmp_path / "profile").rglob("*") if file.is_file())
    assert {needle for needle in secret if lies_in(disk, needle)} == set()
    assert b"JFIF" not in disk
    assert {needle for needle in ids if lies_in(disk, needle)} == ids  # the same look finds what lies open


TELLING = ("head_name", "citizen_id", "phone", "birth_date", "note")


def areas(tablet: Tablet) -> list[dict[str, Any]]:
    return next(row["value"] for row in tablet.rows("meta") if row["name"] == "areas")


def lies_in(disk: bytes, needle: str) -> bool:
    return any(needle.encode(how) in disk for how in ("utf-8", "utf-16-le"))


# --- an earlier version ---


@a_walk
def test_a_store_that_lies_open_is_encrypted_at_its_first_pin_and_goes_on_where_it_was_cut_off(
    locked: Tablet,
) -> None:
    locked.enrol()
    locked.offline()
    made = work(locked)
    before = {name: locked.rows(name) for name in KINDS}
    lay_open(locked, [*KINDS, "pulled", "lists", "thumbs", "photos", "parts"])
    assert [row for row in lying(locked, "records") if "box" in row] == []
    locked.open()
    expect(locked.page.locator("h1")).to_have_text("Ứng dụng nay cần mã PIN")
    choose(locked, PIN)
    locked.page.locator("#tabs a").first.wait_for()
    assert_boxed(locked, before)

    lay_open(locked, ["records", "drafts"])  # as if it had been cut off before these
    locked.page.evaluate(CUT_OFF)
    locked.open()
    unlock(locked)
    assert_boxed(locked, before)
    locked.go(f"#/fill/{made['draft']}")
    expect(locked.question("housing_need", "photo_front").locator(".thumb img")).to_have_js_property("complete", True)
    locked.offline(False)
    locked.sync()
    assert len(locked.delivered()) == 1


KINDS = ["changes", "records", "drafts"]


def lay_open(tablet: Tablet, names: list[str]) -> None:
    """What these stores hold lies as an earlier version left it; no app is open meanwhile."""
    key = tablet.page.evaluate("crypto.subtle.exportKey('jwk', window.overheard)")
    close_the_app(tablet)
    tablet.page.evaluate("async (key) => { window.overheard = await crypto.subtle.importKey(" + IN + "); }", key)
    tablet.page.evaluate(LAY_OPEN, names)


IN = "'jwk', key, 'AES-GCM', true, ['decrypt']"


def assert_boxed(tablet: Tablet, before: dict[str, list[dict[str, Any]]]) -> None:
    for name in KINDS:
        assert [row["id"] for row in lying(tablet, name) if "box" not in row] == []
        assert [without_seal(row) for row in tablet.rows(name)] == [without_seal(row) for row in before[name]]
    assert ["key" in row for row in tablet.rows("photos")] == [True]


def without_seal(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "sealed"}


OPENED = """const database = await new Promise((resolve) => {
    const request = indexedDB.open("fieldapp");
    request.onsuccess = () => resolve(request.result);
  });
  const all = (store) => new Promise((resolve) => {
    const request = database.transaction(store).objectStore(store).getAll();
    request.onsuccess = () => resolve(request.result);
  });
  const put = (store, rows) => new Promise((resolve) => {
    const transaction = database.transaction(store, "readwrite");
    for (const row of rows) transaction.objectStore(store).put(row);
    transaction.oncomplete = () => resolve();
  });"""
LAY_OPEN = f"""async (names) => {{ {OPENED}
  const photos = await Promise.all((await all("photos")).map((row) => window.unboxed("photos", row)));
  if (names.includes("photos")) {{
    const parts = await Promise.all((await all("parts")).map(async (part) => {{
      const {{ key }} = photos.find(({{ sha256 }}) => sha256 === part.sha256);
      const raw = Uint8Array.from(atob(key), (one) => one.charCodeAt(0));
      const secret = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
      const additionalData = new TextEncoder().encode(`${{part.sha256}}|${{part.i}}`);
      const how = {{ name: "AES-GCM", iv: new Uint8Array(part.bytes, 0, 12), additionalData }};
      return {{ ...part, bytes: await crypto.subtle.decrypt(how, secret, new Uint8Array(part.bytes, 12)) }};
    }}));
    await put("parts", parts);
    await put("photos", photos.map(({{ key, sealed, ...row }}) => row));
    const known = await Promise.all((await all("meta")).map((row) => window.unboxed("meta", row)));
    await new Promise((resolve) => {{
      const transaction = database.transaction("meta", "readwrite");
      transaction.objectStore("meta").clear();
      for (const row of known) {{
        if (!["lock", "courier", "sealing_key", "boxing"].includes(row.name)) transaction.objectStore("meta").put(row);
      }}
      transaction.oncomplete = () => resolve();
    }});
  }}
  for (const name of names.filter((each) => !["photos", "parts"].includes(each))) {{
    const rows = await Promise.all((await all(name)).map((row) => window.unboxed(name, row)));
    await put(name, rows.map(({{ sealed, ...row }}) => row));
  }}
  database.close();
}}"""
CUT_OFF = f"""async () => {{ {OPENED}
  await put("meta", [{{ name: "boxing", value: true }}]);
  database.close();
}}"""
