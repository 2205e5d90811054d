"""A visit that contradicts the others to the same house is asked about on the tablet, where the mend is cheap."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.tablet.conftest import Tablet


def test_a_day_before_the_last_visit_is_asked_about_until_it_is_another(tablet: Tablet) -> None:
    tablet.enrol()
    visits = [row for row in tablet.rows("records") if row["survey"] == "progress_visit"]
    visit = max(visits, key=lambda row: str(row["values"]["visited_on"]))
    tablet.offline()
    tablet.go(f"#/new/progress_visit/{visit['values']['household']}")
    tablet.page.locator(".part:visible").wait_for()
    told = tablet.question("progress_visit", "visited_on")
    tablet.answer("progress_visit", "visited_on", "01/01/2021")
    expect(told).to_contain_text("Ngày có đúng không?")
    year, month, day = visit["values"]["visited_on"].split("-")
    tablet.answer("progress_visit", "visited_on", f"{day}/{month}/{year}")
    expect(told).not_to_contain_text("Ngày có đúng không?")
