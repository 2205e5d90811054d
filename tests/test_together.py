"""Several people at once, on a real server with its workers: nobody is told that the server could not."""

from __future__ import annotations

import pytest
from flask import Flask

from bench import together
from fieldapp.config import Config
from fieldapp.db import db
from tests.again import a_walk

TABLETS, DESKS, ROUNDS = 8, 3, 1


@a_walk
@pytest.mark.long
def test_nobody_is_refused_because_others_are_at_work(app: Flask, config: Config) -> None:
    with app.app_context():
        codes = together.codes_for(TABLETS)
        db.session.remove()
        db.engine.dispose()
    with together.serving(config.instance) as url:
        told = together.crowd(url, codes, DESKS, lambda number: number < ROUNDS)
    assert not told.failed
    assert told.asked["hello"] == told.asked["push"] == told.asked["pull"] == TABLETS * ROUNDS
    assert told.asked["sign in"] == told.asked["save"] == DESKS * ROUNDS
    assert told.asked["decide"] == ROUNDS
