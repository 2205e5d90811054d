"""Nobody types into a view on its way out: what it kept is all that was typed. One that stays can be typed in again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.tablet.acts import send_back
from tests.tablet.conftest import Tablet
from tests.tablet.on_disk import FULL

HOLD = """async () => {
  const database = await new Promise((resolve) => {
    const request = indexedDB.open("fieldapp");
    request.onsuccess = () => resolve(request.result);
  });
  const transaction = database.transaction("drafts", "readwrite");
  const drafts = transaction.objectStore("drafts");
  const again = () => { if (!window.letGo) drafts.count().onsuccess = again; };
  await new Promise((held) => { drafts.count().onsuccess = () => { again(); held(); }; });
  transaction.oncomplete = () => database.close();
}"""
"""The drafts can be neither read nor written until ``window.letGo``: whoever leaves a form or opens one waits."""


def opened(tablet: Tablet, where: str) -> str:
    """A view that may be typed in is shown; gives its field."""
    home = next(row for row in tablet.rows("records") if row["survey"] == "household")
    if where == "reply":
        send_back(tablet, home)
        tablet.sync()
    tablet.go(f"#/{where}/{home['id']}")
    field = {
        "edit": ".part:visible input[type=text] >> nth=0",
        "members": "#household_member-name",
        "reply": "#reply-",
    }[where]
    tablet.page.locator(field).wait_for()
    return field


@pytest.mark.parametrize("where", ["edit", "members", "reply"])
def test_nobody_types_into_a_view_on_its_way_out(tablet: Tablet, where: str) -> None:
    tablet.enrol()
    field = tablet.page.locator(opened(tablet, where))
    field.fill("Bàn Thị Mẩy")
    tablet.page.evaluate(HOLD)
    field.focus()
    tablet.go("#/")
    expect(field).not_to_be_focused()  # it is being left: that waits for the drafts
    field.evaluate("(field) => field.focus()")  # a tap does no more
    tablet.page.keyboard.type("9")
    assert field.input_value() == "Bàn Thị Mẩy"
    tablet.page.evaluate("window.letGo = true")
    expect(tablet.page.locator("h1")).to_have_text("Việc cần làm")
    assert "Bàn Thị Mẩy" in str(tablet.rows("drafts"))
    expect(tablet.page.locator("main")).not_to_have_attribute("inert", "")


def test_a_form_that_cannot_be_left_is_typed_in_again_where_it_was(tablet: Tablet) -> None:
    tablet.enrol()
    field = tablet.page.locator(opened(tablet, "edit"))
    tablet.page.evaluate(FULL)
    field.fill("Bàn Thị")
    tablet.go("#/")
    expect(tablet.page.locator(".notice-danger")).to_be_visible()
    expect(field).to_be_focused()
    tablet.page.keyboard.press("End")
    tablet.page.keyboard.type(" Mẩy")
    expect(field).to_have_value("Bàn Thị Mẩy")
    tablet.page.evaluate("window.makeRoom()")
