"""A node whose questionnaires were older keeps what it does not understand, and lets it count once it does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import intake, people
from fieldapp.cli import main
from fieldapp.config import Config, settings
from fieldapp.db import begin_writing, db
from fieldapp.intake.why_held import Judge
from fieldapp.places import village_id
from fieldapp.sample.sizes import ELSEWHERE
from fieldapp.surveys import SURVEYS, questions
from fieldapp.surveys.household import Household
from fieldapp.surveys.housing_need import HousingNeed
from sync.change import change_id, new_record_id
from tests.postgres import AGAIN_ON_POSTGRESQL
from tests.wire_client import Tablet

pytestmark = AGAIN_ON_POSTGRESQL


@pytest.fixture
def tablet(context: Flask, client: FlaskClient) -> Tablet:
    code = people.enrolment_code(people.find_account("lan"), datetime.now(UTC))
    db.session.commit()
    return Tablet(client, code)


def without(survey: str) -> Any:
    """The node as it was before it knew a survey."""
    known = {name: model for name, model in SURVEYS.items() if name != survey}
    return patch.multiple("fieldapp.intake.why_held", SURVEYS=known)


def stricter() -> Any:
    """The node as it was before an answer became possible."""
    return patch.object(Judge, "_what", lambda _self, _change: "impossible_value")


def push(tablet: Tablet, older: Any, text: str) -> str:
    """A change reaches the node as it was; the reason it is held there."""
    with older:
        [result] = tablet.push(text)
    db.session.rollback()
    assert result["verdict"] == "held"
    return str(result["reason"])


def a_need(tablet: Tablet, area: int = 0) -> tuple[str, str, str]:
    """The texts of a household and of a need about it, and the record of the need."""
    home, need = new_record_id(tablet.millis), new_record_id(tablet.millis + 1)
    first = tablet.change("household", home, {"head_name": "Lý Thị Sao", "village": tablet.areas[area]["id"]})
    return first, tablet.change("housing_need", need, {"household": home, "visited_on": "2026-07-30"}), need


def pulled(tablet: Tablet, area: str, after: int) -> list[str]:
    """What a tablet gets of an area since a position, page after page."""
    page = tablet.get(f"pull?area={area}&after={after}")
    return page["changes"] + (pulled(tablet, area, page["next"]) if page["more"] else [])


def held() -> dict[str, str | None]:
    return {entry.change.id: entry.held for entry in intake.journal().held()}


def test_a_survey_nobody_here_knew_counts_after_the_upgrade_and_reaches_the_tablets(tablet: Tablet) -> None:
    home, text, record = a_need(tablet)
    tablet.push(home)
    assert push(tablet, without("housing_need"), text) == "unknown_survey"
    assert db.session.get(HousingNeed, record) is None
    area = tablet.areas[0]["id"]
    start = tablet.get(f"snapshot?area={area}")["position"]
    assert intake.catch_up() == 1
    assert db.session.get_one(HousingNeed, record).area == area
    assert text in pulled(tablet, area, start)
    assert intake.rebuild(check=True) == []


def test_an_edit_that_waited_reaches_the_tablets_that_have_its_record_already(tablet: Tablet) -> None:
    record, area = new_record_id(tablet.millis), tablet.areas[0]["id"]
    tablet.push(tablet.change("household", record, {"head_name": "Lý Thị Sao", "village": area}))
    text = tablet.change("household", record, {"members": 5})
    push(tablet, stricter(), text)
    start = tablet.get(f"snapshot?area={area}")["position"]
    intake.catch_up()
    told = tablet.get(f"pull?area={area}&after={start}")
    assert (told["evicted"], told["more"]) == ([record], True), "what is known of it is told anew"
    assert text in tablet.get(f"pull?area={area}&after={told['next']}")["changes"]
    assert db.session.get_one(Household, record).members == 5


@pytest.mark.parametrize("older", [without("household"), stricter()], ids=["a survey", "an answer"])
def test_no_administrator_is_asked_and_no_ruling_is_written(tablet: Tablet, older: Any) -> None:
    text = tablet.household("Ma Văn Dình")
    push(tablet, older, text)
    assert change_id(text) in held()
    intake.catch_up()
    entry = intake.journal().entry(change_id(text))
    assert entry is not None
    assert (entry.held, entry.ruling, entry.counts) == (None, None, True)


def test_what_is_no_matter_of_the_questionnaires_is_still_held_for_its_own_reason(tablet: Tablet) -> None:
    text = tablet.household("Bàn Văn Tá", village=village_id(2023, ELSEWHERE, 1))
    assert push(tablet, without("household"), text) == "unknown_survey"
    assert intake.catch_up() == 0
    assert held()[change_id(text)] == "outside_area"


def test_what_is_impossible_today_as_well_stays_held(tablet: Tablet) -> None:
    village = tablet.areas[0]["id"]
    text = tablet.change("household", new_record_id(1), {"head_name": "Hà Văn Sơn", "village": village, "members": -4})
    assert [each["reason"] for each in tablet.push(text)] == ["impossible_value"]
    assert intake.catch_up() == 0
    assert held()[change_id(text)] == "impossible_value"


def test_what_an_administrator_refused_stays_refused(tablet: Tablet) -> None:
    text = tablet.household("Hà Văn Sơn")
    push(tablet, stricter(), text)
    begin_writing()
    intake.rule([change_id(text)], "refuse", account=people.find_account("quan"))
    db.session.commit()
    assert intake.catch_up() == 0
    entry = intake.journal().entry(change_id(text))
    assert entry is not None
    assert not entry.counts


def test_an_answer_without_a_question_gets_its_column_after_the_upgrade(tablet: Tablet) -> None:
    record = new_record_id(5)
    answers = {"head_name": "Nông Văn Tài", "village": tablet.areas[0]["id"], "phone": "0912345678"}

    def asked(survey: Any) -> Mapping[str, Any]:
        return {name: each for name, each in questions(survey).items() if name != "phone"}

    with patch.multiple("fieldapp.intake.rows", questions=asked):
        tablet.push(tablet.change("household", record, answers))
    db.session.rollback()
    row = db.session.get_one(Household, record)
    assert (row.phone, row.extra) == (None, {"phone": "0912345678"})
    intake.catch_up()
    db.session.refresh(row)
    assert (row.phone, row.extra) == ("0912345678", {})


def test_a_change_of_an_older_form_counts_at_once(tablet: Tablet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Household, "FORM_VERSION", 7)
    assert tablet.push(tablet.household())[0]["verdict"] == "stored"


def test_it_is_looked_at_once_a_version_and_by_every_rebuild(
    tablet: Tablet, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake.catch_up()
    text = tablet.household("Lý A Tủa")
    push(tablet, stricter(), text)
    assert intake.catch_up() == 0, "these questionnaires were looked at already"
    settings().questions_file.write_text("those of yesterday\n")
    assert intake.catch_up() == 1
    push(tablet, stricter(), tablet.household("Lý A Páo"))
    monkeypatch.setenv("FIELDAPP_INSTANCE", str(config.instance))
    monkeypatch.setenv("FIELDAPP_DATABASE_URL", config.database_url)
    result = CliRunner().invoke(main, ["rebuild"])
    assert result.exit_code == 0, result.output
    assert "1 thay đổi" in result.stderr
