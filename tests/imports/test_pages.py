"""An administrator's story: the commune's list from the file to the undo, on the pages and with the commands."""

from __future__ import annotations

import io
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from fieldapp.db import db
from fieldapp.imports import KINDS, fields
from fieldapp.instance.waiting_files import folder
from fieldapp.reports.other_support import given
from fieldapp.surveys import Household, OtherSupport
from tests.commands.conftest import ask, elsewhere, run
from tests.imports.conftest import Village
from tests.imports.test_households import NEW, row_of
from tests.pages import Page, check_page

__all__ = ["ask", "elsewhere", "run"]

Listed = Callable[..., Path]
WRONG = (3, "Lý Văn B", 1980, None, "Klingon", None, 3, "Nghèo", None, None)


@pytest.fixture
def admin(as_: Callable[[str], FlaskClient]) -> FlaskClient:
    client = as_("quan")
    client.set_cookie("lang", "vi")
    return client


def posted(form: Page) -> dict[str, Any]:
    """What the form with selects sends as it was drawn."""
    found = {each.get("name"): each.get("value", "") for each in form.all(".//form//input[@name]")}
    for select in form.all(".//form//select"):
        chosen = [option.get("value") for option in select.iter("option") if option.get("selected") is not None]
        found[select.get("name")] = chosen[0] if chosen else ""
    return {name: value for name, value in found.items() if name not in ("lenient", "next", "csrf_token")}


def households() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Household)) or 0


def test_a_list_is_mapped_looked_at_answered_taken_and_undone(
    admin: FlaskClient, listed: Listed, village: Village
) -> None:
    before = households()
    path = listed(NEW, WRONG, row_of(village, members=village.known["members"] + 1), day="31/12/2015")
    with path.open("rb") as file:
        begun = admin.post("/admin/lists", data={"kind": "households", "file": (file, path.name)})
    columns = check_page(admin.get(begun.location).get_data(as_text=True), "vi")
    assert "NGUYỄN VĂN TÂN" in columns.text
    looked = admin.post(begun.location, data=posted(columns), follow_redirects=True)
    rows = check_page(looked.get_data(as_text=True), "vi")
    assert "Nhập 1 dòng" in rows.text
    number = re.findall(r"/admin/lists/(\d+)/columns", looked.get_data(as_text=True))[0]
    there = f"/admin/lists/{number}"
    means = {"word-household.ethnic_group-klingon": "kinh"}
    explained = check_page(admin.post(f"{there}/words", data=means, follow_redirects=True).get_data(as_text=True), "vi")
    assert "Nhập 2 dòng" in explained.text
    doubt = check_page(admin.get(f"{there}?fate=doubt").get_data(as_text=True), "vi")
    assert "31/12/2015" in doubt.text
    admin.post(f"{there}/choices", data={"row": "11", "choice-11": "take"})
    assert "Nhập 3 dòng" in admin.get(there).get_data(as_text=True)
    assert households() == before
    admin.post(f"{there}/taking")
    db.session.rollback()
    assert households() == before + 2
    assert "Lý Văn B" in admin.get(f"{there}/fates.csv").get_data(as_text=True)
    taken = admin.get(there).get_data(as_text=True)
    [undo] = re.findall(r'action="(/admin/batches/\d+/exclusion)"', taken)
    admin.post(undo)
    db.session.rollback()
    assert households() == before
    assert "hoàn tác" in admin.get(there).get_data(as_text=True)
    assert path.name in check_page(admin.get("/admin/lists").get_data(as_text=True), "vi").text


@pytest.mark.parametrize(("seconds", "at_work"), [(-10, True), (-3600, False), (3600 * 24 * 365, False)])
def test_work_that_ended_with_its_server_is_not_waited_for_whatever_the_clock_says_since(
    admin: FlaskClient, listed: Listed, seconds: int, at_work: bool
) -> None:
    path = listed(NEW)
    with path.open("rb") as file:
        there = admin.post("/admin/lists", data={"kind": "households", "file": (file, path.name)}).location
    number = re.findall(r"/admin/lists/(\d+)", there)[0]
    left = folder() / f"list-{number}.json"
    left.write_text('{"done": 1, "whole": 9}', encoding="utf-8")
    os.utime(left, (time.time() + seconds,) * 2)
    assert ("Refresh" in admin.get(f"/admin/lists/{number}").headers) is at_work


def test_what_is_no_list_is_a_sentence_on_the_page_and_only_administrators_import(
    admin: FlaskClient, as_: Callable[[str], FlaskClient], tmp_path: Path
) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"%PDF-1.7")
    with (tmp_path / "a.xlsx").open("rb") as file:
        answer = admin.post("/admin/lists", data={"kind": "households", "file": (file, "a.xlsx")})
    assert answer.status_code == 400
    assert check_page(answer.get_data(as_text=True), "vi").all(".//*[@role='alert']")
    assert as_("binh").get("/admin/lists").status_code == 403
    for address in ("/admin/lists/99", "/admin/lists/99/columns", "/admin/lists/99/fates.csv"):
        assert admin.get(address).status_code == 404


OTHERS = {
    "indicators": ("Chỉ số,Thời điểm,Giá trị\nSố hộ nghèo,2025,12\n", "Chỉ số của xã, huyện hoặc tỉnh"),
    "places": ("Mã xã,STT,Tên thôn\n01858,1,Thôn Nà Vài\n", "trang “Địa bàn”"),
    "nothing": ("a,b\n1,2\n", "Không tìm thấy dòng tiêu đề"),
}


