"""The list of a commune that is no more: it stays the list of that commune, and takes in nobody of the next one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from fieldapp import people
from fieldapp.cases import lists
from fieldapp.db import begin_writing, db
from fieldapp.places import Gazetteer, Place
from fieldapp.reference.naming import id_of_code
from fieldapp.surveys import SupportList
from tests.pages import check_page
from tests.reports.test_reorganised import communes_with_villages, reorganise
from tests.support.conftest import HERE, Cases

GNBV = id_of_code("programme", "gnbv_2022")


def drawn_up(commune: Place) -> str:
    """The list of a commune of today."""
    begin_writing()
    villages = sorted(Gazetteer(db.session()).inside(commune))
    key = f"{commune.code}@{commune.vintage}"
    record = lists.draw_up_of_commune(key, villages, GNBV, account=people.find_account("quan"))
    db.session.commit()
    return record


def on_village_list(support: Cases, village: str) -> str:
    about = {"poverty_class": "ngheo", "members": 4, "village": village, "head_name": "Lý Văn Ở"}
    home = support.save("household", about)
    need = support.save("housing_need", {"household": home, "visited_on": "2026-08-01", "need_type": "xay_moi"})
    undecided = dict.fromkeys(("decision_on", "decision_number", "approved_nstw", "approved_tai_tro"))
    return support.case(need, state="on_village_list", **undecided)


@pytest.fixture
def two(support: Cases) -> list[Place]:
    """Two communes, the second of which goes into the first in 2031."""
    with support.inside():
        here = Gazetteer(db.session()).known(HERE)
        return [next(one for one in communes_with_villages() if one != here), here]  # type: ignore[list-item]


def test_lists_of_two_communes_are_told_apart_once_one_went_into_the_other_and_each_keeps_its_own(
    support: Cases, as_: Callable[[str], FlaskClient], two: list[Place]
) -> None:
    with support.inside():
        villages = [sorted(Gazetteer(db.session()).inside(commune)) for commune in two]
    cases = [on_village_list(support, some[0]) for some in villages]
    with support.inside():
        records = [drawn_up(commune) for commune in two]
        fates = {two[1].code: "is merged", two[0].code: "takes others in"}
        reorganise([fates.get(one.code, "stays") for one in communes_with_villages()])
    titles = []
    for record in records:
        page = check_page(as_("quan").get(f"/cases/lists/{record}").get_data(as_text=True), "vi")
        titles.append(page.h1)
    assert len(set(titles)) == 2
    assert f"{two[1].name} (2025)" in titles[1]
    for record, case, own in zip(records, cases, villages, strict=True):
        with support.inside():
            begin_writing()
            one = db.session.get_one(SupportList, record)
            everywhere = Gazetteer(db.session()).villages
            about = lists.villages_about(one, everywhere)
            assert about == set(own)
            lists.bring_up_to_date(one, sorted(about), account=people.find_account("quan"))
            db.session.commit()
            assert [line.case.id for line in lists.lines_of(one)] == [case]
            assert not any(line.elsewhere for line in lists.lines_of(one))
