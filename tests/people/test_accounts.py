"""Who gets in, who waits, and what each may see and do."""

from __future__ import annotations

import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from argon2 import PasswordHasher
from flask import Flask

from fieldapp import i18n, people
from fieldapp.db import db
from fieldapp.people import Account, Attempt, Whence, passwords
from fieldapp.problems import (
    BadUsername,
    CommonPassword,
    LastAdministrator,
    LongPassword,
    NameNeeded,
    Problem,
    TooManyAttempts,
    UnknownPlace,
    UnknownRole,
    UsernameTaken,
    WeakPassword,
    WrongPassword,
)
from tests.people.conftest import NOW, PASSWORD


def fail(username: str = "lan", times: int = 1) -> None:
    for _time in range(times):
        with pytest.raises(WrongPassword):
            people.sign_in(username, "không phải", NOW)


def test_the_right_password_gives_the_account(lan: Account) -> None:
    assert people.sign_in(" LAN ", PASSWORD, NOW)[0] is lan


def test_a_wrong_password_an_unknown_name_and_a_disabled_account_read_the_same(lan: Account) -> None:
    people.disable(lan)
    for username, password in (("lan", PASSWORD), ("lan", "sai"), ("khong-co", PASSWORD)):
        with pytest.raises(WrongPassword):
            people.sign_in(username, password, NOW)


def test_after_five_failures_each_further_try_waits_twice_as_long_up_to_a_quarter_of_an_hour(lan: Account) -> None:
    fail(times=5)
    now = NOW
    for seconds in (15, 30, 60, 120, 240, 480, 900, 900):
        assert not is_looked_at(now + timedelta(seconds=seconds - 1))
        now += timedelta(seconds=seconds)
        assert is_looked_at(now)


def is_looked_at(now: datetime) -> bool:
    try:
        people.sign_in("lan", "không phải", now)
    except WrongPassword:
        return True
    except TooManyAttempts:
        return False


def test_the_right_password_opens_after_the_wait_and_failures_are_forgotten_after_an_hour(lan: Account) -> None:
    fail(times=5)
    with pytest.raises(TooManyAttempts) as told:
        people.sign_in("lan", PASSWORD, NOW + timedelta(seconds=14))
    with i18n.speaking("en"):
        assert "1 min" in told.value.message
    assert people.sign_in("lan", PASSWORD, NOW + timedelta(seconds=15))
    fail(times=4)
    with pytest.raises(WrongPassword):
        people.sign_in("lan", "không phải", NOW + timedelta(hours=1))
    assert db.session.query(Attempt).count() == 1, "tries that count no more are swept away"


def test_tries_that_overtake_one_another_wait_for_nothing(lan: Account) -> None:
    fail()
    assert people.sign_in("lan", PASSWORD, NOW - timedelta(seconds=1))


def test_a_stranger_slows_down_only_himself(lan: Account) -> None:
    stranger, office, new = Whence("203.0.113.9"), Whence("10.0.0.7"), Whence("203.0.113.9", known="0123456789abcdef")
    guess(stranger, "lan", times=5)
    with pytest.raises(TooManyAttempts):
        people.sign_in("lan", PASSWORD, NOW, stranger)
    assert people.sign_in("lan", PASSWORD, NOW, office), "from elsewhere she gets in"
    assert people.sign_in("lan", PASSWORD, NOW, new), "and from his address, where she was in before in this browser"


def test_an_address_that_guesses_at_many_names_has_one_try_at_each_and_shuts_nobody_out(lan: Account) -> None:
    stranger = Whence("203.0.113.9")
    for number in range(20):
        guess(stranger, f"nguoi-{number}")
    guess(stranger, "binh")
    with pytest.raises(TooManyAttempts):
        people.sign_in("binh", PASSWORD, NOW, stranger)
    assert people.sign_in("lan", PASSWORD, NOW, stranger), "whoever knows her password gets in even from there"


def guess(whence: Whence, username: str, times: int = 1) -> None:
    for _time in range(times):
        with pytest.raises(WrongPassword):
            people.sign_in(username, "không phải", NOW, whence)


def test_failures_outlive_a_transaction_that_is_rolled_back(lan: Account) -> None:
    for _time in range(5):
        fail()
        db.session.rollback()
    with pytest.raises(TooManyAttempts):
        people.sign_in("lan", PASSWORD, NOW)


def test_a_success_forgets_the_failures_before_it(lan: Account) -> None:
    fail(times=4)
    people.sign_in("lan", PASSWORD, NOW)
    db.session.commit()
    assert db.session.query(Attempt).count() == 0
    fail(times=4)


def test_passwords_are_kept_as_argon2_hashes_only(lan: Account) -> None:
    assert lan.password_hash.startswith("$argon2id$")
    assert PASSWORD not in lan.password_hash