@pytest.mark.parametrize("given", OTHERS)
def test_a_list_of_another_kind_than_was_chosen_is_told_which_it_is(admin: FlaskClient, given: str) -> None:
    content, says = OTHERS[given]
    sent = (io.BytesIO(content.encode()), "a.csv")
    answer = admin.post("/admin/lists", data={"kind": "households", "file": sent})
    told = check_page(answer.get_data(as_text=True), "vi").all(".//*[@role='alert']")
    assert (answer.status_code, says in "".join(told[0].itertext())) == (400, True), "".join(told[0].itertext())


def test_the_commands_import_and_undo(ask: Callable[..., Any], run: Callable[..., Any], listed: Listed) -> None:
    path = listed(NEW, WRONG)
    before = households()
    db.session.rollback()
    dry = ask("import", "households", path, "--dry-run")
    assert (dry["new"], dry["wrong"], dry["batch"], dry["rows"][0]["row"]) == (1, 1, None, 10)
    done = ask("import", "households", path)
    db.session.rollback()
    assert households() == before + 1
    run("import", "undo", done["id"])
    db.session.rollback()
    assert households() == before
    assert "No columns" not in run("import", "list").output
    db.session.rollback()


def test_every_question_that_a_column_can_hold_has_a_name() -> None:
    assert all(str(field.label) for kind in KINDS for field in fields(kind).values())


def test_indicators_of_another_office_are_told_looked_at_taken_and_undone(admin: FlaskClient, tmp_path: Path) -> None:
    path = tmp_path / "chỉ tiêu.csv"
    path.write_text("Địa phương;Cụm loa;Hộ nghèo\nToàn tỉnh;687;19.775\nPhố Huyện;3;4\n", encoding="utf-8")
    with path.open("rb") as file:
        begun = admin.post("/admin/lists", data={"kind": "indicators", "file": (file, path.name)})
    columns = check_page(admin.get(begun.location).get_data(as_text=True), "vi")
    refused = admin.post(begun.location, data=posted(columns))
    assert refused.status_code == 400
    assert (
        "cột nào là, hoặc ghi chung cho mọi dòng: Thời điểm, Nguồn"
        in check_page(refused.get_data(as_text=True), "vi").text
    )
    said = {"every-place_indicator.period": "2024", "every-place_indicator.source": "Sở Thông tin và Truyền thông"}
    looked = admin.post(begun.location, data={**posted(columns), **said}, follow_redirects=True)
    assert "Nhập 1 dòng" in check_page(looked.get_data(as_text=True), "vi").text
    there = begun.location.removesuffix("/columns")
    means = {"word-place.commune-pho huien": "061@2023"}
    explained = admin.post(f"{there}/words", data=means, follow_redirects=True).get_data(as_text=True)
    assert "Nhập 2 dòng" in check_page(explained, "vi").text
    admin.post(f"{there}/taking")
    assert "Huyện Ba Bể" in check_page(admin.get(f"{there}?fate=new").get_data(as_text=True), "vi").text
    listed = check_page(admin.get("/figures/indicators/?year=2024").get_data(as_text=True), "vi").text
    assert "687" in listed
    assert "Sở Thông tin và Truyền thông" in listed
    [undo] = re.findall(r'action="(/admin/batches/\d+/exclusion)"', admin.get(there).get_data(as_text=True))
    admin.post(undo)
    assert "687" not in admin.get("/figures/indicators/?year=2024").get_data(as_text=True)


def test_other_support_of_another_office_comes_by_page_and_by_command(
    admin: FlaskClient, ask: Callable[..., Any], run: Callable[..., Any], village: Village, tmp_path: Path
) -> None:
    path = tmp_path / "tiền điện.csv"
    born = village.known["birth_date"][:4]
    path.write_text(
        "DANH SÁCH HỘ ĐƯỢC HỖ TRỢ TIỀN ĐIỆN NĂM 2023;;;;;;;\nTT;Chủ hộ;Năm sinh;Thôn;Xã;Số tháng;Số tiền;Nguồn\n"
        f"1;{village.known['head_name']};{born};{village.name};{village.commune};12;660.000;NSTW\n"
        f"2;Nông Văn Vắng;1950;{village.name};{village.commune};12;660.000;NSTW\n",
        encoding="utf-8",
    )
    with path.open("rb") as file:
        begun = admin.post("/admin/lists", data={"kind": "support", "file": (file, path.name)})
    columns = check_page(admin.get(begun.location).get_data(as_text=True), "vi")
    looked = admin.post(begun.location, data=posted(columns), follow_redirects=True)
    assert "Nhập 1 dòng" in check_page(looked.get_data(as_text=True), "vi").text
    wrong = admin.get(begun.location.replace("/columns", "?fate=wrong")).get_data(as_text=True)
    assert "Nông Văn Vắng" in check_page(wrong, "vi").text
    db.session.rollback()
    done = ask("import", "support", path)
    assert (done["new"], done["wrong"]) == (1, 1)
    db.session.rollback()
    here = db.session.scalars(
        sa.select(OtherSupport).where(OtherSupport.amount == 660_000, OtherSupport.year == 2023)
    ).all()
    assert [(one.policy, one.year, one.quantity, one.unit, one.household) for one in here] == [
        ("tien_dien", 2023, 12, "luot", village.known["id"])
    ]
    counted = [one.quantity for one in given(db.session(), None) if (one.policy, one.year) == ("tien_dien", 2023)]
    assert counted == [12]
    db.session.rollback()
    run("import", "undo", done["id"])
    assert ask("import", "support", path, "--dry-run")["new"] == 1
    db.session.rollback()
