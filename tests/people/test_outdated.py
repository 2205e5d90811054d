"""Who looks after communes and districts that are no more is told, and is moved in one step without losing sight."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp import people, places
from fieldapp.db import begin_writing, db
from fieldapp.people import Account, Grant, outdated
from fieldapp.people.looked_after import LookedAfter
from fieldapp.places import Place, PlaceMapping
from fieldapp.places.imports import note_changed
from fieldapp.review import assigning
from tests.people.conftest import PASSWORD

Keys = list[tuple[int, str]]
HOANG_TRI, QUANG_KHE, DONG_PHUC = (2023, "01930"), (2023, "01924"), (2023, "01933")
MERGED = (2025, "01933")
"""The three communes went into this one."""


def account(username: str, grants: Keys, role: str = "supervisor") -> Account:
    made = people.add_account(username, username.title(), role, PASSWORD, grants)
    db.session.commit()
    return made


def found(one: Account) -> outdated.Outdated | None:
    return next((each for each in outdated.outdated() if each.account is one), None)


def held(one: Account) -> set[tuple[int, str]]:
    return {(each.vintage, each.code) for each in one.grants}


def moved(*accounts: Account) -> int:
    begin_writing()
    shown = {each.account.id: each.shown for each in outdated.outdated() if each.account in accounts}
    return len(outdated.move(shown))


def test_a_commune_that_was_taken_over_is_told_with_what_took_it_over_and_what_more_would_be_seen(
    province: Flask,
) -> None:
    one = found(account("mot", [HOANG_TRI]))
    assert one is not None
    assert (one.gone, one.become, one.stay, one.more) == ([HOANG_TRI], [MERGED], [], 6)
    all_three = found(account("ba", [HOANG_TRI, QUANG_KHE, DONG_PHUC]))
    assert all_three is not None
    assert (all_three.become, all_three.more) == ([MERGED], 0)


def test_whoever_looks_after_places_that_there_are_is_not_told_of(province: Flask) -> None:
    everything = [(2023, "06"), HOANG_TRI]
    for number, grants in enumerate(([MERGED], [(2023, "2023.01930.001")], [(2025, "19")], everything, [])):
        assert found(account(f"nguoi{number}", grants)) is None, grants
    off = account("nghi", [HOANG_TRI])
    begin_writing()
    people.disable(off)
    db.session.commit()
    assert found(off) is None


def test_whoever_is_moved_sees_all_that_was_seen_before_and_keeps_what_else_there_was(province: Flask) -> None:
    village = (2023, "2023.01924.002")
    person, district = account("nguoi", [HOANG_TRI, village]), account("huyen", [(2023, "061")])
    other = account("khac", [QUANG_KHE])
    before = {one: people.areas_of(one) or frozenset() for one in (person, district, other)}
    assert moved(person, district) == 2
    db.session.commit()
    for one, seen in before.items():
        assert seen <= (people.areas_of(one) or frozenset())
    assert held(person) == {MERGED, village}
    assert held(other) == {QUANG_KHE}, "nobody is moved but who was chosen"
    assert MERGED in held(district)
    assert {vintage for vintage, _code in held(district)} == {2025}
    assert [found(one) for one in (person, district)] == [None, None]


@pytest.fixture
def apart(province: Flask) -> None:
    """Hoàng Trĩ went in parts to two communes."""
    begin_writing()
    db.session.get_one(PlaceMapping, (*HOANG_TRI, *MERGED)).whole = False
    other = next(each.code for each in places.communes(2025) if each.code != MERGED[1])
    db.session.add(PlaceMapping(from_vintage=2023, from_code="01930", to_vintage=2025, to_code=other, whole=False))
    note_changed(PlaceMapping)
    db.session.commit()


@pytest.mark.usefixtures("apart")
def test_a_commune_that_went_apart_is_told_and_stays_until_somebody_says_which_villages_are_meant() -> None:
    person, district = account("nguoi", [HOANG_TRI]), account("huyen", [(2023, "061")])
    one = found(person)
    assert one is not None
    assert (one.become, one.stay) == ([], [HOANG_TRI])
    before = people.areas_of(district) or frozenset()
    assert moved(person, district) == 1, "nothing is to be given for what went apart"
    assert held(person) == {HOANG_TRI}
    assert held(district) >= {(2023, "061"), MERGED}
    assert before <= (people.areas_of(district) or frozenset())


def test_a_list_that_nothing_leads_to_yet_makes_no_place_of_before_one_that_is_gone(province: Flask) -> None:
    person = account("nguoi", [HOANG_TRI])
    begin_writing()
    db.session.add(Place(vintage=2031, code="99", name="Tỉnh mới", level="tinh", search_key="tinh moi"))
    note_changed(Place)
    db.session.commit()
    assert found(person) is None


def test_what_changed_since_it_was_shown_is_not_done(province: Flask) -> None:
    person, other = account("nguoi", [HOANG_TRI]), account("khac", [QUANG_KHE])
    shown = {each.account.id: each.shown for each in outdated.outdated()}
    begin_writing()
    people.change_account(person, grants=[QUANG_KHE])
    done = outdated.move(shown | {"0123456789abcdef": ">"})
    assert [each.account for each in done] == [other]
    assert held(person) == {QUANG_KHE}
    assert held(other) == {MERGED}


def test_what_the_lists_at_hand_say_of_an_account_is_what_its_rights_say(province: Flask) -> None:
    begin_writing()
    places.import_villages((2025, code, 50, "Thôn mới") for code in ("01933", "01840", "01864"))
    db.session.commit()
    one = account("nguoi", [])
    lists = LookedAfter()
    for key in [*lists.newest.everywhere, (2023, "2023.01924.001"), (2025, "2025.01933.050"), (2023, "2023.01924.900")]:
        begin_writing()
        one.grants = [Grant(vintage=key[0], code=key[1]), Grant(vintage=2023, code="2023.01930.001")]
        db.session.commit()
        assert lists.areas(one) == people.areas_of(one), key


def test_nobody_is_to_visit_a_village_that_her_areas_do_not_hold(province: Flask) -> None:
    """A village of the list of today lies in no district of before by anybody's rights, though its commune does."""
    within = next(code for code, parts in made_of().items() if len(parts) > 1 and len(districts_of(parts)) == 1)
    [district] = districts_of(made_of()[within])
    begin_writing()
    places.import_villages([(2025, within, 50, "Thôn mới")])
    db.session.commit()
    old, new = account("cu", [(2023, district)], "enumerator"), account("moi", [(2025, within)], "enumerator")
    village = f"2025.{within}.050"
    for one in (old, new):
        assert (one in assigning.visitors([village])) == people.rights_of(one).sees(village)
    assert assigning.visitors([village]) == [new]


def made_of() -> dict[str, list[str]]:
    """Of each commune of today the communes of before that went into it."""
    found: dict[str, list[str]] = {}
    for row in db.session.scalars(sa.select(PlaceMapping).order_by(PlaceMapping.from_code)):
        found.setdefault(row.to_code, []).append(row.from_code)
    return found


def districts_of(communes: list[str]) -> set[str]:
    known = (places.place(2023, code) for code in communes)
    return {str(each.parent_code) if each else "" for each in known}
