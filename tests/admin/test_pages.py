"""The administrator's pages, in both languages, and what each button does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import intake, people
from fieldapp.db import begin_writing, db
from fieldapp.people import Account, Device
from fieldapp.surveys import questions
from fieldapp.surveys.household import Household
from fieldapp.web.shown import answer
from sync import new_record_id
from sync.keys import Keys
from tests.again import again
from tests.pages import Page, check_page, words

Inside = Callable[[], AbstractContextManager[None]]

ADDRESSES = [
    "/admin/", "/admin/?kind=office", "/admin/import", "/admin/held", "/admin/devices", "/admin/people", "/admin/node",
    "/admin/places", "/admin/system", "/admin/devices/backups",
]  # fmt: skip


@pytest.fixture
def inside(app: Flask) -> Inside:
    """Look into the tables, in a transaction of its own."""

    @contextmanager
    def look() -> Iterator[None]:
        with app.app_context():
            yield
            db.session.remove()

    return look


@pytest.mark.parametrize("lang", ["vi", again("en")])
def test_every_page_of_the_administrator_is_a_page(page: Callable[..., Page], lang: str) -> None:
    for path in ADDRESSES:
        page(path, "quan", lang)


def test_they_are_for_administrators_only(as_: Callable[[str], FlaskClient], client: FlaskClient) -> None:
    supervisor = as_("binh")
    for path in ADDRESSES:
        assert supervisor.get(path).status_code == 403, path
        assert client.get(path).status_code == 302, path


def test_each_batch_says_who_brought_it_and_what_became_of_every_change(
    page: Callable[..., Page], inside: Inside
) -> None:
    with inside():
        batches = intake.journal().batches(100, kinds=["wire"])
    held = next(batch for batch in batches if batch.counts.get("held"))
    found = page(f"/admin/batches/{held.id}", "quan")
    assert "Máy tính bảng, qua mạng" in found.text
    lines = found.all(".//ul[@class='changes']/li")
    assert len(lines) == sum(held.counts.values())
    assert "ngoài địa bàn" in words(lines[0]), "what needs a look comes first"


def test_a_change_in_a_batch_is_told_with_names_and_an_impossible_village_as_it_came(
    page: Callable[..., Page], inside: Inside, app: Flask
) -> None:
    with inside():
        newest = intake.journal().batches(1, kinds=["wire"])[0]
    text = page(f"/admin/batches/{newest.id}", "quan").text
    assert not re.search(r"Thôn: 2\d{3}\.|Hộ gia đình: [0-9a-f]{8}-", text)
    with app.test_request_context():
        assert answer(questions("household")["village"], "abc") == "abc"


def test_a_change_of_a_rule_names_its_place_as_people_do(page: Callable[..., Page], inside: Inside) -> None:
    with inside():
        quan, record = people.find_account("quan"), new_record_id()
        begin_writing()
        about = {"place": "01906@2025", "status": "kho_khan"}
        number = intake.save("place_status", record, about, account=quan).batch
        db.session.commit()
    text = page(f"/admin/batches/{number}", "quan").text
    assert "Xã Ba Bể (2025)" in text
    assert "01906@2025" not in text


def test_a_batch_that_does_not_exist_is_not_found(page: Callable[..., Page]) -> None:
    page("/admin/batches/99999", "quan", status=404)


def test_a_held_change_is_released_and_counts(as_: Callable[[str], FlaskClient], inside: Inside) -> None:
    with inside():
        held = intake.journal().held()
        before = db.session.scalar(sa.select(sa.func.count()).select_from(Household))
    answer = as_("quan").post("/admin/rulings", data={"about": held[0].change.id, "verdict": "release"})
    assert answer.status_code == 302
    with inside():
        assert intake.journal().held() == held[1:]
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Household)) == before + 1


def test_a_refused_change_is_kept_and_waits_no_more(as_: Callable[[str], FlaskClient], inside: Inside) -> None:
    with inside():
        change = intake.journal().held()[0].change
    as_("quan").post("/admin/rulings", data={"about": change.id, "verdict": "refuse"})
    with inside():
        assert intake.journal().held() == []
        entry = intake.journal().entry(change.id)
        assert entry is not None
        assert (entry.ruling, entry.change.text) == ("refuse", change.text)


def test_a_record_that_waits_for_its_household_is_listed_until_that_arrives(
    page: Callable[..., Page], inside: Inside
) -> None:
    home, need = new_record_id(1), new_record_id(2)
    with inside():
        quan = people.find_account("quan")
        intake.save("housing_need", need, {"household": home, "visited_on": "2026-07-30"}, account=quan)
        db.session.commit()
    assert home in page("/admin/held", "quan").text
    with inside():
        answers = {"head_name": "Đặng Thị Mến", "village": "2023.01930.001"}
        intake.save("household", home, answers, account=people.find_account("quan"))
        db.session.commit()
    assert home not in page("/admin/held", "quan").text


def test_a_ruling_without_a_choice_is_a_sentence(as_: Callable[[str], FlaskClient]) -> None:
    admin, about = as_("quan"), "0" * 32
    for data in ({}, {"verdict": "release"}, {"about": about}, {"about": about, "verdict": "x"}):
        assert admin.post("/admin/rulings", data=data).status_code == 400, data


def test_an_undone_batch_counts_no_more_until_it_counts_again(
    as_: Callable[[str], FlaskClient], inside: Inside
) -> None:
    with inside():
        number = intake.journal().batches(1, kinds=["wire"])[0].id
        before = db.session.scalar(sa.select(sa.func.count()).select_from(Household))
    admin = as_("quan")
    counts = []
    for act in ("exclusion", "inclusion"):
        assert admin.post(f"/admin/batches/{number}/{act}").status_code == 302
        with inside():
            counts.append(db.session.scalar(sa.select(sa.func.count()).select_from(Household)))
    assert counts[0] < before
    assert counts[1] == before


def test_a_device_is_switched_off(as_: Callable[[str], FlaskClient], page: Callable[..., Page], inside: Inside) -> None:
    with inside():
        device = db.session.scalars(sa.select(Device.id)).first()
    as_("quan").post(f"/admin/devices/{device}/revocation")
    with inside():
        assert db.session.get_one(Device, device).revoked
    assert "Đã khóa" in page("/admin/devices", "quan").text


def test_a_device_that_says_more_than_arrived_is_marked(page: Callable[..., Page], inside: Inside) -> None:
    with inside():
        device = db.session.scalars(sa.select(Device)).first()
        assert device is not None
        device.report = {"said": intake.journal().acked_seq(device.id) + 2}
        db.session.commit()
    assert "Còn 2 thay đổi chưa về đến đây." in page("/admin/devices", "quan").text


def test_a_tablet_that_has_not_said_that_it_is_encrypted_is_marked(page: Callable[..., Page], inside: Inside) -> None:
    with inside():
        first, second, third, *_more = db.session.scalars(sa.select(Device))
        for device in (first, second, third):
            device.last_seen_at = device.enrolled_at
        second.report, third.revoked_at = {"kid": "0123456789abcdef"}, third.enrolled_at
        db.session.commit()
    assert page("/admin/devices", "quan").text.count("chưa báo là đã được mã hóa") == 1


def test_a_tablet_unlocked_with_a_code_is_marked_with_when(page: Callable[..., Page], inside: Inside) -> None:
    with inside():
        device = db.session.scalars(sa.select(Device)).first()
        assert device is not None
        device.report = {"unlocks": ["2026-07-30T01:00:00", "2026-08-01T00:30:00"]}
        db.session.commit()
    shown = page("/admin/devices", "quan").text
    assert shown.index("01/08/2026 07:30") < shown.index("30/07/2026 08:00")


def test_a_person_is_added_and_can_sign_in(as_: Callable[[str], FlaskClient], app: Flask) -> None:
    person = {
        "username": "moi",
        "name": "Lò Văn Mới",
        "role": "supervisor",
        "place": "2023.061",
        "password": "mat-khau-dai",
    }
    assert as_("quan").post("/admin/people", data=person).status_code == 302
    signed_in = app.test_client().post("/sign-in", data={"username": "moi", "password": "mat-khau-dai"})
    assert signed_in.headers["Location"] == "/"


def test_what_cannot_be_is_said_above_the_form_with_what_was_typed(as_: Callable[[str], FlaskClient]) -> None:
    person = {"username": "lan", "name": "Ai Đó", "role": "enumerator", "place": "", "password": "mat-khau-dai"}
    answer = as_("quan").post("/admin/people", data=person)
    assert 400 <= answer.status_code < 500
    assert 'value="Ai Đó"' in answer.get_data(as_text=True)


def test_a_one_time_code_enrols_a_tablet_once(as_: Callable[[str], FlaskClient], inside: Inside, app: Flask) -> None:
    with inside():
        lan = people.find_account("lan").id
    answer = as_("quan").post(f"/admin/people/{lan}/codes")
    code = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", check_page(answer.get_data(as_text=True), "vi").text)
    assert code, "as it is read: a token of the page may hold the like"
    assert re.search(">([0-9a-f]{4} ){3}[0-9a-f]{4}</code>", answer.get_data(as_text=True))
    assert "data:image/svg" in answer.get_data(as_text=True)
    assert "máy tính xã" not in answer.get_data(as_text=True), "only an administrator's code joins a laptop"
    assert answer.headers["Cache-Control"] == "no-store"
    for status in (200, 400):
        told = app.test_client().post("/sync/v1/enrol", json={"code": code[0], "name": "x"})
        assert (told.status_code == 200) == (status == 200)


def test_the_page_of_an_administrator_s_code_says_how_a_laptop_is_joined(
    as_: Callable[[str], FlaskClient], inside: Inside
) -> None:
    with inside():
        quan = people.find_account("quan").id
    told = check_page(as_("quan").post(f"/admin/people/{quan}/codes").get_data(as_text=True), "vi")
    assert "máy tính xã" in told.text
    assert [words(each) for each in told.all(".//p/code")][:2] == ["http://localhost/app/", "http://localhost"]


def test_how_long_a_password_must_be_is_said_as_it_is_asked(as_: Callable[[str], FlaskClient], inside: Inside) -> None:
    shortest = str(people.passwords.SHORTEST_PASSWORD)
    pages = {where: as_("quan").get(where).get_data(as_text=True) for where in ("/admin/people", "/password")}
    told = {where: re.findall(r"Ít nhất (\d+) ký tự", html) for where, html in pages.items()}
    assert told == {where: [shortest] for where in pages}
    for html in pages.values():
        assert set(re.findall(r'minlength="(\d+)"', html)) <= {shortest}


def test_an_account_is_switched_off_and_on_but_never_ones_own(
    as_: Callable[[str], FlaskClient], inside: Inside
) -> None:
    admin = as_("quan")
    with inside():
        ids = {name: people.find_account(name).id for name in ("lan", "quan")}
    for expected in (False, True):
        admin.post(f"/admin/people/{ids['lan']}/standing")
        with inside():
            assert db.session.get_one(Account, ids["lan"]).active is expected
    admin.post(f"/admin/people/{ids['quan']}/standing")
    with inside():
        assert db.session.get_one(Account, ids["quan"]).active


def test_a_node_is_trusted_and_given_a_file(as_: Callable[[str], FlaskClient]) -> None:
    admin = as_("quan")
    assert admin.post("/admin/node/peers", data={"name": "Xã", "key": Keys.generate().public}).status_code == 302
    answer = admin.post("/admin/node/peers/Xã/files")
    assert answer.status_code == 200
    assert answer.get_data().startswith(b"age-encryption.org/v1")
    answer.close()
    assert admin.post("/admin/node/peers/nobody/files").status_code == 404


def test_a_node_that_is_trusted_no_longer_is_gone_from_the_page(as_: Callable[[str], FlaskClient]) -> None:
    admin = as_("quan")
    admin.post("/admin/node/peers", data={"name": "Xã Cũ", "key": Keys.generate().public})
    assert admin.post("/admin/node/peers/Xã Cũ/removal").status_code == 302
    assert "không còn được tin cậy" in admin.get("/admin/node").get_data(as_text=True)
    assert admin.post("/admin/node/peers/Xã Cũ/files").status_code == 404


REFUSED: list[tuple[str, dict[str, str]]] = [
    ("/admin/node/peers", {"name": "x", "key": "abc"}),
    ("/admin/node/joins", {"url": "may-chu", "one_time_code": "x"}),
    ("/admin/node/joins", {"url": "http://127.0.0.1:9", "one_time_code": "ABCD-2345"}),
    ("/admin/import", {}),
]


def test_a_refusal_stands_on_the_page_it_came_from(as_: Callable[[str], FlaskClient]) -> None:
    admin = as_("quan")
    for path, data in REFUSED:
        answer = admin.post(path, data=data)
        assert answer.status_code == 400, path
        assert "error-summary" in answer.get_data(as_text=True), path


def test_name_role_and_areas_of_a_person_are_changed_on_a_page_and_hold_at_her_next_step(
    as_: Callable[[str], FlaskClient], page: Callable[..., Page], inside: Inside
) -> None:
    lan = as_("lan")
    assert lan.get("/review").status_code == 403
    with inside():
        account = people.find_account("lan").id
    form = page(f"/admin/people/{account}", "quan")
    kept = [str(box.get("value")) for box in form.all(".//input[@name='area']")]
    assert len(kept) == 3
    offered = {str(option.get("value")) for option in form.all(".//select[@name='village']/option")}
    assert not offered & set(kept)
    [village] = [value for value in offered if value.endswith("01930.004")]
    wish = {"name": "Hoàng Thị Lan Anh", "role": "supervisor", "place": "2023.01933", "village": village}
    assert as_("quan").post(f"/admin/people/{account}", data={**wish, "area": kept[:1]}).status_code == 302
    assert "Hoàng Thị Lan Anh" in page("/review", "lan").text
    with inside():
        changed = people.find_account("lan")
        codes = [grant.code for grant in changed.grants]
        assert codes == sorted([kept[0].split(".", 1)[1], village.split(".", 1)[1], "01933"])


def test_a_change_of_a_person_that_cannot_be_is_told_with_what_was_typed(
    as_: Callable[[str], FlaskClient], page: Callable[..., Page], inside: Inside
) -> None:
    with inside():
        account = people.find_account("quan").id
    answer = as_("quan").post(f"/admin/people/{account}", data={"name": "Quân", "role": "leader"})
    assert answer.status_code == 409
    told = check_page(answer.get_data(as_text=True), "vi")
    assert "là quản trị viên duy nhất" in told.text
    assert told.find(".//input[@name='name']").get("value") == "Quân"
    assert page("/admin/people", "quan")
