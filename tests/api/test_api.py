"""The addresses for programs: they give what the files give, a page at a time, and nothing beyond their token."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import exports, people, reports
from fieldapp.db import begin_writing, db
from fieldapp.exports.records import MASK
from fieldapp.exports.wordlists import used
from fieldapp.i18n import speaking
from fieldapp.people import ApiToken
from fieldapp.places import Village
from fieldapp.surveys import SURVEYS, questions
from fieldapp.taken_out import TakenOut
from fieldapp.today import today
from fieldapp.web.admin import taken
from fieldapp.web.api import base
from tests.api.conftest import Programs
from tests.pages import Page
from tests.support.conftest import HERE

FEEDS = ["households", "cases", "money", "places", "villages", *(f"records/{survey}" for survey in SURVEYS)]


@pytest.fixture
def context(programs: Programs) -> Iterator[Flask]:
    with programs.app.app_context():
        yield programs.app
        db.session.remove()


def everything(programs: Programs, path: str, **query: Any) -> list[dict[str, Any]]:
    """All rows of a feed, page by page, as the addresses in "next" say."""
    rows, body = [], programs.ask(path, **query)
    rows += body["rows"]
    while body["next"]:
        parts = urlsplit(body["next"])
        shown = {"Authorization": f"Bearer {query.get('token') or programs.token()}"}
        body = programs.client.get(f"{parts.path}?{parts.query}", headers=shown).get_json()
        rows += body["rows"]
    return rows


def test_whatever_the_page_is_as_long_as_every_row_of_a_feed_comes_once(programs: Programs) -> None:
    for path in ("households", "money", "villages", "records/household"):
        at_once, in_pages = programs.ask(path, limit=1000)["rows"], everything(programs, path, limit=3)
        assert len(at_once) > 3
        assert in_pages == at_once, path


def test_every_feed_gives_the_records_of_the_files_with_the_same_masks(programs: Programs, context: Flask) -> None:
    for survey in SURVEYS:
        for exact in (False, True):
            file = io.BytesIO()
            with speaking("vi"):
                exports.export(db.session(), survey, "geojson", file, areas=None, exact=exact)
            files = {each["id"]: each["properties"] for each in json.loads(file.getvalue())["features"]}
            rows = programs.ask(f"records/{survey}", programs.token(exact=exact), limit=1000)["rows"]
            assert {row["id"] for row in rows} == files.keys()
            for row in rows:
                _like(survey, row, files[row["id"]])


def _like(survey: str, row: dict[str, Any], file: dict[str, Any]) -> None:
    """What a program is given is what stands in the file, or nothing where the file says little of it."""
    for name, question in questions(survey).items():
        given, told = row[name], file.get(name)
        if question.private and given is None:
            continue
        wanted = float(told) if question.kind == "decimal" and told is not None else told
        assert given == wanted, (survey, name)
    for name, label in file["labels"].items():
        if f"{name}_label" in row:
            assert row[f"{name}_label"] == label
    assert (row["_author"], row["_by"]) == (file["author"], file["author_name"] if row["_by"] else None)
    assert (row["_created_at"], row["_changed_at"]) == (file["created_at"], file["changed_at"])


def test_positions_are_rounded_for_a_program_that_is_not_given_all(programs: Programs) -> None:
    for path in ("households", "records/household"):
        rough, whole = (programs.ask(path, programs.token(exact=exact), limit=1000)["rows"] for exact in (False, True))
        assert all(row["lat"] is None or round(row["lat"], 2) == row["lat"] for row in rough)
        assert any(row["lat"] and round(row["lat"], 2) != row["lat"] for row in whole)
        assert {row.get("main") for row in rough} <= {None, MASK}
        assert {row.get("minority") for row in rough} == {None}


def test_a_program_sees_the_places_of_its_token_and_no_others(programs: Programs, context: Flask) -> None:
    token = programs.token(place=(2023, HERE))
    for path in FEEDS:
        rows = programs.ask(path, token, limit=1000)["rows"]
        assert {row["area"] for row in rows if "area" in row} <= {HERE, "*"}, path
    assert programs.ask("households", token)["rows"]
    elsewhere = db.session.scalars(sa.select(Village.id).where(Village.id != HERE)).first()
    assert programs.ask("households", token, 404, area=elsewhere)["error"]["code"] == "not_found"
    commune = programs.ask("households", area="01930@2023", limit=1000)["rows"]
    assert {row["area"][:10] for row in commune} == {"2023.01930"}


def test_a_feed_is_narrowed_by_day_programme_and_state(programs: Programs) -> None:
    cases = programs.ask("cases", limit=1000)["rows"]
    assert len({case["state"] for case in cases}) > 3
    for name in ("state", "programme"):
        value = cases[0][name]
        wanted = [case for case in cases if case[name] == value]
        assert programs.ask("cases", **{name: value}, limit=1000)["rows"] == wanted
    days = sorted(case["since"] for case in cases)
    later = programs.ask("cases", since=days[3], limit=1000)["rows"]
    assert {case["record"] for case in later} == {case["record"] for case in cases if case["since"] >= days[3]}
    assert programs.ask("households", since=(today() + timedelta(days=1)).isoformat())["rows"] == []
    assert programs.ask("households", since="x", status=400)["error"]["code"] == "bad_filter"
    assert programs.ask("places", state="x", status=400)["error"]["code"] == "not_answered_here"


def test_reports_and_code_lists_are_given_as_values(programs: Programs) -> None:
    for report in programs.ask("reports")["reports"]:
        body = programs.ask(f"reports/{report['name']}", by="commune")
        assert body["report"] == report["name"]
        assert body["columns"]
    assert len(reports.REPORTS) == len(programs.ask("reports")["reports"])
    for name in programs.ask("codes")["lists"]:
        assert all(row["vi"] for row in programs.ask(f"codes/{name}")["rows"])


def test_a_token_opens_what_it_is_made_for_until_it_ends(programs: Programs, context: Flask) -> None:
    only = programs.token("places")
    assert programs.ask("places", only)["rows"]
    assert programs.ask("households", only, 403)["error"]["code"] == "beyond_scope"
    programs.ask("reports", only, 403)
    for shown in ({}, {"Authorization": "Bearer fa_wrong"}, {"Authorization": "Basic eA=="}, {"Authorization": "x"}):
        answer = programs.client.get("/api/v1/places", headers=shown)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="fieldapp"')
    alter(only, ends_on=(today() - timedelta(days=1)).isoformat())
    programs.ask("places", only, 401)
    alter(only, ends_on="2099-01-01", active=False)
    programs.ask("places", only, 401)
    alter(only, active=True)
    programs.ask("places", only)


def alter(text: str, ends_on: str = "2099-01-01", active: bool = True) -> None:
    """Let a token end on a day, and switch who made it off or on."""
    db.session.remove()
    begin_writing()
    held = db.session.scalars(sa.select(ApiToken).where(ApiToken.token_hash == people.tokens._hash(text))).one()
    held.ends_on, held.account.active = ends_on, active
    db.session.commit()


def test_every_answer_to_a_program_is_told_in_the_log_before_it_is_given(programs: Programs, context: Flask) -> None:
    token = programs.token("cases")
    rows = len(programs.ask("cases", token, limit=2, state="proposed")["rows"])
    db.session.remove()
    told = db.session.scalars(sa.select(TakenOut).order_by(TakenOut.id.desc())).first()
    assert told is not None
    assert (told.what, told.form, told.rows, told.exact) == ("api:cases", "json", rows, False)
    assert "state=proposed" in told.asked
    held = db.session.get_one(ApiToken, told.token)
    assert (held.last_used_at, told.who) == (told.at, held.name)


OPEN = {"api.index", "api.openapi"}
"""Addresses that tell of no household, for whoever asks."""
FILLED = {"survey": "household", "name": "household"}


def test_every_call_of_a_program_is_in_the_log_in_words(programs: Programs, context: Flask) -> None:
    rules = [rule for rule in programs.app.url_map.iter_rules() if rule.endpoint.split(".")[0] in ("api", "odata")]
    shown = {"Authorization": f"Bearer {programs.token()}"}
    named = {"api.codes": {"name": used()[0]}, "api.report": {"name": "progress"}}
    for rule in rules:
        before = calls()
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}>", named.get(rule.endpoint, FILLED)[name])
        answer = programs.client.get(path, headers=shown)
        assert answer.status_code == 200, path
        assert calls() - before == (rule.endpoint not in OPEN), path
    told = {taken.named(what) for what in db.session.scalars(sa.select(TakenOut.what))}
    assert not {each for each in told if "/" in each or "$" in each or each in ("code_lists", "reports", "odata")}, told


def calls() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(TakenOut)) or 0


def test_whoever_asks_too_often_is_asked_to_wait(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    token = programs.token("places", place=(2023, HERE))
    monkeypatch.setattr(base, "MOST_CALLS", 2)
    programs.ask("places", token)
    programs.ask("places", token)
    answer = programs.client.get("/api/v1/places", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")


def test_a_token_is_made_on_a_page_shown_once_and_ended_there(
    app: Flask, as_: Callable[[str], FlaskClient], page: Callable[..., Page]
) -> None:
    assert "Chưa có chương trình nào" in page("/admin/tokens", who="quan").text
    quan, typed = as_("quan"), {"name": "Power BI của Sở", "place": "2023.06", "ends_on": "31/12/2099"}
    wrong = quan.post("/admin/tokens", data={**typed, "name": ""})
    assert wrong.status_code == 400
    late = quan.post("/admin/tokens", data={**typed, "scope": ["cases"], "ends_on": "01/01/2020"})
    assert late.status_code == 400
    made = quan.post("/admin/tokens", data={**typed, "scope": ["cases", "places"]}).get_data(as_text=True)
    text = made.partition("fa_")[2].partition("<")[0]
    token = f"fa_{text}"
    listed = page("/admin/tokens", who="quan")
    assert "Power BI của Sở" in listed.text
    assert text not in listed.html
    with app.app_context():
        assert text not in str(db.session.execute(sa.select(ApiToken.__table__)).all())
        number = db.session.scalars(sa.select(ApiToken.id)).one()
        db.session.remove()
    shown, client = {"Authorization": f"Bearer {token}"}, app.test_client()
    assert client.get("/api/v1/cases", headers=shown).status_code == 200
    quan.post(f"/admin/tokens/{number}/end")
    assert client.get("/api/v1/cases", headers=shown).status_code == 401
    for who in ("lan", "binh", "dung"):
        assert as_(who).get("/admin/tokens").status_code == 403


def test_what_masks_hide_no_filter_finds(programs: Programs) -> None:
    for text in ("citizen_id eq '006071000001'", "birth_date ge 1970-01-01", "ethnic_group eq 'dao'", "lat ge 22"):
        programs.feed(f"household?$filter={text}", status=400)
    programs.feed("household?$filter=citizen_id eq '006071000001'", programs.token(exact=True))
