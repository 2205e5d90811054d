"""Who gets in, who waits, and what each may see and do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from fieldapp import i18n, people
from fieldapp.db import db
from fieldapp.people import Account, Attempt
from fieldapp.problems import (
    BadUsername,
    LastAdministrator,
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
    assert people.sign_in(" LAN ", PASSWORD, NOW) is lan


def test_a_wrong_password_an_unknown_name_and_a_disabled_account_read_the_same(lan: Account) -> None:
    people.disable(lan)
    for username, password in (("lan", PASSWORD), ("lan", "sai"), ("khong-co", PASSWORD)):
        with pytest.raises(WrongPassword):
            people.sign_in(username, password, NOW)


def test_five_failures_shut_the_door_even_for_the_right_password(lan: Account) -> None:
    fail(times=5)
    with pytest.raises(TooManyAttempts) as told:
        people.sign_in("lan", PASSWORD, NOW + timedelta(minutes=3, seconds=30))
    assert told.value.values == {"wait": 12}
    with i18n.speaking("en"):
        assert "12 min" in told.value.message


def test_the_door_opens_again_after_a_quarter_of_an_hour(lan: Account) -> None:
    fail(times=5)
    assert people.sign_in("lan", PASSWORD, NOW + timedelta(minutes=15)) is lan


def test_the_throttle_is_not_global(lan: Account) -> None:
    fail("khong-co", times=5)
    assert people.sign_in("lan", PASSWORD, NOW) is lan


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


def test_a_session_ends_when_its_account_is_switched_off(lan: Account) -> None:
    assert people.session_account(lan.get_id()) is lan
    people.disable(lan)
    assert people.session_account(lan.get_id()) is None


@pytest.mark.parametrize(
    ("username", "role", "password", "grants", "problem"),
    [
        ("Lân", "admin", PASSWORD, [], BadUsername),
        ("x", "admin", PASSWORD, [], BadUsername),
        ("binh", "minister", PASSWORD, [], UnknownRole),
        ("binh", "admin", "ngắn", [], WeakPassword),
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
