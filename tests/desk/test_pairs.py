"""Two entries of one household at the desk: listed, compared side by side, judged, and taken apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from fieldapp.db import db
from fieldapp.review import pairs
from fieldapp.surveys import Household, questions
from fieldapp.web.records.alike import AGAINST, WORDS
from fieldapp.web.records.joined import told
from tests.desk.conftest import Desk
from tests.pages import Page


def twins(desk: Desk) -> tuple[str, str]:
    """A household of the supervisor's, and another entry of it that somebody makes now."""
    home, twin = desk.one("household", "waiting"), str(uuid4())
    with desk.inside():
        found = db.session.get(Household, home)
        assert found
        known = {name: value for name in questions("household") if (value := getattr(found, name)) is not None}
    desk.save("household", twin, {**known, "citizen_id": "006071999999"})
    return home, twin


def test_where_no_two_look_like_one_the_page_says_that_alone(desk: Desk, page: Callable[..., Page]) -> None:
    assert "giống nhau nhất" not in page("/pairs").text
    twins(desk)
    assert "giống nhau nhất" in page("/pairs").text


def test_a_pair_is_listed_compared_merged_and_taken_apart(
    desk: Desk, as_: Callable[[str], Any], page: Callable[..., Page]
) -> None:
    home, twin = twins(desk)
    with desk.inside():
        one, other = pairs.ordered(home, twin)
    assert f"/pairs/{one}/{other}" in page("/pairs").html
    assert f"/pairs/{home}/{twin}" in page(f"/records/{home}").html
    address, binh = f"/pairs/{home}/{twin}", as_("binh")
    assert "006071999999" in page(address).html
    done = binh.post(address, data={"verdict": "same", "kept": home, "seen": ""})
    assert done.location == f"/records/{home}"
    assert binh.get(f"/records/{twin}").location == f"/records/{home}"
    assert page(f"/records/{twin}?entry=1").html.count("/pairs/") == 1
    assert binh.post(address, data={"verdict": "open", "kept": home, "seen": ""}).status_code == 409
    with desk.inside():
        seen = " ".join(pairs.heads_of(pairs.pairing_of(home, twin)))
    assert binh.post(address, data={"verdict": "open", "kept": home, "seen": seen}).status_code == 302
    assert desk.status("household", twin) == "waiting"


def test_an_entry_that_was_changed_after_it_was_joined_is_marked_to_be_compared(
    desk: Desk, as_: Callable[[str], Any], page: Callable[..., Page]
) -> None:
    home, twin = twins(desk)
    as_("binh").post(f"/pairs/{home}/{twin}", data={"verdict": "same", "kept": home, "seen": ""})
    assert "sửa sau khi ghép" not in page(f"/records/{home}").text
    desk.save("household", twin, {"remarks": "Đã xây thêm bếp"})
    assert "sửa sau khi ghép" in page(f"/records/{home}").text


def test_what_only_speaks_against_two_entries_is_not_called_alike() -> None:
    alike = next(word for word in WORDS if word not in AGAINST)
    assert told(AGAINST) == ""
    assert str(WORDS[AGAINST[0]]) in told([alike, *AGAINST])


def test_nobody_but_who_decides_there_says_that_two_entries_are_one(desk: Desk, as_: Callable[[str], Any]) -> None:
    home, twin = twins(desk)
    form = {"verdict": "same", "kept": home, "seen": ""}
    assert as_("lan").post(f"/pairs/{home}/{twin}", data=form).status_code == 403
    elsewhere = desk.elsewhere("household")
    assert as_("binh").post(f"/pairs/{home}/{elsewhere}", data=form).status_code == 404
    assert as_("binh").post(f"/pairs/{home}/{home}", data=form).status_code == 404
