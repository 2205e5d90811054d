"""What others wrote about records of a batch that was undone is told where it was undone, and loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from fieldapp import batches, intake
from fieldapp.db import db
from fieldapp.surveys import Household
from sync import new_record_id
from tests.desk.conftest import Desk
from tests.pages import Page

HEAD = "Lý Thị Hoa"


def of_own_batch(desk: Desk, survey: str, answers: dict[str, Any], who: str) -> tuple[str, int]:
    """A new record, and the number of the batch in which it came."""
    record = new_record_id()
    desk.save(survey, record, answers, who)
    with desk.inside():
        return record, intake.journal().batches(1)[0].id


def test_what_others_wrote_about_records_of_an_undone_batch_is_listed_until_it_counts_again(
    desk: Desk, decide: Callable[..., Any], as_: Callable[[str], FlaskClient], page: Callable[..., Page]
) -> None:
    with desk.inside():
        village = db.session.scalar(sa.select(Household.area).where(Household.area.is_not(None)).order_by(Household.id))
    home, number = of_own_batch(desk, "household", {"village": village, "head_name": HEAD, "members": 4}, "lan")
    assert decide(home, "approve", survey="household", who="hue").status_code == 302
    given = {"household": home, "policy": "tien_dien", "year": 2025, "amount": 660_000}
    support, _batch = of_own_batch(desk, "other_support", given, "hue")
    as_("quan").post(f"/admin/batches/{number}/exclusion")
    told = page(f"/admin/batches/{number}", "quan")
    assert "2 bản ghi" in told.text
    assert "Quyết định" in told.text
    assert f"/records/{support}" in told.html
    page(f"/admin/batches/{number}", "quan", "en")
    page(f"/records/{support}", "hue")
    with desk.inside():
        left = batches.left_behind(number)
        assert {each.survey for each in left} == {"decision", "other_support"}
    as_("quan").post(f"/admin/batches/{number}/inclusion")
    assert f"/records/{support}" not in page(f"/admin/batches/{number}", "quan").html
    assert desk.answer("household", home, "head_name") == HEAD
    assert desk.status("household", home) == "approved"
    with desk.inside():
        assert batches.left_behind(number) == []


def test_a_batch_whose_records_others_have_too_leaves_nothing_behind(desk: Desk, as_: Callable[[str], Any]) -> None:
    home = desk.one("household", "approved")
    desk.save("household", home, {"members": 9})
    with desk.inside():
        number = intake.journal().batches(1)[0].id
    as_("quan").post(f"/admin/batches/{number}/exclusion")
    with desk.inside():
        assert batches.left_behind(number) == []
