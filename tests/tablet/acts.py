"""What tests of tablets do to records of the sample: correct one, send one back, start a form."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from playwright.sync_api import expect

from fieldapp.db import begin_writing, db
from fieldapp.people import Account, Device
from fieldapp.review import decide
from fieldapp.surveys import SURVEYS
from tests.tablet.conftest import Tablet
from tests.tablet.inside import inside

PUSH = "**/sync/v1/push"


def fill_in_a_correction(tablet: Tablet, members: str = "7") -> dict[str, Any]:
    """Change one answer of a household of the sample, as a whole form; gives the record as it was."""
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    tablet.go(f"#/edit/{row['id']}")
    tablet.page.locator(".contents summary").click()
    tablet.page.get_by_role("button", name="Nhân khẩu của hộ").click()
    tablet.answer("household", "members", members)
    tablet.page.locator(".contents summary").click()
    tablet.page.locator(".contents button").last.click()
    tablet.next_part()
    expect(tablet.page.locator(".toast-line")).to_contain_text("Đã lưu trên máy này")
    return row


def correct_a_household(tablet: Tablet, members: str = "7", **more: Any) -> dict[str, Any]:
    """The same correction without its form, which need not be filled in for each test of what becomes of it; the app
    shows the record then, and sends it.
    """
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    tablet.page.evaluate(CORRECT, {"id": row["id"], "answers": {"members": int(members), **more}})
    tablet.go(f"#/record/{row['id']}")
    tablet.page.locator(".badges").first.wait_for()
    return row


CORRECT = inside("""
  const { settle } = await load("records/records.js");
  const forms = await (await fetch(new URL("forms.vi.json", base))).json();
  await settle({ store, session, forms }, await store.get("records", given.id), given.answers);
  sync.nudge();
""")


def tablets() -> sa.Select[tuple[Device]]:
    """All of the server, those of tests before included: which of them is this one does not matter."""
    return sa.select(Device).where(Device.kind == "tablet", Device.revoked_at.is_(None))


def start_a_need_at_its_photos(tablet: Tablet) -> None:
    tablet.page.locator("#tabs").get_by_role("link").first.wait_for()
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    tablet.go(f"#/new/housing_need/{row['id']}")
    tablet.fill_part("housing_need")
    tablet.page.locator(".contents summary").click()
    tablet.page.locator(".contents button").last.click()
    tablet.question("housing_need", "photo_front").wait_for()


def send_back(tablet: Tablet, row: dict[str, Any]) -> None:
    """A supervisor returns a record, with a comment on one answer."""
    with tablet.server.app.app_context():
        begin_writing()
        record = db.session.get_one(SURVEYS["household"], row["id"])
        binh = db.session.scalars(sa.select(Account).where(Account.username == "binh")).one()
        heads = {head for heads in record.heads.values() for head in heads}
        pin = {"question": "members", "text": "Đếm lại số khẩu giúp tôi."}
        decide(record, "return", account=binh, seen=heads, comment="Xem lại giúp.", pinned=[pin])  # type: ignore[list-item]
        db.session.commit()
