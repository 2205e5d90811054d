"""Logs, commands and pages of failures hold no answers: others read them than may read records."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp import faults
from fieldapp.config import Config
from fieldapp.db import db
from tests.commands.conftest import Run, run
from tests.postgres import AGAIN_ON_POSTGRESQL
from tests.wire_client import Tablet, code, tablet

__all__ = ["code", "run", "tablet"]

ROOT = Path(__file__).parents[1]

ANSWERS = ("Đặng Thị Bí Mật", "dang thi bi mat", "0912345678")
REFUSING = {
    "sqlite": """CREATE TRIGGER refused BEFORE INSERT ON household WHEN NEW.head_name LIKE '%Bí Mật%'
        BEGIN SELECT RAISE(ABORT, 'refused'); END""",
    "postgresql": "ALTER TABLE household ADD CONSTRAINT refused CHECK (head_name NOT LIKE '%Bí Mật%') NOT VALID",
}
"""What makes the database fail amid an answer; PostgreSQL tells the whole row with it."""


def held_in(*texts: str) -> list[str]:
    return [answer for answer in ANSWERS if any(answer in text for text in texts)]


def refuse(engine: str) -> None:
    db.session.execute(sa.text(REFUSING[engine]))
    db.session.commit()


@AGAIN_ON_POSTGRESQL
def test_a_failure_of_the_database_tells_no_answer_to_the_log_or_to_who_asked(
    context: Flask, engine: str, tablet: Tablet, caplog: pytest.LogCaptureFixture
) -> None:
    refuse(engine)
    text = tablet.household(ANSWERS[0])
    answer = tablet.client.post("/sync/v1/push", json={"changes": [text]}, headers=tablet.auth)
    assert answer.status_code == 500
    assert "IntegrityError" in caplog.text
    assert held_in(caplog.text, answer.get_data(as_text=True)) == []


@AGAIN_ON_POSTGRESQL
def test_a_command_that_fails_or_finds_a_difference_prints_no_answer(
    context: Flask, engine: str, tablet: Tablet, run: Run, config: Config
) -> None:
    tablet.push(tablet.household(ANSWERS[0]))
    db.session.execute(sa.text("UPDATE household SET members = 9 WHERE head_name LIKE '%Bí Mật%'"))
    refuse(engine)
    said = run("rebuild", "--check", status=1).output + run("rebuild", status=1).output
    log = (config.instance / "fieldapp.log").read_text()
    assert "IntegrityError" in log
    assert held_in(said, log) == []


def test_the_words_of_a_failure_are_not_written_down() -> None:
    try:
        try:
            int(ANSWERS[0])
        except ValueError as error:
            raise KeyError(ANSWERS[1]) from error
    except KeyError as error:
        said = faults.told(error)
    assert held_in(said) == []
    assert said.index("builtins.ValueError") < said.index("builtins.KeyError")
    assert Path(__file__).name in said


def test_no_place_writes_down_the_words_of_a_failure() -> None:
    """What a logger would write down of an exception are its words; :mod:`fieldapp.faults` leaves them out."""
    sources = [path for folder in ("fieldapp", "sync") for path in (ROOT / folder).rglob("*.py")]
    assert sources
    wordy = re.compile(r"exc_info=|\blog\w*\.exception\(|traceback\.(print_exc|format_exc|format_exception)")
    assert [str(path) for path in sources if wordy.search(path.read_text(encoding="utf-8"))] == []