@pytest.mark.parametrize(("kept", "typed"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFD", "NFD")])
def test_a_password_is_the_same_however_a_keyboard_composes_it_and_also_one_kept_by_an_earlier_version(
    lan: Account, kept: str, typed: str
) -> None:
    lan.password_hash = passwords._hasher.hash(unicodedata.normalize(kept, PASSWORD))  # type: ignore[arg-type]
    assert people.sign_in("lan", unicodedata.normalize(typed, PASSWORD), NOW)  # type: ignore[arg-type]
    db.session.rollback()
    assert passwords._hasher.verify(lan.password_hash, unicodedata.normalize("NFC", PASSWORD))


@pytest.mark.parametrize("common", ["password1234", "123456789012", "matkhau123456", "qwertyuiop12", "hoangthilan2026"])
def test_a_password_that_is_guessed_first_is_refused(lan: Account, common: str) -> None:
    with pytest.raises(CommonPassword):
        people.change_password(lan, common)


def test_so_many_who_sign_in_at_once_take_the_memory_of_one() -> None:
    at_once, most = 0, 0

    class Counting(PasswordHasher):
        def verify(self, *args: Any, **kwargs: Any) -> bool:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            time.sleep(0)  # whoever may run beside this one does so now
            at_once -= 1
            return True

    with patch.object(passwords, "_hasher", Counting()), ThreadPoolExecutor(16) as pool:
        assert all(pool.map(lambda _each: passwords.matches("", "x"), range(64)))
    assert most == 1


@pytest.mark.parametrize(
    ("username", "role", "password", "grants", "problem"),
    [
        ("Lân", "admin", PASSWORD, [], BadUsername),
        ("x", "admin", PASSWORD, [], BadUsername),
        ("binh", "minister", PASSWORD, [], UnknownRole),
        ("binh", "admin", "ngắn", [], WeakPassword),
        ("binh", "admin", "dài " * 51, [], LongPassword),
        ("lan", "admin", PASSWORD, [], UsernameTaken),
        ("binh", "admin", PASSWORD, [(2025, "01930")], UnknownPlace),
        ("binh", "admin", PASSWORD, [(2023, "2023.01930.444")], UnknownPlace),
    ],
)
def test_an_account_that_cannot_be_is_refused(
    lan: Account, username: str, role: str, password: str, grants: list[tuple[int, str]], problem: type[Problem]
) -> None:
    with pytest.raises(problem) as told:
        people.add_account(username, "Tên", role, password, grants)
    with i18n.speaking("en"):
        assert told.value.message


def test_areas_follow_the_grants_of_any_vintage(province: Flask) -> None:
    commune = people.add_account("cc", "C", "supervisor", PASSWORD, [(2023, "01930"), (2023, "2023.01924.002")])
    merged = people.add_account("mm", "M", "supervisor", PASSWORD, [(2025, "01933")])
    whole = people.add_account("ww", "W", "leader", PASSWORD, [(2025, "19")])
    none = people.add_account("nn", "N", "enumerator", PASSWORD)
    assert people.areas_of(commune) == {"2023.01924.002", *(f"2023.01930.00{n}" for n in (1, 2, 3))}
    assert len(people.areas_of(merged) or ()) == 9
    assert people.areas_of(whole) is None
    assert people.areas_of(none) == frozenset()


def test_only_those_who_see_everything_see_what_has_no_village_yet(lan: Account) -> None:
    quan = people.add_account("quan", "Triệu Minh Quân", "admin", PASSWORD, [(2023, "06")])
    everything, one_village = people.rights_of(quan), people.rights_of(lan)
    assert everything.sees("")
    assert everything.sees("2023.01924.001")
    assert not one_village.sees(None)
    assert one_village.sees("2023.01930.001")
    assert not one_village.sees_all(["2023.01930.001", "2023.01930.002"])


def test_a_name_a_role_and_many_areas_can_be_changed_and_hold_at_once(province: Flask, lan: Account) -> None:
    people.change_account(lan, name="  Hoàng Thị  Lan Anh ", role="supervisor")
    assert (lan.name, lan.role, len(lan.grants)) == ("Hoàng Thị Lan Anh", "supervisor", 1)
    assert people.may(lan, "approve")
    people.change_account(lan, grants=[(2023, "2023.01930.001"), (2023, "01924"), (2023, "01924")])
    db.session.commit()
    assert people.areas_of(lan) == {"2023.01930.001", *(f"2023.01924.00{n}" for n in (1, 2, 3))}
    people.change_account(lan, grants=[])
    assert people.areas_of(lan) == frozenset()


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        ({"name": "  "}, NameNeeded),
        ({"role": "king"}, UnknownRole),
        ({"name": "Mới", "grants": [(2023, "01930"), (2023, "99999")]}, UnknownPlace),
    ],
)
def test_a_change_that_cannot_be_changes_nothing(lan: Account, wish: dict[str, Any], problem: type[Problem]) -> None:
    before = (lan.name, lan.role, [grant.code for grant in lan.grants])
    with pytest.raises(problem):
        people.change_account(lan, **wish)
    assert (lan.name, lan.role, [grant.code for grant in lan.grants]) == before


@pytest.mark.parametrize(
    "act", [people.disable, lambda account: people.change_account(account, role="leader")], ids=["off", "other role"]
)
def test_the_last_who_may_administer_stays_who_she_is(province: Flask, lan: Account, act: Any) -> None:
    """Whoever is switched off, or was only heard of from another node, is nobody who could take over."""
    quan = people.add_account("quan", "Triệu Minh Quân", "admin", PASSWORD, [(2023, "06")])
    other = people.add_account("kim", "Kim", "admin", PASSWORD)
    people.hear_of("0123456789abcdef", "xa", "Xa", "admin")
    people.disable(other)
    with pytest.raises(LastAdministrator, match="Triệu Minh Quân"):
        act(quan)
    assert (quan.active, quan.role) == (True, "admin")
    people.enable(other)
    act(quan)
    assert not people.may(quan, "administer")
