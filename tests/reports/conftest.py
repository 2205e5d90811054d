"""Support cases of two programmes in two districts, in many states, with payments; and a world to take files from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp import create_app, intake, people
from fieldapp.config import Config
from fieldapp.db import begin_writing, db
from fieldapp.places import village_id
from fieldapp.sample.sizes import ELSEWHERE
from fieldapp.surveys.household import Household
from tests.once import made_once
from tests.postgres import Server as Postgres
from tests.support.conftest import HERE, MILLION, Cases

FAR = village_id(2023, ELSEWHERE, 1)
OPEN = {"state": "proposed", "decision_on": None, "approved_nstw": None, "approved_tai_tro": None}
DONE = {"started_on": "2023-05-02", "completed_on": "2024-01-10"}


@pytest.fixture(scope="session")
def with_ten_cases(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Path:
    """The folder of an instance with ten cases, made once a run: making them takes longer than most of its tests."""

    def make(folder: Path) -> None:
        shutil.copytree(template, folder, dirs_exist_ok=True)
        app = create_app(Config(instance=folder, testing=True))
        ten_cases(app)
        with app.app_context():
            db.engine.dispose()

    return made_once(tmp_path_factory, "with-ten-cases", make)


@pytest.fixture(scope="session")
def with_ten_cases_on_postgresql(
    template_on_postgresql: tuple[Path, str], postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The name of a database with the same ten cases."""
    instance, database = template_on_postgresql

    def make(folder: Path) -> None:
        name = postgres.create(database)
        copy = shutil.copytree(instance, folder / "instance")
        app = create_app(Config(instance=copy, database_url=postgres.url(name), testing=True))
        ten_cases(app)
        with app.app_context():
            db.engine.dispose()
        (folder / "database").write_text(name)

    folder = made_once(tmp_path_factory, f"with-ten-cases-{postgres.folder.name}", make)
    return (folder / "database").read_text()


@pytest.fixture
def support(app: Flask, config: Config, request: pytest.FixtureRequest) -> Cases:
    """The tiny province with ten cases: eight here, two in another district."""
    if config.on_sqlite:
        lay(request.getfixturevalue("with_ten_cases"), app, config)
    else:
        with app.app_context():
            server, name = request.getfixturevalue("postgres"), str(db.engine.url.database)
            db.engine.dispose()
        server.put(name, request.getfixturevalue("with_ten_cases_on_postgresql"))
    return Cases(app)


def lay(folder: Path, app: Flask, config: Config) -> None:
    """Put the database of another instance in the place of this one's, on SQLite."""
    with app.app_context():
        db.engine.dispose()
    for file in folder.glob("fieldapp.db*"):
        shutil.copy(file, config.instance)


def ten_cases(app: Flask) -> Cases:
    """Make them."""
    made, vouchers = Cases(app), count()

    def case(
        village: str = HERE, *, visits: str = "", paid: int = 0, programme: str = "gnbv_2022", **said: object
    ) -> str:
        home = made.save("household", {"village": village, "head_name": "Lý Thị Xa", "poverty_class": "ngheo"})
        kind = said.get("need_type", "xay_moi")
        need = made.save("housing_need", {"household": home, "visited_on": "2023-01-10", "need_type": kind})
        case = made.case(need, programme, **said)
        name = "milestone_repair" if kind == "sua_chua" else "milestone_new"
        for day, milestone in enumerate(visits, 20):
            done = DONE if milestone == "5" else {}
            asked = {"milestone_new": None, "need_type": kind, name: milestone, **done}
            made.visit(case, f"2023-06-{day}", milestone, **asked)
        if paid:
            made.pay(case, paid, voucher=f"PC{next(vouchers)}")
        return case

    case(visits="125", paid=40)
    case(visits="12", paid=28)
    repair = {"need_type": "sua_chua", "approved_nstw": 20 * MILLION, "approved_tai_tro": None}
    case(visits="2", programme="dtts_2021", **repair)
    waiting = case()
    made.visit(waiting, "2023-06-20", "0", not_started_reason="thieu_doi_ung")
    case(state="blocked", blocked_from="approved", state_reason="vat_lieu")
    case(**OPEN)
    case(**{**OPEN, "state": "refused", "state_on": "2023-03-01"}, proposed_on="2022-12-01")
    case(**{**OPEN, "state": "on_commune_list"}, programme="dtts_2021", need_type="sua_chua")
    case(FAR, visits="3", paid=60)
    case(FAR, state="settled", state_on="2024-02-01", decision_on="2022-05-01", approved_nsdp_xa=7 * MILLION)
    return made


ODD, CONTESTED = "Đàm Thị Đào", "Hoàng Thị Tranh"
"""The heads of a household whose code and village are on no list, and of one that is told in two ways."""


@pytest.fixture(scope="session")
def taken_from(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Path:
    """The folder of an instance with cases, rules, conflicts, decisions and what is on no list; only to be read."""

    def make(folder: Path) -> None:
        shutil.copytree(template, folder, dirs_exist_ok=True)
        app = create_app(Config(instance=folder, testing=True))
        made = ten_cases(app)
        odd = made.save("household", {"head_name": ODD, "poverty_class": "ngheo", "citizen_id": "006071999888"})
        two = made.save("household", {"head_name": CONTESTED, "village": HERE, "members": 5, "remarks": "=1+1"})
        with app.app_context():
            _disagree(two)
            intake.take_shipped()
            begin_writing()
            told = sa.text("UPDATE household SET head_sex = 'x9', area = '2023.99999.001' WHERE id = :id")
            db.session.execute(told, {"id": odd})
            db.session.commit()
            db.session.remove()
            db.engine.dispose()

    return made_once(tmp_path_factory, "taken-from", make)


def _disagree(household: str) -> None:
    """Say 9 people and 11, each without knowing the other."""
    begin_writing()
    account, heads = people.find_account("quan"), db.session.get_one(Household, household).heads["members"]
    for members in (9, 11):
        intake.save("household", household, {"members": members}, account=account, knowing={"members": heads})
    db.session.commit()


@pytest.fixture
def world(taken_from: Path) -> Iterator[Flask]:
    """Work inside that instance, of which nothing is changed."""
    app = create_app(Config(instance=taken_from, testing=True))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
