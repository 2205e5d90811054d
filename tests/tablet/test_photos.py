"""Photos as cameras make them, and positions as satellites give them: kept, marked, and never in the way."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image
from playwright.sync_api import Browser, Route, expect

from fieldapp.photos import attachments
from tests.again import a_walk
from tests.tablet.acts import start_a_need_at_its_photos
from tests.tablet.bare import bare_page
from tests.tablet.conftest import Tablet, a_photo
from tests.tablet.inside import inside
from tests.tablet.test_receipts import PARTS

FINISH = inside("""
  const [draft] = await store.all("drafts");
  const forms = await (await fetch(new URL("forms.vi.json", base))).json();
  await (await load("records/records.js")).finish({ store, session, forms }, draft, draft.answers);
""")
WHOLE = inside("""
  const [photo] = await store.all("photos");
  return [...new Uint8Array(await (await load("store/photos.js")).whole(store, photo))];
""")


def from_a_camera(path: Path, size: tuple[int, int], *, turned: int = 6, colour: str = "navy") -> Path:
    """A JPEG as a phone writes it: lying on its side, with a note which way is up, and where it was taken."""
    image = Image.effect_noise((size[0] // 40, size[1] // 40), 60).resize(size).convert("RGB")
    image.paste(colour, (0, 0, size[0] // 4, size[1]))  # the left edge as it lies
    exif = image.getexif()
    exif[ExifTags.Base.Orientation] = turned
    exif[ExifTags.Base.Model] = "A phone"
    position = {ExifTags.GPS.GPSLatitudeRef: "N", ExifTags.GPS.GPSLatitude: (22.0, 8.0, 49.5)}
    exif[ExifTags.IFD.GPSInfo] = position
    image.save(path, exif=exif, quality=92)
    return path


def choose(tablet: Tablet, path: Path) -> Any:
    box = tablet.question("housing_need", "photo_front")
    box.locator(".file-buttons input[type=file]").last.set_input_files(path)
    return box


def test_a_camera_s_photo_is_upright_and_small_tells_no_position_and_arrives_as_it_was_kept(
    tablet: Tablet, tmp_path: Path
) -> None:
    tablet.enrol()
    start_a_need_at_its_photos(tablet)
    box = choose(tablet, from_a_camera(tmp_path / "nha.jpg", (3200, 2400)))
    expect(box.locator(".thumb")).to_have_count(1)
    [photo] = tablet.rows("photos")
    assert (photo["width"], photo["height"]) == (1200, 1600), "6 turns it upright"
    assert photo["bytes"] <= 200 * 1024
    kept = Image.open(io.BytesIO(bytes(tablet.page.evaluate(WHOLE))))
    assert (kept.size, dict(kept.getexif())) == ((1200, 1600), {})
    top, bottom = kept.getpixel((600, 100)), kept.getpixel((600, 1500))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[2] > top[0] + 50 > bottom[2] - bottom[0] + 50, "what lay at the left is at the top"

    box.locator(".thumb input[type=file]").set_input_files(from_a_camera(tmp_path / "lai.jpg", (800, 600), turned=1))
    expect(box.locator(".point-said")).to_contain_text("Đã lưu 1 ảnh trên máy này")
    tablet.until(lambda: len(tablet.rows("photos")) == 2)
    [draft] = tablet.rows("drafts")
    [again] = draft["answers"]["photo_front"]
    assert (again["width"], again["height"]) == (800, 600), "taken again, in the place of the first"

    broken: list[str] = []

    def spoil(route: Route) -> None:
        if route.request.method != "PUT" or broken:
            return route.continue_()
        broken.append(route.request.url)
        data = bytearray(route.request.post_data_buffer or b"")
        data[len(data) // 2] ^= 1
        return route.continue_(post_data=bytes(data))

    tablet.context.route(PARTS, spoil)
    tablet.page.evaluate(FINISH)
    tablet.sync()
    tablet.sync()
    tablet.until(lambda: [photo["state"] for photo in tablet.rows("photos")] == ["stored"])
    assert broken
    with tablet.server.app.app_context():
        assert attachments.path(again["sha256"]).stat().st_size == again["bytes"]


def claiming(path: Path, width: int, height: int) -> Path:
    """A JPEG whose header says that it is of this size; of the rest nothing is read."""
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16)).save(buffer, "JPEG")
    data = bytearray(buffer.getvalue())
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    path.write_bytes(data)
    return path


@a_walk
def test_a_photo_of_48_megapixels_is_kept_a_larger_one_and_half_a_file_get_a_sentence(
    tablet: Tablet, tmp_path: Path
) -> None:
    tablet.enrol()
    start_a_need_at_its_photos(tablet)
    half = from_a_camera(tmp_path / "half.jpg", (1600, 1200))
    half.write_bytes(half.read_bytes()[:700])
    box = choose(tablet, half)
    expect(box.locator(".point-said")).to_contain_text("không phải ảnh mà máy mở được")
    choose(tablet, claiming(tmp_path / "108.jpg", 12000, 9000))
    expect(box.locator(".point-said")).to_contain_text("Ảnh này có 108 triệu điểm ảnh")
    choose(tablet, from_a_camera(tmp_path / "48.jpg", (8000, 6000)))
    expect(box.locator(".thumb")).to_have_count(1)
    [photo] = tablet.rows("photos")
    assert (photo["width"], photo["height"], photo["bytes"] <= 200 * 1024) == (1200, 1600, True)

    choose(tablet, from_a_camera(tmp_path / "8.jpg", (3264, 2448), colour="green"))
    tablet.go("#/")  # whoever leaves at once waits until it is kept
    expect(box).to_have_count(0)
    [draft] = tablet.rows("drafts")
    assert len(draft["answers"]["photo_front"]) == 2


def test_a_coarse_fix_is_bettered_or_taken_as_it_is_and_no_fix_is_in_nobody_s_way(tablet: Tablet) -> None:
    here = {"latitude": 22.1471, "longitude": 105.8348}
    tablet.enrol()
    start_a_need_at_its_photos(tablet)
    box = tablet.question("housing_need", "location")
    fix = box.get_by_role("button", name="Lấy vị trí bằng GPS")

    def known() -> dict[str, Any]:
        [draft] = tablet.rows("drafts")
        return dict(draft["answers"]["location"] or {})

    tablet.context.set_geolocation({**here, "accuracy": 3000})
    fix.click()
    expect(box).to_contain_text("Hiện sai số 3.000 m; đang chờ chính xác hơn")
    tablet.context.set_geolocation({**here, "accuracy": 9})
    expect(box).to_contain_text("sai số 9 m theo GPS, lúc")
    tablet.context.set_geolocation({**here, "accuracy": 3000})
    fix.click()
    box.get_by_role("button", name="Dùng vị trí này").click()
    expect(box).to_contain_text("còn thô: sai số 3.000 m")
    tablet.until(lambda: known().get("accuracy_m") == 3000)
    assert known()["source"] == "gps"

    tablet.context.clear_permissions()
    fix.click()
    expect(box).to_contain_text("Máy chưa cho ứng dụng dùng GPS")
    expect(box).to_contain_text("Vị trí đã có vẫn giữ nguyên")
    expect(box).to_contain_text("sai số 3.000 m")
    assert known()["accuracy_m"] == 3000, "what there was stays"
    box.locator("summary").last.click()
    box.locator("input").fill("22,5000; 105,9000")
    box.locator("input").blur()
    tablet.until(lambda: known().get("source") == "pin")
    old = "const { isOld } = await load('kit/gps.js'); return given.map((at) => isOld({ at }, 1_800_000_000_000));"
    moments = ["2027-01-15T07:59:00Z", "2027-01-15T07:57:00Z"]  # one minute before, and three
    assert tablet.page.evaluate(inside(old), moments) == [False, True]


AMID_THE_WRITE = """(name) => {
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (...given) {
    if (this.name === "parts") {
      IDBObjectStore.prototype.put = put;
      setTimeout(() => {
        const field = document.getElementById(name);
        field.value = "Giữa lúc ghi ảnh";
        field.dispatchEvent(new Event("change", { bubbles: true }));
      });
    }
    return put.apply(this, given);
  };
}"""
"""Somebody answers another question just while a photo is on its way to the disk."""


TOGETHER = """() => {
  const { toBlob } = HTMLCanvasElement.prototype;
  const waiting = [];
  HTMLCanvasElement.prototype.toBlob = function (told, ...how) {
    toBlob.call(this, (blob) => waiting.push(() => told(blob)), ...how);
  };
  setInterval(() => waiting.splice(0).forEach((tell) => tell()), 1000);
}"""
"""Photos that are made small at about the same time are ready at the same moment."""


def draft_answers(tablet: Tablet) -> Any:
    [draft] = tablet.rows("drafts")
    return draft["answers"]


@a_walk
def test_an_answer_given_while_a_photo_is_written_and_the_photo_are_both_kept(tablet: Tablet, tmp_path: Path) -> None:
    tablet.enrol()
    tablet.offline()
    start_a_need_at_its_photos(tablet)
    for n in range(3):
        tablet.page.evaluate(AMID_THE_WRITE, "housing_need-remarks")
        box = choose(tablet, a_photo(tmp_path, f"nha-{n}.png", 60 + n, (1200, 900)))
        expect(box.locator(".thumb")).to_have_count(n + 1)
        expect(box.locator(".point-said")).to_have_text(f"Đã lưu {n + 1} ảnh trên máy này")
    box = choose(tablet, tmp_path / "nha-1.png")
    expect(box.locator(".point-said")).to_have_text("Ảnh này chính là ảnh 2 đã có ở đây nên không thêm lần nữa.")
    expect(box.locator(".thumb")).to_have_count(3)
    tablet.until(lambda: len(draft_answers(tablet)["photo_front"]) == 3)
    assert draft_answers(tablet)["remarks"] == "Giữa lúc ghi ảnh"


@a_walk
def test_photos_taken_while_another_is_being_kept_are_all_kept(tablet: Tablet, tmp_path: Path) -> None:
    tablet.enrol()
    tablet.offline()
    start_a_need_at_its_photos(tablet)
    tablet.page.evaluate(TOGETHER)
    inputs = tablet.question("housing_need", "photo_front").locator(".file-buttons input[type=file]")
    inside = tablet.question("housing_need", "photo_inside")
    inputs.nth(0).set_input_files(a_photo(tmp_path, "1.png", 60, (1600, 1200)))
    inputs.nth(1).set_input_files(a_photo(tmp_path, "2.png", 90, (1600, 1200)))
    inside.locator(".file-buttons input[type=file]").last.set_input_files(a_photo(tmp_path, "3.png", 120, (1600, 1200)))
    expect(tablet.question("housing_need", "photo_front").locator(".thumb")).to_have_count(2)
    expect(inside.locator(".thumb")).to_have_count(1)
    kept = {row["sha256"] for row in tablet.rows("photos")}
    answers = draft_answers(tablet)
    assert {photo["sha256"] for name in ("photo_front", "photo_inside") for photo in answers[name]} == kept
    assert len(kept) == 3


MAKE_ROOM = inside("""
  const { makeSpace } = await load("records/space.js");
  const tight = async () => false;
  const days = (n) => Date.now() + n * 86_400_000;
  const counts = [await makeSpace(store, { now: days(29), tight }), await makeSpace(store, { now: days(31), tight })];
  return [...counts, (await store.raw("parts")).length];
