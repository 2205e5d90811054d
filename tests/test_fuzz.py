"""No request that anybody can send makes a page fail. ``make fuzz`` asks many more, of a new seed each time."""

from __future__ import annotations

import random

from flask import Flask

from tests.again import so_many
from tests.fuzz import Fuzz
from tests.postgres import AGAIN_ON_POSTGRESQL

REQUESTS = {"sqlite": so_many(60, 120, 120), "postgresql": so_many(30, 60, 60)}


@AGAIN_ON_POSTGRESQL
def test_no_odd_request_is_answered_with_a_fault_of_ours(app: Flask, engine: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    seeds = {"sqlite": 1, "postgresql": 2}
    broken = list(Fuzz(app, random.Random(seeds[engine])).run(REQUESTS[engine]))
    assert [f"{each.status}: {each.asking}\n{each.why}" for each in broken] == []
