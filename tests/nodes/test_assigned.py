"""A household given to somebody on a laptop without network, and to somebody else in the province."""

from __future__ import annotations

from fieldapp import people
from fieldapp.db import begin_writing, db
from fieldapp.review import assigning
from fieldapp.today import today
from tests.nodes.conftest import Node


def give(node: Node, home: str, username: str) -> None:
    with node.inside():
        begin_writing()
        homes, quan = assigning.homes_of([home], None), people.find_account("quan")
        person = people.find_account(username)
        assigning.give(homes, person.id, "2099-12-05", account=quan, today=today())


def to_visit(node: Node, home: str) -> tuple[str, bool]:
    """Who is to visit a household, and whether two have said different things."""
    with node.inside():
        row = assigning.open_among([home])[home]
        person = db.session.get_one(people.Account, row.person)
        return person.username, row.contested


def able(node: Node, home: str) -> set[str]:
    """Who could visit a household, as this node knows."""
    with node.inside():
        [row] = assigning.homes_of([home], None)
        return {each.username for each in assigning.visitors([row.area])}


def test_a_household_given_away_on_two_nodes_apart_is_in_dispute_on_both_until_it_is_given_again(
    province: Node, joined: Node
) -> None:
    home = next(home for home in province.households() if {"binh", "lan"} <= able(province, home))
    assert able(joined, home) == able(province, home)
    give(joined, home, "binh")
    joined.sync()
    assert to_visit(province, home) == to_visit(joined, home) == ("binh", False)
    give(joined, home, "lan")
    with province.inside():
        assigning.end(list(assigning.open_among([home]).values()), "thoi", account=people.find_account("quan"))
    give(province, home, "binh")
    joined.sync()
    assert to_visit(province, home) == to_visit(joined, home)
    give(province, home, "lan")
    joined.sync()
    assert to_visit(province, home) == to_visit(joined, home) == ("lan", False)
