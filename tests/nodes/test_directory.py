"""A joined node knows the names that records only point to, and lets nobody in because of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from fieldapp import people
from fieldapp.db import db
from fieldapp.places import Gazetteer, Place, Village
from fieldapp.places.imports import note_changed
from fieldapp.problems import UsernameTaken, WrongPassword
from tests.conftest import PASSWORD, Server
from tests.nodes.conftest import Node
from tests.places.test_gazetteer import ALONE, merge_again


def villages(node: Node) -> dict[str, str]:
    with node.inside():
        return {row.id: row.name for row in db.session.execute(sa.select(Village.id, Village.name))}


def test_a_joined_laptop_knows_every_village_by_name(joined: Node, province: Node) -> None:
    assert villages(joined) == villages(province)


def test_a_joined_laptop_knows_of_communes_merged_since_and_of_a_corrected_list(joined: Node, province: Node) -> None:
    def known(node: Node) -> dict[str, str]:
        with node.inside():
            found = Gazetteer(db.session()).all_known
            return {id: f"{commune.name} {commune.vintage}" for id, (_village, commune) in found.items()}

    with province.inside():
        merge_again()
    joined.sync()
    assert known(joined) == known(province)
    assert {line[-4:] for line in known(joined).values()} == {"2027"}
    with province.inside():
        db.session.get_one(Place, (2027, ALONE)).name = "Xã Đổi Tên"
        note_changed(Place)
    joined.sync()
    assert "Xã Đổi Tên 2027" in known(joined).values()
    assert known(joined) == known(province)


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
        account, _session = people.sign_in("lan", PASSWORD, datetime.now(UTC))
        assert account.id == heard
        with pytest.raises(UsernameTaken):
            people.add_account("lan", "Somebody else", "enumerator", PASSWORD)


def test_whoever_is_given_a_password_on_the_laptop_works_there_in_her_area(joined: Node, province: Node) -> None:
    with province.inside():
        areas = people.areas_of(people.find_account("lan"))
    with joined.inside():
        people.change_password(people.find_account("lan"), PASSWORD)
        lan, _session = people.sign_in("lan", PASSWORD, datetime.now(UTC))
        assert people.areas_of(lan) == areas


def test_a_new_password_does_not_switch_on_again_who_was_switched_off(province: Node) -> None:
    with province.inside():
        lan = people.find_account("lan")
        people.disable(lan)
        db.session.commit()
        people.change_password(lan, PASSWORD)
        assert not lan.active


def test_a_tablet_is_not_told_who_works_for_the_province(province: Node, server: Server) -> None:
    import httpx

    code = province.code("lan")
    token = httpx.post(f"{server.url}/sync/v1/enrol", json={"code": code, "name": "A"}).json()["token"]
    answer = httpx.get(f"{server.url}/sync/v1/directory", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 404


def grants(node: Node, username: str) -> list[tuple[int, str]]:
    with node.inside():
        return [(grant.vintage, grant.code) for grant in people.find_account(username).grants]


def test_what_is_changed_in_the_province_holds_on_the_laptop_after_the_next_sync(joined: Node, province: Node) -> None:
    with joined.inside():
        people.change_password(people.find_account("lan"), PASSWORD)
    with province.inside():
        lan = people.find_account("lan")
        people.change_account(
            lan, name="Hoàng Thị Lan Anh", role="supervisor", grants=[(2023, "01933"), (2023, "01924")]
        )
        people.disable(people.find_account("binh"))
    joined.sync()
    with joined.inside():
        lan, binh = people.find_account("lan"), people.find_account("binh")
        assert (lan.name, lan.role, lan.active) == ("Hoàng Thị Lan Anh", "supervisor", True)
        assert people.areas_of(lan)
        assert not binh.active
    assert grants(joined, "lan") == grants(province, "lan") == [(2023, "01924"), (2023, "01933")]


def test_of_two_changes_the_later_holds_and_a_laptop_changes_nobody_in_the_province(
    joined: Node, province: Node
) -> None:
    with province.inside():
        people.change_account(people.find_account("lan"), name="Tên ở tỉnh")
    with joined.inside():
        people.change_account(people.find_account("lan"), name="Tên ở xã", role="admin")
    joined.sync()
    for node, name, role in ((joined, "Tên ở xã", "admin"), (province, "Tên ở tỉnh", "enumerator")):
        with node.inside():
            lan = people.find_account("lan")
            assert (lan.name, lan.role) == (name, role)


def test_the_only_administrator_of_a_laptop_stays_one_whatever_the_province_says(joined: Node, province: Node) -> None:
    with province.inside():
        people.add_account("kim", "Kim", "admin", PASSWORD, [(2023, "06")])
        people.change_account(people.find_account("quan"), name="Quân", role="leader")
    joined.sync()
    with joined.inside():
        quan = people.find_account("quan")
        assert (quan.name, quan.role, quan.active) == ("Quân", "admin", True)
