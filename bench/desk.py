"""Every page of the desk over provinces of several sizes: the first view, the median and the 95th of a hundred."""

from __future__ import annotations

import os
import random
import statistics
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import httpx
import sqlalchemy as sa
from flask import Flask

from bench.cost import seconds
from bench.figures import Figure, Section
from bench.node import opened
from bench.pages import sign_in
from bench.season import Season
from bench.served import province, served
from bench.site import PROCESSOR
from fieldapp import intake, people, places, sample
from fieldapp.db import begin_writing, db
from fieldapp.facts import closing_up
from fieldapp.reference.naming import id_of_code
from fieldapp.surveys import choices
from fieldapp.surveys.household import Household

VIEWS = 20
VILLAGES_EACH = 12
AT_ONCE = 20_000
SAID = """Households with four records each (a housing survey, a visit and a case beside) in all communes of the
province, two payments of every settled case, and pages of the desk as one person after another asks for them over one
connection: milliseconds of the first view, the median and the 95th percentile of {views}; then the same of the
processor time of the server, which depends less on what else the machine has to do (not that of a PostgreSQL). The
first of a person's pages finds a server that has just begun; of tables and the dashboard the first view alone counts,
as they are kept for some seconds; those since a day are not, as it is another in each view. The machine's load when it
was measured: {load}."""
FAMILY = ["Nông", "Hoàng", "Triệu", "Đặng", "Lý", "Bàn", "Nguyễn", "Hà", "Ma", "Dương"]
MIDDLE = ["Văn", "Thị", "Quang", "Minh", "Ngọc", "Đức", "Hồng", "Thu"]
GIVEN = ["An", "Bình", "Châu", "Dung", "Én", "Giang", "Hà", "Kiên", "Lan", "Mến", "Páo", "Sơn", "Tâm", "Vinh", "Yến"]
PAGES = {
    "binh": [
        ("supervisor's home", "/"), ("queue", "/review"), ("queue, one commune", "/review?commune={commune}"),
        ("queue, changed since approval", "/review?status=changed_since_approval"), ("next", "/review/next"),
        ("map", "/map/points"), ("record", "/records/{record}"),
    ],
    "mai": [
        ("home, a third of the communes", "/"), ("queue by village, a third", "/review?sort=village"),
        ("queue of a programme, a third", "/review?programme=nd20_khan_cap"),
        ("surveys by name, a third", "/records/?survey=housing_need"),
        ("cases, a third", "/cases/"), ("households alike, a third", "/pairs"),
    ],
    "quan": [
        ("administrator's home", "/"), ("list by name", "/records/"), ("list by village", "/records/?sort=village"),
        ("list by last change", "/records/?sort=changed"), ("surveys by name", "/records/?survey=housing_need"),
        ("visits by last change", "/records/?survey=progress_visit&sort=changed"),
        ("list in one state", "/records/?status=waiting"),
        ("visits in one state by last change", "/records/?survey=progress_visit&sort=changed&status=waiting"),
        ("cases", "/cases/"), ("cases of a common name", "/cases/?q=hoang van"),
        ("search by name", "/records/?q=trieu thi men"),
        ("search for a common name", "/records/?q=hoang van"),
        ("search for one that is rare", "/records/?q=ngoc pao 77"), ("list, page 300", "/records/?page=300"),
        ("whole map", "/map/points"), ("record", "/records/{record}"),
    ],
    "dung": [
        ("leader's home", "/"), ("table by commune", "/reports/housing-need"),
        ("table by village", "/reports/housing-need?by=village"),
        ("table by village as PDF", "/reports/housing-need/file.pdf?by=village"),
        ("table of other support", "/reports/other-support"), ("chart", "/reports/housing-need/chart.svg"),
        ("table of cases", "/reports/progress"), ("overview", "/reports/overview"), ("dashboard", "/figures/dashboard"),
        ("overview by village, since a day", "/reports/overview?by=village&since={day}"),
        ("overview by commune, since a day", "/reports/overview?by=commune&since={day}&until=2026-09-20"),
        ("table of cases by village, since a day", "/reports/progress?by=village&since={day}&until=2026-06-30"),
        ("dashboard, since a day", "/figures/dashboard?since={day}"),
    ],
}  # fmt: skip
DAY = date(2026, 3, 10)
"""The first of the days asked about."""


