"""Guessing side by side: as many tries as are allowed, not one more, on either database."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask

from fieldapp import people
from fieldapp.db import db
from fieldapp.people import throttle
from fieldapp.people.accounts import SIGN_IN
from fieldapp.problems import Problem
from tests.conftest import PATIENCE_MS
from tests.postgres import ON_EACH_DATABASE

AT_ONCE = 12
NOW = datetime(2026, 8, 1, 7, 30, tzinfo=UTC)


def guess_all_at_once(app: Flask) -> Counter[str]:
    """The codes of what so many who guess at the same moment are told."""
    start = Barrier(AT_ONCE)

    def guess(number: int) -> str:
        with app.app_context():
            start.wait()
            try:
                people.sign_in("lan", f"sai-{number}", NOW)
            except Problem as problem:
                return problem.code
            finally:
                db.session.remove()
        return "in"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(guess, range(AT_ONCE)))


@ON_EACH_DATABASE
def test_those_who_guess_at_once_have_together_the_tries_of_one(app: Flask) -> None:
    told = guess_all_at_once(app)
    assert told == {"wrong_password": SIGN_IN.tries, "too_many_attempts": AT_ONCE - SIGN_IN.tries}


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_guessing_without_taking_turns_is_caught(app: Flask) -> None:
    """One more than may try have looked how many did, before any of them counts."""
    failed, together = throttle._failed, Barrier(SIGN_IN.tries + 1)

    def looked(*asked: Any) -> tuple[int, datetime | None]:
        found = failed(*asked)
        together.wait(PATIENCE_MS / 1000)
        return found

    assert AT_ONCE % together.parties == 0
    with patch.multiple(throttle, _take_turns=lambda *_: None, _failed=looked):
        assert guess_all_at_once(app)["wrong_password"] > SIGN_IN.tries
