"""No page of the desk does more work because the province is larger: counted in steps of the database, not in time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from bench.desk import PROGRAMMES, texts
from bench.season import Season
from fieldapp import intake, people, places
from fieldapp.db import begin_writing, db
from fieldapp.facts import refreshing
from fieldapp.facts.tables import CaseFact
from fieldapp.people import Grant
from fieldapp.places import Village
from fieldapp.reference.naming import id_of, id_of_code
from fieldapp.surveys import SURVEYS, Household, HousingNeed
from fieldapp.today import now
from fieldapp.web.figures import dashboard, province
from fieldapp.web.reports import table
from tests.conftest import PASSWORD
from tests.statements import asked_again, asked_one_by_one, counted, steps

Asked = list[tuple[str, str]]
"""What a page asks the database: each statement with its values."""
SMALL, MORE = 60, 500
"""So many households there are at first, and are added then."""
LEAST_OF_A_SCAN = 2
"""To look at a row takes some three steps: so many for each household that was added are more than none."""
A_LINE = 4
"""A page whose list was not full asks a little more when it is."""
LISTS = {
    "/": "who=quan",
    "/records/": "sort=name sort=changed sort=village status=waiting survey=housing_need survey=progress_visit "
    "survey=support_case survey=support_case&sort=village page=2",
    "/review": "sort=age sort=name sort=village programme=gnbv_2022&sort=village "
    "status=approved status=returned class=A survey=housing_need page=2",
    "/review/next": "sort=name",
    "/cases/": "sort=since sort=village only=late only=doubted",
}
"""What can be asked of a list beside nothing."""
NEEDED = {"/reports/<name>/behind": "column=households"}
"""What must be asked of a page."""
COUNTED = {
    "/": "a supervisor's home says how many wait in each commune, a leader's is a table",
    "/review": "says how many wait",
    "/records/": "says how many there are",
    "/cases/": "says the sums of the money",
    "/map/points": "counts the households in each square",
    "/records/missing": "says of how many households each thing is missing",
    "/cases/budget": "sums the money of a year",
    "/cases/doubts": "looks through the rows of all cases for those with something to look at",
    "/cases/ready": "looks which approved surveys have no case yet",
    "/pairs": "says how many there are, and sorts them",
    "/review/bulk": "sorts out the first of what waits",
    "/figures/": "figures are sums over everybody",
    "/figures/dashboard": "so are its pictures",
    "/figures/vouchers": "sums the vouchers of a month",
    "/reports/<name>": "a table is a sum over everybody",
    "/reports/<name>/behind": "says the number it is behind",
    "/reports/<name>/chart.svg": "so is its chart",
    "/reports/<name>/file.<extension>": "so is its file",
}
"""Pages that count or sum, and so read a narrow index from end to end: none of them may read or sort whole rows."""
LISTED_WHOLE = {
    "/admin/people": "lists everybody",
    "/admin/people/<account>": "lists every commune, of which one may be given her",
}
MET, MEETING = ("/records/?sort=", "/records/?survey=", "/review?programme="), 12
"""Lists of which a page is met on a walk in its order, or by those few that lead to it, whoever asks: a household more
takes no more steps than to count it, and to look where it lies. To gather and sort them takes twice as many."""
OFTEN = {"/pairs": 3}
"""How often a page looks at each household that it counts: both of a pair, in its list and in its number."""
AN_AREA, VILLAGES = 20, 216
"""Steps that each village more costs a statement that asks for those of a person; and how many more there are."""
LISTING = 70
"""Steps for each household added that the people, villages and communes added with it may take on those."""
COUNTING = 60
"""Steps for each household added that counting may take: it has three records and a case, each read once or twice."""


def fill(app: Flask, season: Season, households: int, programmes: Sequence[str] = PROGRAMMES) -> None:
    with app.app_context():
        begin_writing()
        intake.receive(list(texts(season, households, programmes)), kind="file")
        db.session.commit()
        db.session.remove()


def grow(app: Flask) -> None:
    """More of everything: villages in every commune, people and devices whose work it is, programmes, households."""
    villages, workers, programmes = more_places(app), more_people(app), more_programmes(app, 8)
    more_allocations(app)
    for device, author in workers:
        fill(app, Season(device=device, author=author, villages=villages), MORE // len(workers), programmes)


def more_places(app: Flask) -> list[str]:
    """Two villages more in each commune of 2023; the ids of all of them."""
    with app.app_context():
        begin_writing()
        codes = [place.code for place in places.communes(2023)]
        places.import_villages([(2023, code, n, f"Thôn {n}") for code in codes for n in (101, 102)])
        db.session.commit()
        return [f"2023.{code}.{n}" for code in codes for n in (101, 102)]


def more_people(app: Flask) -> list[tuple[str, str]]:
    """Ten administrators more, each with a device of her own: its id, and hers."""
    with app.app_context():
        found = []
        for number in range(10):
            account = people.add_account(f"them{number}", f"Lục Thị {number}", "admin", PASSWORD, [(2023, "06")])
            device, _token = people.enrol(people.enrolment_code(account, now()), f"Máy {number}", now())
            found.append((device.id, account.id))
        db.session.commit()
        return found


def more_programmes(app: Flask, count: int) -> list[str]:
    """So many programmes beside those of the package; the codes of all of them."""
    codes = [f"them_{number}" for number in range(count)]
    with app.app_context():
        begin_writing()
        for code in codes:
            answers = {
                "code": code,
                "name": f"Chương trình {code[-1]}",
                "opens_on": "2022-01-01",
                "own_order": "general",
            }
            ruled("programme", id_of_code("programme", code), answers)
        db.session.commit()
        refreshing.finish()
    return [*PROGRAMMES, *codes]


def ruled(survey: str, record: str, answers: dict[str, object]) -> None:
    """An administrator's rule, which counts."""
    intake.save(survey, record, answers, account=people.find_account("quan"))
    assert db.session.get(SURVEYS[survey], record), "it is held"


