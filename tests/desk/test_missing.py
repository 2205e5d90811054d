"""Households that hang on one answer are listed by what is missing, until somebody answers."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import intake, people
from fieldapp.db import begin_writing, db
from fieldapp.facts.counting import need_of
from fieldapp.facts.tables import HouseholdProgramme
from tests.postgres import AGAIN_ON_POSTGRESQL

pytestmark = AGAIN_ON_POSTGRESQL
LACK = "answer housing_need disaster_damage"


def hanging(areas: frozenset[str] | None = None) -> list[str]:
    query = sa.select(HouseholdProgramme.household, HouseholdProgramme.area).where(HouseholdProgramme.lack == LACK)
    return sorted(home for home, area in db.session.execute(query) if areas is None or area in areas)


def test_a_household_is_listed_under_the_answer_it_lacks_until_it_is_given(
    app: Flask, as_: Callable[[str], FlaskClient]
) -> None:
    with app.app_context():
        home = hanging(people.rights_of(people.find_account("binh")).areas)[0]
        need = need_of(home)
        assert need is not None
        id = need.id
    binh = as_("binh")
    assert id in "".join(binh.get(f"/records/missing?lack={LACK}&page={page}").text for page in (1, 2))
    with app.app_context():
        begin_writing()
        intake.save("housing_need", id, {"disaster_damage": "khong"}, account=people.find_account("quan"))
        db.session.commit()
        assert home not in hanging()
    assert id not in "".join(binh.get(f"/records/missing?lack={LACK}&page={page}").text for page in (1, 2))


def test_nobody_sees_households_outside_the_own_area_and_only_who_reviews_sees_any(
    app: Flask, as_: Callable[[str], FlaskClient]
) -> None:
    with app.app_context():
        inside, everywhere = hanging(people.rights_of(people.find_account("binh")).areas), hanging()
    assert 0 < len(inside) < len(everywhere)
    assert f"({len(inside)} hộ)" in as_("binh").get("/records/missing").text
    assert [as_(name).get("/records/missing").status_code for name in ("lan", "quan", "dung")] == [403, 403, 403]