def desk(folder: Path, most: int) -> Section:
    """A hundredth, a tenth and the whole of so many households. Where ``FIELDAPP_DATABASE_URL`` names a PostgreSQL, in
    databases there whose names end in these numbers."""
    figures: list[Figure] = []
    server = os.environ.get("FIELDAPP_DATABASE_URL", "")
    for size in (most // 100, most // 10, most):
        where = f"desk-{size}-postgresql" if server else f"desk-{size}"
        figures += measured(folder / where, size, f"{server}{size}" if server else "")
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    title = f"Pages of the desk as the province grows{', on PostgreSQL' if server else ''}"
    return Section(title, SAID.format(views=VIEWS, load=load), tuple(figures))


def measured(folder: Path, households: int, address: str = "") -> Iterator[Figure]:
    """A line a page. A province that is there already is taken."""
    is_there = (folder / "whole").exists()
    app = opened(folder, address) if is_there else grown(folder, households, address)
    with app.app_context():
        near = sa.select(Household.id).where(Household.village.startswith("2023.01930."))
        record = db.session.scalars(near.order_by(Household.id.desc())).first()
        commune = places.known_commune("2023.01930.001")
        words = {"record": record, "commune": commune.code if commune else "", "day": "{day}"}
        db.session.remove()
    with served(folder, address=address) as client:
        for username, pages in PAGES.items():
            client.cookies.clear()
            sign_in(client, username)
            for name, address in pages:
                yield f"{households:,} households: {name}", timed(client, address.format(**words))


def timed(client: httpx.Client, address: str) -> str:
    """``first / median / p95``, and the same of the processor. ``{day}`` in an address is another in each view."""
    processor: list[float] = []
    days = (DAY + timedelta(number) for number in count())

    def ask() -> None:
        answer = client.get(address.format(day=next(days)))
        if answer.status_code not in (httpx.codes.OK, httpx.codes.FOUND):
            raise SystemExit(f"{address}: {answer.status_code}")
        processor.append(float(answer.headers[PROCESSOR]))

    waited = [seconds(ask) * 1000 for _view in range(VIEWS + 1)]
    return f"{_told(waited)}, processor {_told(processor)}"


def _told(times: list[float]) -> str:
    first, *rest = times
    return " / ".join(f"{each:.0f}" for each in (first, statistics.median(rest), sorted(rest)[int(0.95 * len(rest))]))


def grown(folder: Path, households: int, address: str = "") -> Flask:
    """The sample, and so many households more with all that is about them; decided about here and there."""
    app = province(folder, address=address)
    with app.app_context():
        begin_writing()
        villages = [
            (2023, place.code, number, f"Thôn {number}")
            for place in places.communes(2023) for number in range(101, 101 + VILLAGES_EACH)
        ]  # fmt: skip
        places.import_villages(villages)
        db.session.commit()
        ids = [f"2023.{code}.{number}" for _vintage, code, number, _name in villages]
        author = people.find_account("quan").id
        third = [(2023, place.code) for place in places.communes(2023)[::3]]
        begin_writing()
        people.add_account("mai", "Hoàng Thị Mai", "supervisor", sample.PASSWORD, third)
        db.session.commit()
        drawn = texts(Season(author=author, villages=ids), households)
        while some := [text for _n, text in zip(range(AT_ONCE), drawn, strict=False)]:
            begin_writing()
            intake.receive(some, kind="file")
            db.session.commit()
        if address:  # PostgreSQL does it by itself; SQLite is not told, see fieldapp.db.forget_statistics
            db.session.execute(sa.text("ANALYZE"))
            db.session.commit()
        closing_up.close_up()
    (folder / "whole").touch()
    return app


PROGRAMMES = ("gnbv_2022", "dtts_2021", "phatdong_2025")


def texts(season: Season, households: int, programmes: Sequence[str] = PROGRAMMES) -> Iterator[str]:
    """Of each household four records, decisions about the surveys of a third, and what settled cases were paid."""
    drawn = random.Random(17)
    for number in range(households):
        yield _household(season, drawn, number)
        home, wanted = season.records[-1], drawn.choice(["xay_moi", "sua_chua"])
        yield season.about("housing_need", {"household": home, **_need(drawn), "need_type": wanted})
        need, heads = season.last, [season.prev]
        if drawn.random() < 1 / 3:
            yield season.about("decision", _decision(need, heads, drawn))
        visit = {"household": home, "need": need, "need_type": wanted, "visited_on": "2026-07-03"}
        yield season.about("progress_visit", {**visit, _MILESTONE[wanted]: drawn.choice("012")})
        case = _case(home, need, wanted, drawn, programmes)
        yield season.about("support_case", case)
        if case["state"] == "settled":
            yield from _payments(season, home, case, drawn)


def _payments(season: Season, home: str, said: dict[str, object], drawn: random.Random) -> Iterator[str]:
    case, half = season.last, _AMOUNT[str(said["need_type"])] // 2
    for tranche in ("1", "2"):
        day = f"2026-{drawn.randint(8, 10):02d}-{drawn.randint(1, 28):02d}"
        paid = {"entry": "chi", "fund_source": "nstw", "amount": half, "paid_on": day, "voucher": f"PC{season.seq}"}
        yield season.about("payment", {"household": home, "case": case, "tranche": tranche, **paid})


_AMOUNT = {"xay_moi": 40_000_000, "sua_chua": 20_000_000}
_MILESTONE = {"xay_moi": "milestone_new", "sua_chua": "milestone_repair"}


def _decision(need: str, heads: list[str | None], drawn: random.Random) -> dict[str, object]:
    verdict = drawn.choice(["approve", "approve", "approve", "return", "refuse"])
    why = {} if verdict == "approve" else {"comment": "Xem lại ảnh và diện tích"}
    return {"subject": need, "subject_survey": "housing_need", "verdict": verdict, "seen": heads, **why}


def _case(home: str, need: str, wanted: str, drawn: random.Random, programmes: Sequence[str]) -> dict[str, object]:
    state = drawn.choice(["proposed", "proposed", "approved", "approved", "settled"])
    day = f"2026-0{drawn.randint(1, 7)}-{drawn.randint(1, 28):02d}"
    decided = {
        "decision_number": "12/QĐ-UBND",
        "decision_on": day,
        "approved_nstw": _AMOUNT[wanted],
    }
    about = {"household": home, "need": need, "need_type": wanted, "proposed_on": day, "state_on": day, "state": state}
    programme = {"programme": id_of_code("programme", drawn.choice(programmes))}
    return {**about, **programme, **({} if state == "proposed" else decided)}


def _household(season: Season, drawn: random.Random, number: int) -> str:
    village = drawn.choice(season.villages)
    lat = 21.8 + (int(village[5:10]) % 97) / 120 + drawn.random() / 30
    lon = 105.4 + (int(village[5:10]) % 89) / 110 + drawn.random() / 30
    answers = {
        "village": village,
        "head_name": " ".join([*map(drawn.choice, (FAMILY, MIDDLE, GIVEN)), *([] if number % 100 else ["Bảy"])]),
        "birth_date": str(drawn.randint(1940, 2000)),
        "members": drawn.randint(1, 9),
        "poverty_class": drawn.choice(["ngheo", "can_ngheo"]),
        "ethnic_group": drawn.choice(["kinh", "tay", "dao", "nung"]),
        "location": {"lat": f"{lat:.6f}", "lon": f"{lon:.6f}", "accuracy_m": 8, "at": None, "source": "pin"},
    }
    return season.of_household(answers)


def _need(drawn: random.Random) -> dict[str, object]:
    material = drawn.choice([each.code for each in choices.choices("frame_material")])
    return {
        "visited_on": f"2026-0{drawn.randint(1, 7)}-{drawn.randint(1, 28):02d}",
        "has_house": drawn.choice(["nha_rieng", "nha_rieng", "leu_tam", "khong"]),
        "area_m2": str(drawn.randint(8, 90)),
        "post_material": material,
        "in_danger_of_collapse": drawn.random() < 0.1,
    }
