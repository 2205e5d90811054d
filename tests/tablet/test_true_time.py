"""A tablet tells when something was made by clocks put right: by its own, and by those of others that were wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from playwright.sync_api import expect

from fieldapp.db import begin_writing, db
from sync import Journal
from tests.again import a_walk, again
from tests.desk.test_true_time import Wrong
from tests.tablet.acts import correct_a_household, start_a_need_at_its_photos
from tests.tablet.conftest import Tablet, a_photo
from tests.tablet.inside import inside
from tests.tablet.test_receipts import tally

VIETNAM = timezone(timedelta(hours=7))


def enrol_and_then_stand_in(tablet: Tablet, year: int) -> None:
    """The tablet's clock goes wrong after its enrolment, and the server's answers tell it so."""
    tablet.enrol()
    tablet.page.clock.set_fixed_time(datetime.now(UTC).replace(year=year, day=15))
    tablet.page.reload()
    tablet.page.locator("#tabs a").first.wait_for()
    tablet.until(lambda: abs(tablet.rows("meta", "offset")[0]["value"]) > 86_400_000)


def told_of(tablet: Tablet, year: int) -> list[str]:
    """What the page tells of a day in this year."""
    return re.findall(rf"[^\n]*/{year}\b", tablet.page.locator("main").inner_text())


@pytest.mark.parametrize(
    ("year", "comes"),
    [(2015, "step by step"), (2035, "as a whole"), again(2035, "step by step"), again(2015, "as a whole")],
)
def test_what_a_tablet_with_a_wrong_clock_changed_is_told_on_another_by_the_true_time(
    tablet: Tablet, year: int, comes: str
) -> None:
    tablet.enrol()
    tablet.offline()
    row = correct_a_household(tablet, "7")
    made = datetime.now(UTC) + timedelta(minutes=3)  # after the answer here
    wrong = Wrong(tablet.server.app, year, made)
    sent = [wrong.change("household", row["id"], answer) for answer in ({"members": 9}, {"head_name": "Nông Văn Mới"})]
    assert {each["verdict"] for each in wrong.push(*sent)} == {"clock_ahead" if year == 2035 else "stored"}
    if comes == "as a whole":
        with tablet.server.app.app_context():
            begin_writing()
            Journal(db.session.connection()).new_epoch()
            db.session.commit()
    tablet.offline(False)
    tablet.sync()
    assert (comes == "as a whole") == (tablet.rows("pulled") == [])
    tablet.go("#/")
    expect(tablet.page.locator("main")).to_contain_text("Có người khác vừa sửa")
    tablet.go(f"#/record/{row['id']}")
    told = f"{made.astimezone(VIETNAM):%H:%M, %d/%m/%Y}"
    expect(tablet.page.locator(".rivals li", has_text="9").first).to_contain_text(f"nơi khác, {told}")
    since = tablet.page.locator(".notice", has_text="Có người khác đã sửa sau anh/chị")
    expect(since).to_contain_text(told)
    expect(tablet.page.locator(".history li strong").first).to_have_text(told)
    assert told_of(tablet, year) == []


@pytest.mark.parametrize("year", [2015, again(2035)])
def test_a_tablet_whose_clock_the_server_corrected_counts_its_days_of_work_by_the_true_time(
    tablet: Tablet, year: int
) -> None:
    enrol_and_then_stand_in(tablet, year)
    row = correct_a_household(tablet)
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    tablet.sync()
    assert told_of(tablet, year) == []
    tablet.go(f"#/record/{row['id']}")
    assert told_of(tablet, year) == []
    tablet.go("#/receipts")
    expect(tablet.page.locator("main .day h2").first).to_have_text(f"{datetime.now(VIETNAM):%d/%m/%Y}")
    expect(tally(tablet, "Máy chủ đếm được")).to_have_text(["1", "0"])
    expect(tablet.page.locator(".notice-danger, .notice-plain")).to_have_count(0)
    assert told_of(tablet, year) == []


@pytest.mark.parametrize("year", [2015, again(2035)])
def test_what_is_not_finished_yet_is_told_by_the_true_time_too(tablet: Tablet, tmp_path: Path, year: int) -> None:
    enrol_and_then_stand_in(tablet, year)
    start_a_need_at_its_photos(tablet)
    tablet.add_photo("housing_need", "photo_front", a_photo(tmp_path))
    kept = {tablet.rows("drafts")[0]["changed_at"], tablet.rows("photos")[0]["taken_at"]}
    assert all(abs(datetime.fromisoformat(at) - datetime.now(UTC)) < timedelta(hours=2) for at in kept), kept
    tablet.go("#/")
    expect(tablet.page.locator("main")).to_contain_text(f"{datetime.now(VIETNAM):%d/%m/%Y}")
    assert told_of(tablet, year) == []


MOMENTS = inside("""
  const { backup } = await load("person/backup.js");
  const { markRefused } = await load("wire/upload.js");
  const { Refused } = await load("wire/wire.js");
  const { recover, tidy } = await load("records/recovery.js");
  const lines = async ({ blob }) => new Response(blob.stream().pipeThrough(new DecompressionStream("gzip"))).text();
  const file = await backup({ store, session });
  const [photo] = await store.raw("photos");
  await markRefused(store, photo, new Refused(413, { code: "too_big", message: "x" }));
  const refused = (await store.rawOne("photos", photo.sha256)).refused.at;
  await tidy({ store, session });
  const [draft] = await store.raw("drafts");
  await new Promise((done) => {
    indexedDB.open(store.name).onsuccess = ({ target: { result: opened } }) => {
      const lost = opened.transaction("drafts", "readwrite");
      lost.objectStore("drafts").delete(draft.id);
      lost.oncomplete = done;
    };
  });
  const lost = await recover(store);
  const { made_at } = JSON.parse((await lines(file)).split("\\n")[0]);
  return { made_at, name: file.name.slice(-21, -9), refused, lost: lost.at };
