"""Whose areas change gets the new villages and lets go of the others, once what was done there has been sent."""

from __future__ import annotations

from fieldapp import people
from fieldapp.db import begin_writing, db
from fieldapp.sample.people import LAN_VILLAGES
from tests.tablet.acts import correct_a_household
from tests.tablet.conftest import Tablet


def give(tablet: Tablet, *villages: str) -> None:
    """What an administrator does on the page of a person."""
    with tablet.server.app.app_context():
        begin_writing()
        people.change_account(people.find_account("lan"), grants=[(2023, village) for village in villages])
        db.session.commit()


def areas(tablet: Tablet) -> set[str]:
    return {str(row["area"]) for row in tablet.rows("records")}


def test_a_tablet_sends_what_it_has_then_lets_go_of_villages_lost_and_gets_them_anew_when_given_again(
    tablet: Tablet,
) -> None:
    tablet.enrol()
    before = {row["id"]: row["area"] for row in tablet.rows("records")}
    tablet.offline()
    lost = str(correct_a_household(tablet)["area"])
    kept = [village for village in LAN_VILLAGES if village != lost]
    give(tablet, *kept)
    tablet.offline(False)
    tablet.sync()
    [sent] = tablet.rows("changes")
    assert (sent["receipt"]["verdict"], sent["receipt"]["reason"]) == ("held", "outside_area")
    assert areas(tablet) == {area for area in before.values() if area != lost}
    assert {row["area"] for row in tablet.rows("cursors")} == set(kept)
    give(tablet, *LAN_VILLAGES)
    tablet.sync()
    assert {row["id"]: row["area"] for row in tablet.rows("records")} == before
