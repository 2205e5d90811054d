"""What a person does at the lock screen, and the rows of a store as they lie on the disk."""

from __future__ import annotations

from typing import Any

from tests.tablet.conftest import PIN, Tablet, code_for
from tests.tablet.test_storage import MODULES

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
  await addPhoto(tablet, draft, taken, () => draft.answers);
  await settle(tablet, homes[0], {{ members: 7 }});
  if (finishing) await finish(tablet, draft, draft.answers);
  return {{ household: homes[0].id, draft: draft.id, photo: taken.name.sha256 }};
}}"""
