"""Encryption at rest: what a finder reads (nothing), what a PIN opens, and that no lock ever costs a record."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import expect

from fieldapp.db import db
from fieldapp.people import Account
from fieldapp.photos import attachments
from fieldapp.surveys import SURVEYS
from tests.conftest import Server
from tests.sync import cases
from tests.tablet.conftest import PIN, Tablet, code_for
from tests.tablet.inside import copied
from tests.tablet.test_second_copy import close_the_app, lose_the_store
from tests.tablet.test_storage import MODULES
from tests.tablet.test_trouble import on_disk
from tests.tablet.test_usable import check

__all__ = ["on_disk"]

ANOTHER_PIN, WRONG = "50318274", "99887766"


def connect(tablet: Tablet, username: str, pin: str) -> None:
    """Type a code where it is asked for, then choose a PIN."""
    tablet.page.locator("#code").fill(code_for(tablet.server, username))
    tablet.page.locator("main form button[type=submit]").click()
    choose(tablet, pin)
    tablet.page.locator("#tabs a").first.wait_for()
    tablet.page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def choose(tablet: Tablet, pin: str, again: str = "") -> None:
    tablet.page.locator("#pin-new").fill(pin)
    tablet.page.locator("#pin-again").fill(again or pin)
    tablet.page.locator("main form button[type=submit]").click()


def lock(tablet: Tablet) -> None:
    tablet.page.locator("#lock").click()
    tablet.page.locator("#pin, .cards button").first.wait_for()


def type_pin(tablet: Tablet, pin: str) -> None:
    tablet.page.locator("#pin").fill(pin)
    tablet.page.get_by_role("button", name="Mở khóa").click()


def unlock(tablet: Tablet, pin: str = PIN) -> None:
    type_pin(tablet, pin)
    tablet.page.locator("#tabs a").first.wait_for()


def lying(tablet: Tablet, store: str, database: str = "fieldapp") -> list[dict[str, Any]]:
    """Rows as they lie on the disk; of bytes only their length."""
    found: list[dict[str, Any]] = tablet.page.evaluate(LYING, [database, store])
    return found


LYING = """async ([name, store]) => {
  const database = await new Promise((resolve) => {
    const request = indexedDB.open(name);
    request.onsuccess = () => resolve(request.result);
  });
  const rows = await new Promise((resolve) => {
    const request = database.transaction(store).objectStore(store).getAll();
    request.onsuccess = () => resolve(request.result);
  });
  database.close();
  return JSON.parse(JSON.stringify(rows, (_key, value) => (value instanceof ArrayBuffer ? value.byteLength : value)));
}"""


def work(tablet: Tablet, finish: bool = False) -> dict[str, str]:
    """A household corrected to 7 members, and a housing need with a photo, finished or not; gives their ids."""
    made: dict[str, str] = tablet.page.evaluate(WORK, finish)
    return made


WORK = f"""async (finishing) => {{ {MODULES}
  const [{{ begin, addPhoto }}, {{ finish }}, {{ take }}] = await Promise.all(
    ["records/drafts.js", "records/records.js", "store/photos.js"].map((name) => import(base + name)));
  const canvas = Object.assign(document.createElement("canvas"), {{ width: 800, height: 600 }});
  const noise = new ImageData(800, 600);
  for (let i = 0; i < noise.data.length; i += 1) noise.data[i] = i % 4 === 3 ? 255 : (i * i * 7919) % 251;
  canvas.getContext("2d").putImageData(noise, 0, 0);
  const picture = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const answers = {{ household: homes[0].id }};
  const draft = await begin(tablet, {{ survey: "housing_need", area: homes[0].area, answers }});
  const taken = await take(picture);
  draft.answers.photo_front = [taken.name];
  await addPhoto(store, draft, taken, () => draft.answers);
  await settle(tablet, homes[0], {{ members: 7 }});
  if (finishing) await finish(tablet, draft, draft.answers);
  return {{ household: homes[0].id, draft: draft.id, photo: taken.name.sha256 }};
}}"""


# --- on the disk ---


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


# --- the PIN ---


def test_a_locked_app_opens_with_its_pin_at_the_same_place_and_wrong_ones_only_cost_time(locked: Tablet) -> None:
    page = locked.page
    page.clock.install()
    locked.open()
    page.locator("#code").fill(code_for(locked.server))
    page.locator("main form button[type=submit]").click()
    page.locator("#pin-new").wait_for()
    assert [row["name"] for row in lying(locked, "meta")] == []  # nobody is known before there is a PIN
    spaced = f"{PIN[:4]} {PIN[4:]}"
    unfit = (("1234567", "quá ngắn"), ("12345678", "quá dễ đoán"), (spaced, "dấu cách"))
    for pin, again, told in ((PIN, WRONG, "không giống"), *((pin, "", told) for pin, told in unfit)):
        choose(locked, pin, again)
        expect(page.locator("#pin-error")).to_contain_text(told)
    page.set_viewport_size({"width": 360, "height": 740})
    check(page, "vi", "a PIN is chosen")
    choose(locked, PIN)
    locked.wait_synced()
    [kept] = [row["value"] for row in lying(locked, "meta") if row["name"] == "lock"]
    assert kept["n"] >= 600_000
    assert kept["label"] == "Lan"

    locked.go("#/new/household")
    locked.fill_part("household")
    locked.next_part()
    page.locator("#household-head_name").fill("Bàn Thị Mẩy")  # still being typed
    page.clock.fast_forward("15:20")
    expect(page.locator("h1")).to_have_text("Ứng dụng đang khóa")
    assert "Bàn Thị Mẩy" not in page.content()
    for _try in range(5):
        type_pin(locked, WRONG)
        expect(page.locator("#pin")).to_have_value("")
        expect(page.locator("#pin-error")).to_contain_text("PIN")
    expect(page.locator("#pin-error")).to_contain_text("Có thể thử lại sau 30 giây")
    expect(page.get_by_role("button", name="Mở khóa")).to_be_disabled()
    check(page, "vi", "the lock")
    page.reload()  # begins no new count
    expect(page.locator("#pin-error")).to_contain_text("Nhập sai mã PIN quá nhiều lần")
    page.clock.fast_forward("00:31")
    expect(page.get_by_role("button", name="Mở khóa")).to_be_enabled()
    unlock(locked, spaced)  # of digits alone, a space among them is a slip
    expect(page.locator("#household-head_name")).to_have_value("Bàn Thị Mẩy")

    locked.go("#/people")
    page.locator("#pin-old").fill(PIN)
    choose(locked, ANOTHER_PIN)
    expect(page.locator(".toast-line")).to_contain_text("Đã đổi mã PIN")
    lock(locked)
    type_pin(locked, PIN)
    expect(page.locator("#pin-error")).to_contain_text("không đúng")
    unlock(locked, ANOTHER_PIN)
    expect(page.locator("h1")).to_have_text("Mã PIN và người dùng")


def test_work_is_sent_while_the_app_is_locked_and_a_forgotten_pin_loses_nothing(locked: Tablet) -> None:
    page = locked.page
    locked.enrol()
    locked.offline()
    made = work(locked)
    locked.until(lambda: len(copied(locked, "photo")) == 1)
    lock(locked)
    expect(page.locator("#carried")).to_contain_text("1 phiếu đã hoàn thành")
    lose_the_store(locked)  # and even the store may break meanwhile

    locked.offline(False)
    locked.open(f"#/fill/{made['draft']}")
    expect(page.locator("h1")).to_have_text("Ứng dụng đang khóa")
    locked.until(lambda: all(change["receipt"] for change in lying(locked, "changes")))
    with locked.server.app.app_context():
        assert db.session.get_one(SURVEYS["household"], made["household"]).members == 7  # type: ignore[attr-defined]
    page.get_by_role("button", name="Tôi quên mã PIN").click()
    page.locator("#code").fill(code_for(locked.server))
    page.locator("main form button[type=submit]").click()
    choose(locked, ANOTHER_PIN)
    expect(locked.question("housing_need", "photo_front").locator(".thumb img")).to_have_js_property("complete", True)
    assert len(locked.delivered()) == 1
    locked.go(f"#/record/{made['household']}")
    expect(page.locator("main")).to_contain_text("7")
    locked.page.reload()
    type_pin(locked, PIN)
    expect(page.locator("#pin-error")).to_contain_text("không đúng")
    unlock(locked, ANOTHER_PIN)


def test_what_one_person_finished_is_sent_while_another_works_and_neither_sees_the_other(
    locked: Tablet,
) -> None:
    page = locked.page
    locked.enrol()
    locked.offline()
    made = work(locked, finish=True)
    lock(locked)
    locked.context.route("**/sync/v1/push", lambda route: route.abort())
    locked.offline(False)
    page.get_by_role("button", name="Người khác").click()
    page.get_by_role("button", name="Thêm người dùng trên máy này").click()
    connect(locked, another_surveyor(locked.server), ANOTHER_PIN)
    assert {row["receipt"] for row in lying(locked, "changes")} == {None}
    locked.context.unroute("**/sync/v1/push")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    locked.until(lambda: all(row["receipt"] for row in lying(locked, "changes")))
    locked.until(lambda: [row["state"] for row in lying(locked, "photos")] == ["stored"])
    with locked.server.app.app_context():
        assert attachments.state(made["photo"]) == "stored"
    assert lying(locked, "changes", "fieldapp-2") == []
    mine = {row["id"] for row in lying(locked, "records", "fieldapp-2")}
    assert not mine & {row["id"] for row in lying(locked, "records")}
    devices = [
        row["value"]["device"]
        for name in ("fieldapp", "fieldapp-2")
        for row in lying(locked, "meta", name)
        if row["name"] == "courier"
    ]
    assert len(set(devices)) == 2

    page.locator("#lock").click()
    page.get_by_role("button", name="Lan").click()
    unlock(locked)
    locked.go("#/receipts")
    expect(page.locator("main")).to_contain_text("Máy chủ đã nhận")


def test_somebody_whose_data_are_lost_is_not_simply_missing_from_the_list(locked: Tablet) -> None:
    page = locked.page
    locked.enrol()
    lock(locked)
    page.get_by_role("button", name="Người khác").click()
    page.get_by_role("button", name="Thêm người dùng trên máy này").click()
    connect(locked, another_surveyor(locked.server), ANOTHER_PIN)
    lock(locked)
    label = page.locator(".cards button").last.inner_text()

    def lose() -> None:
        close_the_app(locked)
        assert page.evaluate(LOSE_SECOND)
        locked.open()
        expect(page.locator("h1")).to_have_text("Anh/chị là ai?")

    lose()
    told = page.locator(".notice-danger")
    expect(told).to_contain_text(f"Dữ liệu của {label} trên máy này đã mất")
    expect(told).to_contain_text("Hãy báo quản trị viên và xin mã mới")
    expect(page.locator(".cards button")).to_have_text(["Lan"])
    check(page, "vi", "who are you")
    told.get_by_role("button", name=f"Kết nối lại cho {label}").click()
    expect(page.locator("h1")).to_have_text("Dữ liệu trên máy này đã mất")
    connect(locked, another_surveyor(locked.server), ANOTHER_PIN)
    lock(locked)
    expect(page.locator(".cards button")).to_have_count(2)
    expect(told).to_have_count(0)

    lose()
    told.get_by_role("button", name="Người này không còn dùng máy này").click()
    expect(page.locator("h1")).to_have_text("Ứng dụng đang khóa")
    page.reload()
    expect(page.locator(".who-line")).to_have_text("Lan")


LOSE_SECOND = """navigator.storage.getDirectory().then((top) => top.removeEntry("copy-2", { recursive: true }))
  .then(() => new Promise((done) => { indexedDB.deleteDatabase("fieldapp-2").onsuccess = () => done(true); }))"""


def another_surveyor(server: Server) -> str:
    with server.app.app_context():
        query = sa.select(Account.username).where(Account.username.startswith("khaosat.")).order_by(Account.username)
        return db.session.scalars(query).first() or ""


# --- an earlier version ---


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


# --- the same as on the server ---

SEAL_ALL = """async (table) => {
  const base = document.querySelector("script[type=module]").src.replace("shell/start.js", "");
  const [{ sealWith, isKey }, { unbase64, base64 }, { Vault, waitOf, tried, weakness }, { courierProof }, { Store }] =
    await Promise.all(["twins/seal.js", "ground/bytes.js", "store/vault.js", "person/session.js", "store/store.js"]
      .map((name) => import(base + name)));
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const pairOf = async ({ d, ...open }) => ({
    privateKey: await crypto.subtle.importKey("jwk", { ...open, d }, curve, true, ["deriveBits"]),
    publicKey: await crypto.subtle.importKey("jwk", open, curve, true, []),
  });
  const sealed = [];
  for (const { ephemeral, iv, data, purpose } of table.sealed) {
    const pair = await pairOf(ephemeral);
    sealed.push(await sealWith(pair, unbase64(iv), table.recipient.public, unbase64(data), purpose));
  }
  const { part } = table;
  const key = await Vault.of(unbase64(part.key));
  const opened = await key.unbox(unbase64(part.sealed).buffer, `${part.sha256}|${part.i}`);
  let lock = { tries: 0, until: 0 };
  const waits = [];
  for (let i = 0; i < 14; i += 1) waits.push(waitOf((lock = tried(lock, 1e12)), 1e12) / 1000);
  const store = new Store({ name: "fieldapp-99", vault: await Vault.create() });
  const record = { id: "r", survey_area: "s a", values: { a: 1 } };
  const change = { id: "c", seq: 1, record: "r", text: "t" };
  const named = (error) => error.constructor.name;
  await store.write(["records", "changes"], (rows) => {
    rows("records").put(record);
    rows("changes").put(change);
  });
  const back = [await store.get("records", "r"), await store.get("changes", "c")];
  store.vault = await Vault.create(); // nothing opens any more, as if all had been damaged
  const damaged = [await store.all("records"), await store.count("records")];
  const lost = await store.get("changes", "c").catch((error) => error.name);
  store.vault = null;
  const locked = await store.get("changes", "c").catch(named);
  const refused = await store.write(["changes"], (rows) => rows("changes").put(change)).catch(named);
  return {
    store: { back, damaged, lost, locked, refused, bare: await store.bare("changes") },
    sealed,
    keys: [await isKey(table.recipient), await isKey({ ...table.recipient, kid: "0".repeat(16) })],
    part: base64(opened),
    courier: await courierProof(table.courier.token),
    waits: [...waits, waitOf({ ...lock, until: 9e12 }, 1e12) / 1000],
    spaced: ["2846 1937", "28 46", "2846 1937 5041"].map(weakness),
    weak: ["1234567", "12345678", "11111111", "28461937", "mật khẩu", "một câu dễ nhớ"].map(weakness),
    phrase: await (async () => { // as some have chosen before
      const vault = await Vault.create();
      const lock = await vault.wrap("2846 1937 5550");
      return [weakness("2846 1937 5550"), lock.digits, await Vault.open(lock, "2846 1937 5550").then(() => true),
        await Vault.open(lock, "284619375550").catch(named)];
    })(),
  };
}"""


def test_the_tablet_seals_as_the_server_does_and_waits_grow_but_never_for_ever(locked: Tablet) -> None:
    table = cases.load("sealing.json")
    locked.open()
    locked.page.locator("#code").wait_for()
    told = locked.page.evaluate(SEAL_ALL, json.loads(json.dumps(table)))
    assert told["sealed"] == [row["sealed"] for row in table["sealed"]]
    assert told["keys"] == [True, False]
    record, change = {"id": "r", "survey_area": "s a", "values": {"a": 1}}, {"id": "c", "seq": 1, "record": "r"}
    assert told["store"] == {
        "back": [record, {**change, "text": "t"}],
        "damaged": [[], 0],  # the server has it as well: it is forgotten, and comes again
        "lost": None,  # nobody else has it: it stays as it lies, is marked, and is never taken for nothing
        "locked": "Locked",
        "refused": "Locked",
        "bare": [{**change, "damaged": True}],
    }
    assert told["part"] == table["part"]["part"]
    assert told["courier"] == table["courier"]["hex"]
    assert told["waits"] == [0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
    assert told["weak"] == ["short", "easy", "easy", None, "short", None]
    assert told["spaced"] == ["spaced", "short", None]
    assert told["phrase"] == [None, False, True, "WrongPin"]
