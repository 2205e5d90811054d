"""Rules are records: the same on every node, read by all, written by administrators, never overwritten by a release."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import create_app, intake, people
from fieldapp.config import Config
from fieldapp.db import db, upgrade
from fieldapp.intake import releases
from fieldapp.reference import current, default_rules, defaults, shipped
from fieldapp.reference.naming import id_of_code
from fieldapp.surveys import REFERENCE, SURVEYS, questions
from fieldapp.surveys.reference import EVERYWHERE, Office
from sync import WITHDRAWN, decode, fold, new_record_id
from sync.change import same_as
from sync.tables import change
from tests.again import a_walk
from tests.postgres import AGAIN_ON_POSTGRESQL
from tests.wire_client import Tablet

SEAT = id_of_code("office", "so_xay_dung")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Flask]:
    """A node that was set up apart."""
    app = create_app(Config(instance=tmp_path / "elsewhere", testing=True))
    upgrade(app)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def shipped_here() -> set[str]:
    query = sa.select(change.c.text).where(change.c.device == shipped.DEVICE)
    return set(db.session.connection().execute(query).scalars())


def tablet_of(client: FlaskClient, username: str) -> Tablet:
    code = people.enrolment_code(people.find_account(username), datetime.now(UTC))
    db.session.commit()
    return Tablet(client, code)


def release(monkeypatch: pytest.MonkeyPatch, survey: str, record: dict[str, Any], /, **new: Any) -> None:
    """A version of the package comes out in which one default is another."""
    before, wanted = shipped.texts(), {name: [dict(each) for each in some] for name, some in defaults().items()}
    next(each for each in wanted[survey] if record.items() <= each.items()).update(new)
    texts = [*before, *releases.drawn(before, wanted, 2)]
    monkeypatch.setattr(shipped, "texts", lambda: texts)


def test_the_releases_say_what_the_defaults_say() -> None:
    """Where this fails after ``defaults`` were changed: ``python -m fieldapp.intake.releases``."""
    assert list(releases.drawn(shipped.texts(), defaults(), 99)) == []


def test_every_default_is_an_answer_to_its_question_and_every_required_one_is_answered() -> None:
    changes: dict[str, list[Any]] = {}
    for text in shipped.texts():
        changes.setdefault(decode(text).record, []).append(decode(text))
    for state in map(fold, changes.values()):
        known = questions(state.survey)
        wrong = {name: value for name, value in state.values().items() if not known[name].fits(value)}
        assert wrong == {}, state.survey
        assert [name for name, one in known.items() if one.required and state.values().get(name) is None] == []


@a_walk
@AGAIN_ON_POSTGRESQL
def test_two_nodes_set_up_apart_hold_the_same_rules_byte_for_byte(context: Flask, elsewhere: Flask) -> None:
    assert intake.take_shipped() == len(shipped.texts())
    ours, version = shipped_here(), current.rules_version(db.session())
    with elsewhere.app_context():
        intake.catch_up()
        assert shipped_here() == ours == set(shipped.texts())
        assert current.rules_version(db.session()) == version != ""
        rows = [db.session.get(SURVEYS[decode(text).survey], decode(text).record) for text in ours]
        assert {row.area for row in rows if row is not None} == {EVERYWHERE}
        assert None not in rows


def test_the_records_say_the_rules_that_the_defaults_say(context: Flask) -> None:
    assert said(current.current_rules(db.session())) == said(default_rules())
    intake.take_shipped()
    assert current.rules_version(db.session()) != ""
    assert said(current.current_rules(db.session())) == said(default_rules())


def said(rules: Any) -> Any:
    """What rules say, whatever the order in which they stand."""
    if is_dataclass(rules):
        return {each.name: said(getattr(rules, each.name)) for each in fields(rules) if not each.name.startswith("_")}
    return sorted(repr(said(each)) for each in rules) if isinstance(rules, tuple) else rules


def test_taking_in_twice_what_is_shipped_is_taking_it_in_once(context: Flask) -> None:
    intake.take_shipped()
    version = current.rules_version(db.session())
    assert intake.take_shipped() == 0
    assert intake.rebuild(check=True) == []
    assert current.rules_version(db.session()) == version


def test_a_default_that_nobody_edited_is_replaced_by_that_of_a_new_release(
    context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake.take_shipped()
    release(monkeypatch, "office", {"code": "so_xay_dung"}, seat="Bắc Kạn")
    assert intake.take_shipped() == 1
    office = db.session.get_one(Office, SEAT)
    assert (office.seat, office.contested) == ("Bắc Kạn", False)


def test_a_default_that_the_province_edited_is_in_dispute_after_a_release_and_its_own_value_holds(
    context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake.take_shipped()
    intake.save("office", SEAT, {"seat": "Sông Công"}, account=people.find_account("quan"))
    db.session.commit()
    release(monkeypatch, "office", {"code": "so_xay_dung"}, seat="Bắc Kạn")
    intake.take_shipped()
    office = db.session.get_one(Office, SEAT)
    assert office.seat == "Sông Công"
    assert {same_as(value) for value in office.conflicts["seat"]} == {'"Sông Công"', '"Bắc Kạn"'}
    said = next(each for each in current.records(db.session())["office"] if each["code"] == "so_xay_dung")
    assert said["seat"] == "Sông Công"


def test_a_default_that_a_release_drops_is_withdrawn_and_comes_back_with_a_later_one() -> None:
    wanted = {name: list(some) for name, some in defaults().items()}
    dropped = wanted["office"].pop()
    without = [*shipped.texts(), *releases.drawn(shipped.texts(), wanted, 2)]
    last = decode(without[-1])
    assert last.answers == {WITHDRAWN: True}
    again = [decode(text) for text in releases.drawn(without, defaults(), 3)]
    assert [each.record for each in again] == [last.record] == [id_of_code("office", dropped["code"])]
    of_it = [each for each in map(decode, without) if each.record == last.record]
    state = fold([*of_it, *again])
    assert not state.withdrawn
    assert state.values()["name"] == dropped["name"]
    assert state.conflicts == {}


def test_a_rule_of_any_kind_that_a_tablet_sends_is_held_unless_it_is_an_administrators(
    client: FlaskClient, context: Flask
) -> None:
    verdicts = {}
    for username in ("lan", "binh", "dung", "quan"):
        tablet = tablet_of(client, username)
        sent = [tablet.change(each, new_record_id(), {"note": "Từ máy tính bảng."}) for each in sorted(REFERENCE)]
        verdicts[username] = {(told["verdict"], told.get("reason")) for told in tablet.push(*sent)}
    held = {("held", "not_an_administrator")}
    assert verdicts == {"lan": held, "binh": held, "dung": held, "quan": {("stored", None)}}


def test_a_tablet_of_a_few_villages_can_read_every_rule_and_no_village_more(
    client: FlaskClient, context: Flask
) -> None:
    intake.take_shipped()
    tablet = tablet_of(client, "lan")
    page = tablet.get("pull?area=*&after=0")
    changes = [decode(text) for text in page["changes"]]
    while page["more"]:
        page = tablet.get(f"pull?area=*&after={page['next']}")
        changes += map(decode, page["changes"])
    assert {each.text for each in changes} >= set(shipped.texts())
    areas = intake.journal().areas_of({each.record for each in changes})
    assert set(areas.values()) <= {EVERYWHERE, *(area["id"] for area in tablet.areas)}


def test_who_has_no_village_at_all_reads_the_rules_and_nothing_else(client: FlaskClient, context: Flask) -> None:
    intake.take_shipped()
    people.add_account("moi", "Lý Thị Mới", "enumerator", "bốn từ dễ nhớ", [])
    db.session.commit()
    tablet = tablet_of(client, "moi")
    records = tablet.get("snapshot?area=*")["records"]
    assert {each["survey"] for each in records} <= REFERENCE
    assert records


def test_the_forms_tell_the_rules_and_another_tag_once_a_rule_is_another(client: FlaskClient, context: Flask) -> None:
    intake.take_shipped()
    first = client.get("/sync/v1/forms")
    assert first.get_json()["rules"]["version"] == current.rules_version(db.session())
    assert client.get("/sync/v1/forms", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    answers = {"place": "060@2023", "status": "zone_1", "from_on": "2026-01-01"}
    intake.save("place_status", id_of_code("office", "any"), answers, account=people.find_account("quan"))
    db.session.commit()
    anew = client.get("/sync/v1/forms", headers={"If-None-Match": first.headers["ETag"]})
    assert anew.status_code == 200
    told = anew.get_json()["rules"]["records"]["place_status"]
    assert answers in [{name: each[name] for name in answers} for each in told]