def more_allocations(app: Flask) -> None:
    """Money of its own for every commune."""
    with app.app_context():
        begin_writing()
        for place in places.communes(2023):
            said = {"programme": id_of_code("programme", PROGRAMMES[0]), "budget_year": 2023, "fund_source": "nstw"}
            said["place"] = f"{place.code}@2023"
            ruled("budget", id_of("budget", said), {**said, "amount": 1_000_000_000})
        db.session.commit()
        refreshing.finish()


@pytest.fixture
def grown(app: Flask, as_: Callable[[str], FlaskClient]) -> dict[str, tuple[int, int, Asked, Asked]]:
    """By address: the steps it takes of a small province and of one with ten times as many, and its statements."""
    season = villages_of(app, 1)
    fill(app, season, SMALL, more_programmes(app, 1))
    addresses = list(pages(app))
    clients = {who: as_(who) for who in ("binh", "dung", "quan")}

    def costs() -> dict[str, tuple[int, Asked]]:
        return {address: cost(app, clients[reader(address)], address) for address in addresses}

    before = costs()
    grow(app)
    after = costs()
    return {each: (before[each][0], after[each][0], before[each][1], after[each][1]) for each in addresses}


def villages_of(app: Flask, count: int) -> Season:
    """So many villages where households are added, in a province that ``binh`` sees all of but the last commune: who
    sees everything is asked about no village."""
    with app.app_context():
        *communes, _last = places.communes(2023)
        people.find_account("binh").grants = [Grant(vintage=2023, code=place.code) for place in communes]
        villages = sorted(db.session.scalars(sa.select(Village.id)))[:count]
        author = people.find_account("quan").id
        db.session.commit()
    return Season(author=author, villages=villages)


def reader(address: str) -> str:
    """Who asks for it: a supervisor of the whole province, or who alone may."""
    return (
        "quan" if address.startswith(("/admin", "/?who=quan")) else "dung" if address.startswith("/reports") else "binh"
    )


def cost(app: Flask, client: FlaskClient, address: str) -> tuple[int, Asked]:
    client.get(address)  # what each process makes once is made
    for kept in (dashboard._count, province._built, table._built):
        kept.cache_clear()  # what is kept for some seconds is not: whoever comes first waits for it
    with app.app_context(), steps() as taken, counted() as asked:
        answer = client.get(address)
        answer.get_data()
    assert answer.status_code in (200, 302), address
    return taken[0], list(asked)


