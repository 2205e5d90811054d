"""One code, one device; a token that only the device knows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from fieldapp import people
from fieldapp.db import db
from fieldapp.people import Account, Device, EnrolmentCode, devices
from fieldapp.problems import ExpiredCode, MissingCode, OthersCode, TooManyAttempts, UnknownDevice, UsedCode, WrongCode
from tests.again import again
from tests.people.conftest import NOW


@pytest.fixture
def code(lan: Account) -> str:
    made = people.enrolment_code(lan, NOW)
    db.session.commit()
    return made


def test_a_code_becomes_a_device_of_its_account(lan: Account, code: str) -> None:
    device, token = people.enrol(code, "Máy của Lan", NOW)
    assert (device.account, device.kind, device.name) == (lan, "tablet", "Máy của Lan")
    assert len(device.id) == 16
    assert people.device_of(token) is device


@pytest.mark.parametrize("spoil", [str.lower, lambda code: code.replace("-", " "), lambda code: code.replace("0", "o")])
def test_a_code_may_be_typed_as_it_was_heard(code: str, spoil) -> None:  # type: ignore[no-untyped-def]
    assert people.enrol(spoil(code), "", NOW)[0].name == "Hoàng Thị Lan"


def test_a_code_works_once(code: str) -> None:
    people.enrol(code, "", NOW)
    with pytest.raises(UsedCode):
        people.enrol(code, "", NOW)


def test_whose_answer_got_lost_is_given_the_same_device_again(lan: Account, code: str) -> None:
    """Only who knows the name of the try, with another token, and until that device was here."""
    first, lost = people.enrol(code, "", NOW, named_try="of this tablet")
    again, token = people.enrol(code, "", NOW, named_try="of this tablet")
    assert (again.id, people.device_of(token), people.device_of(lost)) == (first.id, first, None)
    for other in ("", "of another"):
        with pytest.raises(UsedCode):
            people.enrol(code, "", NOW, named_try=other)
    people.seen(again, NOW)
    with pytest.raises(UsedCode):
        people.enrol(code, "", NOW, named_try="of this tablet")


@pytest.mark.parametrize("since", ["revoked", "too late", "of another kind", "another person's"])
def test_a_code_is_not_given_again_to_who_is_no_longer_let_in(lan: Account, code: str, since: str) -> None:
    device, _token = people.enrol(code, "", NOW, named_try="of this tablet")
    if since == "revoked":
        people.revoke(device, NOW)
    later = NOW + timedelta(hours=25 if since == "too late" else 0)
    how = {"kind": "node"} if since == "of another kind" else {"owner": "x"} if since == "another person's" else {}
    with pytest.raises((UsedCode, ExpiredCode, OthersCode)):
        people.enrol(code, "", later, named_try="of this tablet", **how)


def test_a_code_that_unlocked_one_tablet_unlocks_that_one_again_and_nothing_else(lan: Account, code: str) -> None:
    one, other = (people.enrol(people.enrolment_code(lan, NOW), "", NOW)[0] for _each in range(2))
    for _each in range(2):
        people.unlock(one, code, NOW, "of this page")
    for wrong in (lambda: people.unlock(one, code, NOW), lambda: people.unlock(other, code, NOW, "of this page")):
        with pytest.raises(UsedCode):
            wrong()
    people.seen(one, NOW)
    with pytest.raises(UsedCode):
        people.enrol(code, "", NOW, named_try="of this page")


def test_a_tablet_that_holds_another_persons_data_takes_no_code_and_leaves_it_good(lan: Account, code: str) -> None:
    with pytest.raises(OthersCode):
        people.enrol(code, "", NOW, owner="somebody else")
    assert people.enrol(code, "", NOW, owner=lan.id)[0].account is lan


@pytest.mark.parametrize("way", ["enrol", "unlock"])
def test_nobody_writes_between_the_look_at_a_code_and_its_use(
    lan: Account, code: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, _token = people.enrol(people.enrolment_code(lan, NOW), "", NOW)
    db.session.commit()
    path, real, looked = str(db.engine.url.database), devices._typed, list[str]()

    def typed(text: str) -> str:
        with (
            closing(sqlite3.connect(path, timeout=0)) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            other.execute("BEGIN IMMEDIATE")
        looked.append(text)
        return real(text)

    monkeypatch.setattr(devices, "_typed", typed)
    if way == "enrol":
        people.enrol(code, "", NOW)
    else:
        people.unlock(device, code, NOW)
    assert looked == [code]


def test_a_code_ends_after_a_day(code: str) -> None:
    with pytest.raises(ExpiredCode):
        people.enrol(code, "", NOW + timedelta(hours=24))


def test_a_code_nobody_gave_out_is_wrong(code: str) -> None:
    with pytest.raises(WrongCode):
        people.enrol("ZZZZ-ZZZZ", "", NOW)


@pytest.mark.parametrize("nothing", ["", "  ", again("-")])
def test_no_code_is_asked_for_and_is_no_try(lan: Account, code: str, nothing: str) -> None:
    device, _token = people.enrol(people.enrolment_code(lan, NOW), "", NOW)
    db.session.commit()
    for act in (
        partial(people.enrol, nothing, "", NOW, source="10.0.0.9"),
        partial(people.unlock, device, nothing, NOW),
    ):
        for _press in range(devices.ENROL.tries + 1):
            with pytest.raises(MissingCode):
                act()
    assert people.enrol(code, "", NOW, source="10.0.0.9")


def test_a_code_of_an_account_switched_off_is_wrong(lan: Account, code: str) -> None:
    people.disable(lan)
    with pytest.raises(WrongCode):
        people.enrol(code, "", NOW)


def test_guessing_codes_is_slow_for_the_guesser_and_for_nobody_else(code: str) -> None:
    for _guess in range(devices.ENROL.tries):
        with pytest.raises(WrongCode):
            people.enrol("0000-0000", "", NOW, source="10.0.0.9")
    with pytest.raises(TooManyAttempts):
        people.enrol(code, "", NOW, source="10.0.0.9")
    assert people.enrol(code, "", NOW, source="10.0.0.8")


def test_neither_codes_nor_tokens_are_kept(code: str) -> None:
    _device, token = people.enrol(code, "", NOW)
    kept = [*db.session.scalars(sa.select(EnrolmentCode.code_hash)), *db.session.scalars(sa.select(Device.token_hash))]
    assert not {code, code.replace("-", ""), token} & set(kept)
    assert all(len(text) == 64 for text in kept)


def test_a_revoked_device_is_known_only_to_those_who_ask_for_it(code: str) -> None:
    device, token = people.enrol(code, "", NOW)
    people.revoke(device, NOW)
    assert people.device_of(token) is None
    assert people.device_of(token, revoked=True) is device


def test_the_devices_of_an_account_switched_off_are_out(lan: Account, code: str) -> None:
    _device, token = people.enrol(code, "", NOW)
    people.disable(lan)
    assert people.device_of(token) is None


def test_a_device_is_found_by_the_start_of_its_id(lan: Account, code: str) -> None:
    device, _token = people.enrol(code, "", NOW)
    assert people.find_device(device.id[:6]) is device
    with pytest.raises(UnknownDevice):
        people.find_device("không")
    people.enrol(people.enrolment_code(lan, NOW), "", NOW)
    with pytest.raises(UnknownDevice):
        people.find_device("")


def test_what_a_device_says_of_itself_is_gathered(code: str) -> None:
    device, _token = people.enrol(code, "", NOW)
    people.seen(device, NOW, {"pending": 3})
    people.seen(device, NOW, {"persisted": True})
    assert device.report == {"pending": 3, "persisted": True}
    assert device.last_seen_at == NOW.replace(tzinfo=None)
