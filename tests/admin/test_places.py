"""An official list by the administrator's page: looked at, asked about, taken, undone."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.pages import Page, check_page, words

Sit = Callable[[str], FlaskClient]
SENT = "commune_code,number,name\n1858,7,BẢN CÁM\n"


@pytest.fixture
def admin(as_: Sit) -> FlaskClient:
    client = as_("quan")
    client.set_cookie("lang", "vi")
    return client


def look(admin: FlaskClient, content: str, kind: str = "villages") -> Page:
    form = {"kind": kind, "vintage": "2023", "to_vintage": "2025", "file": (io.BytesIO(content.encode()), "thôn.csv")}
    return check_page(admin.post("/admin/places", data=form).get_data(as_text=True), "vi")


def carried(page: Page) -> dict[str, str]:
    """What the preview sends on, as its form would."""
    return {field.get("name", ""): field.get("value", "") for field in page.all(".//form//input[@type='hidden']")}


def test_a_list_is_looked_at_asked_about_taken_and_undone(admin: FlaskClient, page: Callable[..., Page]) -> None:
    shown = look(admin, SENT)
    assert "số 0 ở đầu" in shown.text
    assert "BẢN CÁM" in shown.text
    form = carried(shown)
    unread = admin.post("/admin/places/imports", data=form)
    assert unread.status_code == 400
    assert "xác nhận tất cả đều đúng" in unread.get_data(as_text=True)
    assert admin.post("/admin/places/imports", data={**form, "meant": "yes"}).status_code == 302
    listed = page("/admin/places", "quan")
    assert "thôn.csv" in listed.text
    [number] = re.findall(r"/admin/places/imports/(\d+)/removal", admin.get("/admin/places").get_data(as_text=True))
    assert admin.post(f"/admin/places/imports/{number}/removal").status_code == 302
    assert "thôn.csv" not in page("/admin/places", "quan").text.replace("hoàn tác việc nhập thôn.csv", "")


@pytest.mark.parametrize(
    "content", ["", "PK\x03\x04", "xã,số\n1,2\n", "commune_code,number,name\n01858,1000,Bản Cám\n"]
)
def test_what_is_no_list_is_refused_on_the_page_with_a_sentence(admin: FlaskClient, content: str) -> None:
    shown = look(admin, content)
    assert shown.all(".//*[@role='alert']")


def test_a_preview_that_was_tampered_with_is_refused_and_breaks_nothing(admin: FlaskClient) -> None:
    for form in ({}, {"content": "§"}, {"content": "QQ==", "vintage": "²", "kind": "x"}):
        assert admin.post("/admin/places/imports", data=form).status_code == 400
    assert admin.post("/admin/places/imports/99/removal").status_code == 404


def test_each_list_counts_the_villages_that_lie_in_it_whichever_list_told_of_them(page: Callable[..., Page]) -> None:
    rows = [words(row).split() for row in page("/admin/places", "quan").all(".//tbody/tr")]
    counted = {year: villages for year, _districts, _communes, villages in rows}
    assert set(counted) == {"2023", "2025"}
    assert "0" not in counted.values()