""")


@pytest.mark.parametrize("year", [2015, again(2035)])
def test_backups_refused_photos_and_losses_are_dated_by_the_true_time(
    tablet: Tablet, tmp_path: Path, year: int
) -> None:
    enrol_and_then_stand_in(tablet, year)
    start_a_need_at_its_photos(tablet)
    tablet.add_photo("housing_need", "photo_front", a_photo(tmp_path))
    told = tablet.page.evaluate(MOMENTS)
    name = datetime.strptime(told.pop("name"), "%Y%m%d%H%M").replace(tzinfo=UTC)
    for at in (name, *map(datetime.fromisoformat, told.values())):
        assert abs(at - datetime.now(UTC)) < timedelta(hours=2), (name, told)


EARLIER = inside("""
  const [{ id }] = await store.all("changes");
  await store.write(["changes"], (rows) => rows("changes").amend(id, { made_at: "2015-08-01T07:30:00.000Z" }));
  const { right, ...counts } = session.counts;
  await session.keep({ counts: { ...counts, days: { "2015-08-01": { changes: 1, photos: 0 } } } });
""")


@a_walk
def test_what_an_earlier_version_counted_by_a_wrong_clock_is_counted_by_the_true_time_from_the_next_sync_on(
    tablet: Tablet,
) -> None:
    enrol_and_then_stand_in(tablet, 2015)
    correct_a_household(tablet)
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    tablet.sync()
    tablet.page.evaluate(EARLIER)
    tablet.go("#/receipts")
    day = tablet.page.locator("main .day h2").first
    expect(day).to_have_text("01/08/2015")
    expect(tally(tablet, "Máy chủ đếm được")).to_have_text(["1", "0"])
    tablet.sync()
    tablet.go("#/receipts")
    expect(day).to_have_text(f"{datetime.now(VIETNAM):%d/%m/%Y}")
    expect(tally(tablet, "Máy chủ đếm được")).to_have_text(["1", "0"])
