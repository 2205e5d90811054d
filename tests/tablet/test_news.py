"""Who worked on a record is told what others did to it since, however the news came."""

from __future__ import annotations

from playwright.sync_api import expect

from fieldapp import intake, people
from fieldapp.db import begin_writing, db
from sync import Journal
from tests.tablet.conftest import Tablet
from tests.tablet.test_trouble import correct_a_household


def test_what_others_changed_is_told_also_when_it_came_with_a_download_of_the_whole_record(tablet: Tablet) -> None:
    tablet.enrol()
    row = correct_a_household(tablet)
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    with tablet.server.app.app_context():
        begin_writing()
        intake.save("household", row["id"], {"head_name": "Nông Văn Mới"}, account=people.find_account("lan"))
        Journal(db.session.connection()).new_epoch()  # what changed since is not told step by step
        db.session.commit()
    tablet.sync()
    assert tablet.rows("pulled") == []
    tablet.offline()
    tablet.go(f"#/record/{row['id']}")
    expect(tablet.page.locator("h1")).to_have_text("Nông Văn Mới")
    told = tablet.page.locator(".notice", has_text="Có người khác đã sửa sau anh/chị")
    expect(told.locator("li")).to_have_count(1)
    expect(told.locator("li")).to_contain_text("Ở nơi khác: Họ và tên chủ hộ")
