"""A record withdrawn by one while another changed it: told in words, and settled on the tablet either way."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from fieldapp import intake
from fieldapp.db import begin_writing, db
from fieldapp.people import Account
from fieldapp.surveys import SURVEYS
from tests.again import again
from tests.tablet.conftest import Tablet
from tests.tablet.inside import inside

SETTLE = inside("""
  const { settle } = await load("records/records.js");
  const forms = await (await fetch(new URL("forms.vi.json", base))).json();
  await settle({ store, session, forms }, await store.get("records", given.id), given.answers);
""")
BOX = ".notice:has(.rivals)"


def member(tablet: Tablet) -> dict[str, Any]:
    return next(row for row in tablet.rows("records") if row["survey"] == "household_member")


def on_the_server(tablet: Tablet, record: str, answers: dict[str, Any], seen: dict[str, list[str]]) -> None:
    """Somebody in the office who knew of these heads only."""
    with tablet.server.app.app_context():
        begin_writing()
        lan = db.session.scalars(sa.select(Account).where(Account.username == "lan")).one()
        intake.save("household_member", record, answers, account=lan, knowing=seen)
        db.session.commit()


def in_doubt(tablet: Tablet, way: str) -> dict[str, Any]:
    """A member whose entry was withdrawn while its name was changed, as this tablet knows it, without network."""
    tablet.enrol()
    row = member(tablet)
    name = row["values"]["name"] + " Anh"
    tablet.offline()
    if way == "changed here":
        tablet.page.evaluate(SETTLE, {"id": row["id"], "answers": {"name": name}})
        on_the_server(tablet, row["id"], {"_withdrawn": True}, row["heads"])
    elif way == "withdrawn here":
        tablet.page.evaluate(SETTLE, {"id": row["id"], "answers": {"_withdrawn": True}})
        on_the_server(tablet, row["id"], {"name": name}, row["heads"])
    else:
        on_the_server(tablet, row["id"], {"_withdrawn": True}, row["heads"])
        on_the_server(tablet, row["id"], {"name": name}, {**row["heads"], "_withdrawn": []})
    tablet.offline(False)
    if way == "first download":
        tablet.page.evaluate(FORGET)
        tablet.page.reload()
        tablet.page.locator("#tabs a").first.wait_for()
    tablet.sync()
    tablet.offline()
    found = next(each for each in tablet.rows("records") if each["id"] == row["id"])
    assert list(found["conflicts"]) == ["_withdrawn"]
    tablet.go(f"#/record/{row['id']}")
    return found


FORGET = """async () => {
  const request = indexedDB.open("fieldapp");
  const database = await new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const names = ["records", "cursors", "pulled", "lists"];
  const transaction = database.transaction(names, "readwrite");
  for (const name of names) transaction.objectStore(name).clear();
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  database.close();
}"""


@pytest.mark.parametrize(
    ("way", "gone"), [again("changed here", False), ("withdrawn here", True), again("first download", False)]
)
def test_a_record_withdrawn_by_one_and_changed_by_another_is_settled_either_way_without_network(
    tablet: Tablet, way: str, gone: bool
) -> None:
    row = in_doubt(tablet, way)
    box = tablet.page.locator(BOX)
    expect(box.locator("h2")).to_have_text("Người này rút, người kia sửa")
    expect(box.locator("li")).to_have_count(2)
    expect(box.locator("li .quiet")).to_have_count(2)
    expect(tablet.page.locator("main")).not_to_contain_text("_withdrawn")
    tablet.page.on("dialog", lambda dialog: dialog.accept())
    box.get_by_role("button", name="Rút bản ghi" if gone else "Giữ lại bản ghi").click()
    expect(box).to_have_count(0)
    expect(tablet.page.locator(".toast-line")).to_contain_text("sẽ được gửi khi có mạng")
    expect(tablet.page.locator("main")).not_to_contain_text("_withdrawn")

    here = next(each for each in tablet.rows("records") if each["id"] == row["id"])
    assert (here["withdrawn"], here["conflicts"]) == (gone, {})
    change = json.loads(max(tablet.rows("changes"), key=lambda each: each["seq"])["text"])
    assert change["answers"] == {"_withdrawn": gone}
    assert change["base"] == {question: sorted(ids) for question, ids in row["heads"].items()}
    assert "_withdrawn" in change["base"]

    tablet.offline(False)
    tablet.sync()
    with tablet.server.app.app_context():
        record = db.session.get_one(SURVEYS["household_member"], row["id"])
        assert (record.withdrawn, record.conflicts) == (gone, {})


def test_a_withdrawal_elsewhere_is_called_by_its_name_in_the_history_and_in_what_others_did(tablet: Tablet) -> None:
    row = in_doubt(tablet, "changed here")
    told = tablet.page.locator(".notice", has_text="Có người khác đã sửa sau anh/chị")
    expect(told).to_contain_text("Ở nơi khác: Rút bản ghi")
    expect(tablet.page.locator(".history")).to_contain_text("Ở nơi khác: Rút bản ghi")
    tablet.go(f"#/members/{row['values']['household']}/{row['id']}")
    tablet.page.locator("#household_member-name").wait_for()
    expect(tablet.page.locator("main")).not_to_contain_text("_withdrawn")
