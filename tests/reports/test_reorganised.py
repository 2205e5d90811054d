"""Communes are merged, split, renamed and given codes of others: nothing that was counted is lost or counted twice, and
each village stands in one commune, wherever communes are chosen.

``EX=20 pytest tests/reports/test_reorganised.py`` makes up new reorganisations.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldapp.cases import budget
from fieldapp.db import begin_writing, db
from fieldapp.facts.tables import CaseFact
from fieldapp.places import Gazetteer, Place, PlaceMapping, imports
from fieldapp.reports import REPORTS, WRITERS
from fieldapp.reports.scope import Options
from fieldapp.reports.table import Table
from tests.again import SOAK, so_many
from tests.pages import Page, check_page
from tests.support.conftest import Cases

Pages = Callable[..., Page]
Visitors = Callable[[str], FlaskClient]
YEAR = 2031
BY_PLACE = [name for name, report in REPORTS.items() if report.by_place]
FATES = (
    "stays",
    "takes others in",
    "is renamed",
    "is merged",
    "is split",
    "takes the code of another",
    "is not told of",
)


def communes_with_villages() -> list[Place]:
    known = Gazetteer(db.session()).all_known
    return sorted({commune for _village, commune in known.values()}, key=lambda one: one.code)


def reorganise(fates: Sequence[str]) -> None:
    """A list of 2031 in which these became of the communes that have villages, in the order of their codes; all others
    stay as they are."""
    begin_writing()
    here = communes_with_villages()
    fate = dict(zip((one.code for one in here), fates, strict=False))
    newest = here[0].vintage
    gone = [code for code, what in fate.items() if what not in ("stays", "is renamed", "is not told of")]
    for place in db.session.scalars(sa.select(Place).where(Place.vintage == newest)).all():
        what = fate.get(place.code, "stays")
        _add(place, place.code, f"{place.name} mới" if what == "is renamed" else place.name)
        if place.is_commune:
            for code, whole in _became(what, place.code, gone):
                steps = {"from_vintage": newest, "from_code": place.code, "to_vintage": YEAR, "to_code": code}
                db.session.add(PlaceMapping(**steps, whole=whole))
    for table in (Place, PlaceMapping):
        imports.note_changed(table)
    db.session.commit()


def _add(place: Place, code: str, name: str) -> None:
    row = {column.name: getattr(place, column.name) for column in Place.__table__.columns}
    db.session.add(Place(**row | {"vintage": YEAR, "code": code, "name": name}))


def _became(what: str, code: str, gone: Sequence[str]) -> list[tuple[str, bool]]:
    """Into which communes it went, each with whether whole."""
    others = [one for one in gone if one != code] or [code]
    return {
        "is merged": [(others[0], True)],
        "takes the code of another": [(others[-1], True)],
        "is split": [(code, False), (others[0], False)] if others[0] != code else [(code, False)],
        "is not told of": [],
    }.get(what, [(code, True)])


def tables(vintage: int) -> dict[str, Table]:
    asked = Options(by="commune", vintage=vintage)
    return {name: REPORTS[name].build(db.session(), asked, None, date(2026, 8, 1)) for name in BY_PLACE}


def totals(vintage: int) -> dict[str, tuple[Any, ...]]:
    """What each report adds up to; its lines must come to the same, and its file say the same."""
    found = {}
    for name, table in tables(vintage).items():
        [total] = [row.values for row in table.rows if row.level == "total"]
        lines = [row.values for row in table.rows if row.level == "item"]
        for at, column in enumerate(table.columns):
            if column.rate is None:
                assert sum(line[at] or 0 for line in lines) == total[at], (name, column.key)
        file = list(csv.reader(io.StringIO(WRITERS["csv"].write(table).decode("utf-8-sig"))))
        assert sum(len(row) > len(table.columns) for row in file) >= len(table.rows)
        found[name] = total
    return found


def money() -> dict[str, int]:
    """What is promised and paid of allocations to the whole province."""
    return {one.given.source: one.promised + one.paid for one in budget.standings()}


def chosen_among(page: Page) -> dict[str, str]:
    """The communes that a page lets one choose, by what stands for each in an address."""
    [choice] = page.all(".//select[@name='commune']")
    return {one.get("value", ""): (one.text or "").strip() for one in choice.iter("option") if one.get("value")}


@settings(
    max_examples=so_many(4, 12, 1), deadline=None, derandomize=not SOAK, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(fates=st.lists(st.sampled_from(FATES), min_size=4, max_size=8))
def test_every_total_is_what_it_was_in_every_list_of_places(support: Cases, fates: list[str]) -> None:
    with support.inside():
        _forget()
        before, known = {year: totals(year) for year in (2023, 2025)}, money()
        reorganise(fates)
        assert {year: totals(year) for year in (2023, 2025)} == before
        assert totals(YEAR) == before[2025]
        assert money() == known
        _forget()


def _forget() -> None:
    """The list of the year is taken away again."""
    begin_writing()
    db.session.execute(sa.delete(PlaceMapping).where(PlaceMapping.to_vintage == YEAR))
    db.session.execute(sa.delete(Place).where(Place.vintage == YEAR))
    for table in (Place, PlaceMapping):
        imports.note_changed(table)
    db.session.commit()


@pytest.mark.parametrize("where", ["/cases/", "/records/", "/cases/lists/"])
def test_each_village_stands_in_one_commune_wherever_communes_are_chosen(
    support: Cases, as_: Visitors, where: str
) -> None:
    with support.inside():
        [lost, *others] = [one.code for one in communes_with_villages()]
        reorganise(["is split", *(["takes the code of another"] + ["stays"] * len(others))])
        villages = {id: commune for id, (_village, commune) in Gazetteer(db.session()).all_known.items()}
        cases = dict(db.session.execute(sa.select(CaseFact.area, sa.func.count()).group_by(CaseFact.area)).all())
    assert len({one.code for one in villages.values()}) < len(set(villages.values())), "one code means two communes"
    quan = as_("quan")
    read = lambda address: check_page(quan.get(address).get_data(as_text=True), "vi")  # noqa: E731
    offered = chosen_among(read(where))
    assert len(offered) == len(set(offered.values())) == len(set(villages.values())), lost
    seen: list[str] = []
    for key in offered:
        page = read(f"/cases/lists/?commune={key}")
        [choice] = page.all(".//select[@name='village']")
        inside = [one.get("value", "") for one in choice.iter("option") if one.get("value")]
        assert len({villages[village] for village in inside}) == 1
        told = read(f"/cases/?commune={key}")
        links = {each.get("href", "") for each in told.all(".//a") if (each.get("href") or "").count("-") == 4}
        assert len(links) == min(sum(cases.get(village, 0) for village in inside), 25)
        seen += inside
    assert sorted(seen) == sorted(villages)