""")
MAKE_ROOM_WHEN_TIGHT = inside("""
  const now = Date.now() + 3 * 86_400_000;
  return (await load("records/space.js")).makeSpace(store, { now, tight: async () => true });
""")
OFFER_AGAIN = inside('await (await load("wire/outbox.js")).offerAgain(store);')


def finished_with_a_photo(tablet: Tablet, folder: Path) -> None:
    tablet.enrol()
    start_a_need_at_its_photos(tablet)
    choose(tablet, a_photo(folder))
    tablet.until(lambda: len(draft_answers(tablet).get("photo_front") or []) == 1)
    tablet.go("#/")
    expect(tablet.page.locator("h1")).to_have_text("Việc cần làm")
    tablet.page.evaluate(FINISH)


@a_walk
def test_what_the_server_has_had_for_a_month_makes_room_and_is_still_seen(tablet: Tablet, tmp_path: Path) -> None:
    finished_with_a_photo(tablet, tmp_path)
    tablet.until(lambda: all(photo["state"] == "waiting" for photo in tablet.rows("photos")))
    assert tablet.page.evaluate(MAKE_ROOM)[:2] == [0, 0], "what waits to be sent is never let go of"
    tablet.sync()
    [photo] = tablet.rows("photos")
    assert photo["state"] == "stored"
    assert tablet.page.evaluate(MAKE_ROOM) == [0, 1, 0]

    tablet.page.evaluate(OFFER_AGAIN)
    tablet.sync()
    assert [row["state"] for row in tablet.rows("photos")] == ["stored"], "nor is it taken for damaged afterwards"
    tablet.go(f"#/record/{photo['record']}")
    tablet.page.locator("main img.picture").first.click()
    whole = tablet.page.locator("dialog img.whole")
    expect(whole).to_be_visible()
    tablet.until(lambda: whole.evaluate("image => image.naturalWidth") == photo["width"])


@a_walk
def test_where_room_is_tight_it_is_made_sooner(tablet: Tablet, tmp_path: Path) -> None:
    finished_with_a_photo(tablet, tmp_path)
    tablet.sync()
    assert tablet.page.evaluate(MAKE_ROOM_WHEN_TIGHT) == 1


def test_a_partly_transparent_picture_lies_on_white(browser: Browser, tmp_path: Path) -> None:
    picture = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    picture.save(tmp_path / "sketch.png")
    corner = """async (bytes) => {
      const { take } = await import("/store/photos.js");
      const file = new File([new Uint8Array(bytes)], "sketch.png", { type: "image/png" });
      const { parts } = await take(file);
      const shown = await createImageBitmap(new Blob(parts));
      const pen = new OffscreenCanvas(64, 64).getContext("2d");
      pen.drawImage(shown, 0, 0);
      return [...pen.getImageData(0, 0, 1, 1).data];
    }"""
    with bare_page(browser) as page:
        assert page.evaluate(corner, list((tmp_path / "sketch.png").read_bytes())) == [255, 255, 255, 255]


CARRY = """async () => {
  const [{ Store }, { Vault }, { carry }] = await Promise.all(
    ["store/store", "store/vault", "wire/courier"].map((name) => import(`/${name}.js`)),
  );
  const store = new Store({ vault: await Vault.create() });
  const sealed = { kid: "k", box: "key" };
  const photo = { sha256: "ab", record: "r", change: "c", type: "image/jpeg", bytes: 61_445, count: 2, sent: 0 };
  await store.write(["meta", "photos", "parts"], (rows) => {
    rows("meta").put({ name: "courier", value: { device: "d", proof: "p" } });
    rows("photos").put({ ...photo, sealed, state: "waiting" });
    rows("parts").put({ sha256: "ab", i: 0, bytes: new Uint8Array(61_468).buffer });
    rows("parts").put({ sha256: "ab", i: 1, bytes: new Uint8Array([1, 2, 3, 4, 5]).buffer });
  });
  await carry(new Store(), "vi");
  return (await store.rawOne("photos", "ab")).state;
}"""


def test_a_photo_that_is_carried_for_somebody_goes_on_within_the_part_that_broke_off(browser: Browser) -> None:
    sent: list[tuple[str, bytes | None]] = []

    def server(route: Route) -> None:
        there = {"proto": 1, "node": "n", "epoch": "e", "now": "2026-08-01T00:00:00Z"}
        asked = route.request
        begun = {"state": "partial", "missing": [1], "begun": {"1": 2}}
        if asked.method == "PUT":
            sent.append((asked.url.partition("/blob/")[2], asked.post_data_buffer))
        route.fulfill(json={**there, **({"state": "stored", "missing": []} if sent else begun)})

    with bare_page(browser) as page:
        page.route("**/sync/v1/**", server)
        assert page.evaluate(CARRY) == "stored"
    assert sent == [("ab/1?parts=2&from=2", b"\x03\x04\x05")]
