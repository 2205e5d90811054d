"""Rows that came to harm on the disk: brought back where that can be, else left as they lie, told, in nobody's way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from fieldapp.db import db
from fieldapp.surveys import SURVEYS
from tests.again import a_walk, again
from tests.tablet.acts import start_a_need_at_its_photos
from tests.tablet.conftest import Tablet, a_photo
from tests.tablet.inside import READ, copied, inside
from tests.tablet.test_second_copy import WRITE, enrolled

CORRECT_FOUR = inside("""
  const [{ begin, save }, { settle }] = [await load("records/drafts.js"), await load("records/records.js")];
  const forms = await (await fetch(new URL("forms.vi.json", base))).json();
  const homes = (await store.all("records")).filter(({ survey }) => survey === "household");
  const tablet = { store, session, forms };
  for (const [i, home] of homes.slice(0, 3).entries()) await settle(tablet, home, { members: 11 + i });
  const draft = await begin(tablet, { survey: "household", record: homes[3] });
  await save(tablet, { ...draft, answers: { ...draft.answers, members: 14 } });
  return [...homes.slice(0, 3).map(({ id }) => id), draft.id];
""")
DAMAGE = """async ([store, ids, fields]) => {
  const database = await new Promise((resolve) => {
    const request = indexedDB.open("fieldapp");
    request.onsuccess = () => resolve(request.result);
  });
  const transaction = database.transaction(store, "readwrite");
  const rows = transaction.objectStore(store);
  rows.openCursor().onsuccess = ({ target: { result: at } }) => {
    if (!at) return;
    const { value } = at;
    if (ids.includes(value.id)) {
      new Uint8Array(value.box)[20] ^= 1;
      at.update({ ...value, ...fields });
    }
    at.continue();
  };
  await new Promise((done) => { transaction.oncomplete = done; });
  database.close();
}"""
BOXES = inside("""
  const rows = [...(await store.raw("changes")), ...(await store.raw("drafts"))];
  return Object.fromEntries(rows.map(({ id, box }) => [id, [...new Uint8Array(box)].join()]));
""")


def test_a_damaged_row_comes_back_from_the_copy_or_is_sent_as_sealed_or_stays_and_is_told(tablet: Tablet) -> None:
    enrolled(tablet)
    *records, draft = tablet.page.evaluate(CORRECT_FOUR)
    first, second, third = (change["id"] for change in sorted(tablet.rows("changes"), key=lambda row: row["seq"]))
    tablet.until(lambda: len(copied(tablet, "draft")) > 0)
    tablet.page.evaluate(DAMAGE, ["changes", [first, second], {}])
    tablet.page.evaluate(DAMAGE, ["changes", [third], {"sealed": None}])
    tablet.page.evaluate(DAMAGE, ["drafts", [draft], {}])
    lines = tablet.page.evaluate(READ)["log"].splitlines()
    tablet.page.evaluate(WRITE, "".join(f"{line}\n" for line in lines if not names(line, second, third, draft)))
    before = tablet.page.evaluate(BOXES)

    tablet.page.reload()
    banner, main = tablet.page.locator("#banners"), tablet.page.locator("main")
    expect(banner).to_contain_text("1 phiếu đã hoàn thành, 1 bản nháp")
    expect(banner).to_contain_text("Không có gì bị xóa")
    expect(tablet.page.locator("h1")).to_have_text("Việc cần làm")
    tablet.go("#/receipts")
    expect(main.locator(".receipts")).to_contain_text("Bị hỏng trên máy này")
    expect(main.locator(".receipts li")).to_have_count(3)

    tablet.offline(False)
    tablet.sync()
    expect(main).to_contain_text("1 thay đổi hoặc ảnh bị hỏng trên máy này")
    receipts = {row["id"]: row["receipt"] for row in tablet.page.evaluate(LYING)}
    assert {receipts[sent]["verdict"] for sent in (first, second)} <= {"stored", "duplicate"}
    assert receipts[third] is None
    with tablet.server.app.app_context():
        homes = [db.session.get_one(SURVEYS["household"], id) for id in records]
        assert [home.members for home in homes][:2] == [11, 12]  # type: ignore[attr-defined]
    after = tablet.page.evaluate(BOXES)
    assert {id: after[id] for id in (second, third, draft)} == {id: before[id] for id in (second, third, draft)}
    banner.get_by_role("button", name="Tôi đã đọc").click()
    expect(banner).not_to_contain_text("bản nháp")


LYING = inside("return store.bare('changes');")

HARM_META = """async (lost) => {
  const database = await new Promise((resolve) => {
    const request = indexedDB.open("fieldapp");
    request.onsuccess = () => resolve(request.result);
  });
  const transaction = database.transaction("meta", "readwrite");
  const harmed = [];
  transaction.objectStore("meta").openCursor().onsuccess = ({ target: { result: at } }) => {
    if (!at) return;
    const { value } = at;
    if (value.box && !lost.includes(value.name)) {
      new Uint8Array(value.box)[20] ^= 1;
      at.update(value);
      harmed.push(value.name);
    }
    at.continue();
  };
  await new Promise((done) => { transaction.oncomplete = done; });
  database.close();
  return harmed;
}"""


@pytest.mark.parametrize("copy", [True, again(False)])
def test_no_damaged_row_of_what_the_tablet_knows_of_itself_keeps_its_person_out(tablet: Tablet, copy: bool) -> None:
    """All of them came to harm; or, where the second copy is lost as well, all but the one that says which device it
    is: everything else the server tells again.
    """
    enrolled(tablet)
    *_records, draft = tablet.page.evaluate(CORRECT_FOUR)
    tablet.until(lambda: len(copied(tablet, "tablet")) > 0)
    harmed = tablet.page.evaluate(HARM_META, [] if copy else ["device"])
    assert {"account", "areas", "programmes", "synced_at"} <= {*harmed}
    if not copy:
        tablet.page.evaluate(WRITE, "")
    tablet.page.reload()
    expect(tablet.page.locator("h1")).to_have_text("Việc cần làm")
    expect(tablet.page.locator("main .lead-line").first).to_contain_text("Hoàng Thị Lan" if copy else "Lan")
    tablet.go(f"#/fill/{draft}")
    expect(tablet.question("household", "village")).to_be_visible()
    tablet.go("#/")

    tablet.offline(False)
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    assert len(tablet.delivered()) == 3
    assert len(tablet.rows("meta", "areas")[0]["value"]) > 1
    assert tablet.rows("meta", "account")[0]["value"]["name"] == "Hoàng Thị Lan"


def names(line: str, *ids: str) -> bool:
    entry: dict[str, Any] = json.loads(line.split(" ", 2)[2])
    return any((entry.get(kind) or {}).get("id") in ids for kind in ("change", "draft"))


HARM_PARTS = """async () => {
  const database = await new Promise((resolve) => {
    const request = indexedDB.open("fieldapp");
    request.onsuccess = () => resolve(request.result);
  });
  const transaction = database.transaction("parts", "readwrite");
  transaction.objectStore("parts").openCursor().onsuccess = ({ target: { result: at } }) => {
    if (!at) return;
    const { value } = at;
    new Uint8Array(value.bytes)[40] ^= 1;
    at.update(value);
    at.continue();
  };
  await new Promise((done) => { transaction.oncomplete = done; });
  database.close();
}"""
HARM_COPIES = """async () => {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("copy");
  for await (const [name, file] of folder.entries()) {
    if (!name.startsWith("photo-")) continue;
    const bytes = new Uint8Array(await (await file.getFile()).arrayBuffer());
    bytes[40] ^= 1;
    const writer = await file.createWritable();
    await writer.write(bytes);
    await writer.close();
  }
}"""
FINISH_DRAFT = inside("""
  const [draft] = await store.all("drafts");
  const forms = await (await fetch(new URL("forms.vi.json", base))).json();
  await (await load("records/records.js")).finish({ store, session, forms }, draft, draft.answers);
  return draft.record;