def pages(app: Flask) -> Iterator[str]:
    """Every address of the desk that asks for a page, with whatever its parts can be."""
    with app.app_context():
        need = db.session.scalars(sa.select(HousingNeed.id)).first()
        case = db.session.scalars(sa.select(CaseFact.record)).first()
        account = people.find_account("binh").id
        one, other = db.session.scalars(sa.select(Household.id).limit(2))
    pair = {"one_id": one, "other_id": other}
    values = {
        **pair,
        "record_id": need,
        "case_id": case,
        "account": account,
        "name": "housing-need",
        "survey": "housing_need",
    }
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.rule.startswith(ELSEWHERE) and rule.endpoint not in UNASKED:
            address = rule.build({**values, "extension": "csv"}, append_unknown=False)
            assert address, rule
            needed = f"?{NEEDED[rule.rule]}" if rule.rule in NEEDED else ""
            yield from (address[1] + needed, *(f"{address[1]}?{each}" for each in LISTS.get(rule.rule, "").split()))


ELSEWHERE = (
    "/sync",
    "/api",
    "/app",
    "/static",
    "/style",
    "/bootstrap",
    "/sign-in",
    "/password",
    "/again",
    "/admin/rules/",
)
READ_EVERYTHING = ("reports.records", "reports.everything", "admin.system")
"""Files of all records; and the page of this server reads its whole database to see that it is sound."""
UNASKED = {
    "cases.minutes", "cases.payment", "cases.list_page", "cases.paper",
    "decisions.page", "decisions.sheet", "decisions.posted", "decisions.file",
    "admin.list", "admin.list_columns", "admin.list_fates",
    "admin.batch", "admin.receipt", "admin.given", "bulk.done", "photos.whole", "records.leaflet", "office.edit",
    "figures.indicator", "figures.edit_indicator", "figures.statuses", "assigning.new",
    "map.borders", "pairs.page", "records.beside", "periods.period", "periods.table", "periods.file", "periods.behind",
    "periods.moved", *READ_EVERYTHING, "office.new", "cases.choose", "office.described",
}  # fmt: skip


def test_no_page_of_the_desk_takes_more_steps_or_asks_more_often_in_a_province_ten_times_as_large(
    app: Flask, grown: dict[str, tuple[int, int, Asked, Asked]]
) -> None:
    adapter = app.url_map.bind("localhost")
    wrong = []
    for address, (few, many, asked_of_few, asked_of_many) in grown.items():
        rule, _values = adapter.match(address.partition("?")[0], return_rule=True)
        allowed = COUNTING if rule.rule in COUNTED else LISTING if rule.rule in LISTED_WHOLE else LEAST_OF_A_SCAN
        allowed *= OFTEN.get(rule.rule, 1)
        looked_in = AN_AREA * VILLAGES * sum("json_each" in statement for statement, _values in asked_of_many)
        most = MEETING * MORE if address.startswith(MET) else allowed * MORE + looked_in
        if many - few > most:
            wrong.append(f"{address}: {few} steps, then {many}: {(many - few) / MORE:.1f} for each household more")
        if len(asked_of_many) > len(asked_of_few) + A_LINE:
            wrong.append(f"{address}: asks {len(asked_of_few)} times, then {len(asked_of_many)} times")
    assert not wrong, "\n".join(wrong)


def test_what_is_odd_about_most_of_a_province_is_met_on_the_way_and_not_gathered(
    app: Flask, as_: Callable[[str], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("facts.doubtful", "review.queue", "web.review.queue"):
        monkeypatch.setattr(sys.modules[f"fieldapp.{module}"], "MANY", SMALL // 2)
    client, season = as_("binh"), villages_of(app, 8)
    lists = ("/review?", "/review/next?")
    addresses = [f"{each}doubt={doubt}&sort=name" for each in lists for doubt in ("one_answer", "alike")]
    fill(app, season, 3 * SMALL)
    before = {address: cost(app, client, address)[0] for address in addresses}
    fill(app, season, MORE)
    more = {address: cost(app, client, address)[0] - before[address] for address in addresses}
    assert not {address: steps for address, steps in more.items() if steps > COUNTING / 6 * MORE}


def test_nothing_is_asked_again_for_each_household_or_place_that_a_page_names(
    grown: dict[str, tuple[int, int, Asked, Asked]],
) -> None:
    found = {
        address: again for address, (_few, _many, _before, asked) in grown.items() if (again := asked_again(asked))
    }
    assert found == {}


def test_nothing_is_asked_one_by_one_of_the_places_people_or_rules_there_are(
    grown: dict[str, tuple[int, int, Asked, Asked]],
) -> None:
    found = {address: each for address, (*_, asked) in grown.items() if (each := asked_one_by_one(asked))}
    assert found == {}
