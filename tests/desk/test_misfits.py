"""A visit that contradicts the others to the same house: asked about where it is entered, told where it is reviewed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from fieldapp.db import db
from fieldapp.surveys import ProgressVisit
from fieldapp.vietnamese import show_date
from sync import new_record_id
from tests.desk.conftest import Desk
from tests.desk.test_records import filled
from tests.pages import Page, check_page, words

LATER = "Đã có lần kiểm tra sau ngày này"


def begun(desk: Desk) -> tuple[str, str, date]:
    """A later visit to a house, and one of before, with its day."""
    with desk.inside():
        last = db.session.scalars(sa.select(ProgressVisit).where(ProgressVisit.need_type.is_not(None))).first()
        assert last
        assert last.visited_on
        before, day = last.id, date.fromisoformat(last.visited_on)
        about = {"household": last.household, "need": last.need, "need_type": last.need_type}
    later = new_record_id()
    desk.save("progress_visit", later, {**about, "visited_on": "2026-11-01"}, "quan")
    return later, before, day


def test_a_visit_before_the_last_one_is_told_to_who_reviews_it(desk: Desk, page: Callable[..., Page]) -> None:
    later, before, _day = begun(desk)
    assert f"{LATER}: ngày 01/11/2026" in page(f"/records/{before}", who="quan").text
    assert LATER not in page(f"/records/{later}", who="quan").text


def test_a_visit_dated_before_the_last_one_is_asked_about_at_the_desk_until_it_is_said_to_be_right(
    desk: Desk, page: Callable[..., Page], as_: Callable[[str], FlaskClient]
) -> None:
    _later, before, day = begun(desk)
    form = filled(page(f"/records/{before}/edit", who="quan"))
    form.setlist("visited_on", [show_date((day + timedelta(days=1)).isoformat())])

    def sent(*more: tuple[str, str]) -> Any:
        return as_("quan").post(f"/records/{before}/edit", data=MultiDict([*form.items(multi=True), *more]))

    answer = sent()
    assert answer.status_code == 422
    asked = check_page(answer.get_data(as_text=True), "vi")
    assert any(LATER in words(each) for each in asked.all(".//section[@role='alert']"))
    said = [button.get("value") or "" for button in asked.all(".//button[@name='confirmed']")]
    assert sent(*(("confirmed", each) for each in said)).status_code == 302
