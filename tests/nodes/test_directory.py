"""A joined node knows the names that records only point to, and lets nobody in because of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from fieldapp import people
from fieldapp.db import db
from fieldapp.places import Village
from fieldapp.problems import UsernameTaken, WrongPassword
from tests.conftest import PASSWORD, Server
from tests.nodes.conftest import Node


def villages(node: Node) -> dict[str, str]:
    with node.inside():
        return {row.id: row.name for row in db.session.execute(sa.select(Village.id, Village.name))}


def test_a_joined_laptop_knows_every_village_by_name(joined: Node, province: Node) -> None:
    assert villages(joined) == villages(province)


def test_a_joined_laptop_names_the_people_of_the_province_and_lets_none_of_them_in(joined: Node) -> None:
    with joined.inside():
        lan = people.find_account("lan")
        assert lan.name == "Hoàng Thị Lan"
        with pytest.raises(WrongPassword):
            people.sign_in("lan", PASSWORD, datetime.now(UTC))


def test_adding_somebody_heard_of_gives_her_the_account_her_changes_already_name(joined: Node) -> None:
    with joined.inside():
        heard = people.find_account("lan").id
        made = people.add_account("lan", "Hoàng Thị Lan", "enumerator", PASSWORD, [(2023, "06")])
        assert made.id == heard
        assert people.sign_in("lan", PASSWORD, datetime.now(UTC)).id == heard
        with pytest.raises(UsernameTaken):
            people.add_account("lan", "Somebody else", "enumerator", PASSWORD)


def test_whoever_is_given_a_password_on_the_laptop_works_there_in_her_area(joined: Node, province: Node) -> None:
    with province.inside():
        areas = people.areas_of(people.find_account("lan"))
    with joined.inside():
        people.change_password(people.find_account("lan"), PASSWORD)
        lan = people.sign_in("lan", PASSWORD, datetime.now(UTC))
        assert people.areas_of(lan) == areas


def test_a_new_password_does_not_switch_on_again_who_was_switched_off(province: Node) -> None:
    with province.inside():
        lan = people.find_account("lan")
        people.disable(lan)
        people.change_password(lan, PASSWORD)
        assert not lan.active


def test_a_tablet_is_not_told_who_works_for_the_province(province: Node, server: Server) -> None:
    import httpx

    code = province.code("lan")
    token = httpx.post(f"{server.url}/sync/v1/enrol", json={"code": code, "name": "A"}).json()["token"]
    answer = httpx.get(f"{server.url}/sync/v1/directory", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 404