""")


def finished_with_a_photo(tablet: Tablet, folder: Path) -> str:
    """A finished need whose photo lies in the second copy too; gives the record."""
    enrolled(tablet)
    start_a_need_at_its_photos(tablet)
    tablet.add_photo("housing_need", "photo_front", a_photo(folder))
    tablet.until(lambda: len(copied(tablet, "photo")) == 1)
    tablet.go("#/")
    expect(tablet.page.locator("h1")).to_have_text("Việc cần làm")
    record: str = tablet.page.evaluate(FINISH_DRAFT)
    return record


def copies_of_photos(tablet: Tablet) -> list[str]:
    return [name for name in tablet.page.evaluate(READ)["names"] if name.startswith("photo-")]


@a_walk
def test_a_photo_whose_parts_came_to_harm_is_laid_again_from_the_copy_and_sent(tablet: Tablet, tmp_path: Path) -> None:
    finished_with_a_photo(tablet, tmp_path)
    tablet.page.evaluate(HARM_PARTS)
    tablet.offline(False)
    tablet.sync()
    assert [photo["state"] for photo in tablet.rows("photos")] == ["stored"]


@a_walk
def test_a_photo_damaged_in_both_is_never_called_sent_and_comes_back_when_it_is_chosen_again(
    tablet: Tablet, tmp_path: Path
) -> None:
    record = finished_with_a_photo(tablet, tmp_path)
    tablet.page.evaluate(HARM_PARTS)
    tablet.page.evaluate(HARM_COPIES)
    tablet.offline(False)
    tablet.sync()
    state, banner = tablet.page.locator("#sync-state"), tablet.page.locator("#banners")
    expect(state).to_have_text("1 bị hỏng")
    expect(banner).to_contain_text("không đọc được nữa: 1 ảnh")
    expect(tablet.page.locator("main")).to_contain_text("Đã đồng bộ, trừ những mục nêu ở đây")
    assert len(copies_of_photos(tablet)) == 1, "nothing of it is thrown away"
    tablet.go(f"#/record/{record}")
    expect(tablet.page.locator("main .badges").first).to_contain_text("Bị hỏng trên máy này")

    tablet.go(f"#/edit/{record}")
    tablet.page.locator(".contents summary").click()
    tablet.page.locator(".contents button").last.click()
    box = tablet.question("housing_need", "photo_front")
    box.get_by_role("button", name="Bỏ ảnh 1").click()
    box.locator(".file-buttons input[type=file]").last.set_input_files(tmp_path / "nha.png")
    expect(box.locator(".thumb")).to_have_count(1)
    tablet.until(lambda: [photo["state"] for photo in tablet.rows("photos")] == ["waiting"])
    tablet.sync()
    tablet.until(lambda: [photo["state"] for photo in tablet.rows("photos")] == ["stored"])
    tablet.go("#/")
    expect(state).to_have_text("Đã gửi hết")
