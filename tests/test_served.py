"""What a process that serves does not do while somebody waits."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from fieldapp.cli.background import make_ready
from fieldapp.db import db
from fieldapp.places import gazetteer
from fieldapp.serving import Served
from tests.statements import counted


def test_what_is_loaded_when_serving_begins_is_never_looked_through_for_waste(app: Flask) -> None:
    try:
        Served(app)
        left = len(gc.get_objects())
        assert left < gc.get_freeze_count() / 20
    finally:
        gc.unfreeze()


def test_who_comes_first_to_a_process_waits_for_no_page_to_be_compiled_and_no_place_to_be_read(
    app: Flask, as_: Callable[[str], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[str | None] = []
    gazetteer._held.clear()
    make_ready(app)
    gc.unfreeze()
    compile_it = app.jinja_env.compile

    def noted(source: str, name: str | None, *rest: Any) -> Any:
        compiled.append(name)
        return compile_it(source, name, *rest)

    monkeypatch.setattr(app.jinja_env, "compile", noted)
    for who, address in (("binh", "/"), ("binh", "/review"), ("dung", "/"), ("quan", "/records/"), ("quan", "/cases/")):
        client = as_(who)
        with app.app_context(), counted() as asked:
            assert client.get(address).status_code == 200
        assert not [words for words, _values in asked if words.startswith("SELECT village.id, village.")], address
    assert not compiled


def test_a_process_begins_to_serve_though_its_database_is_broken(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    gazetteer._held.clear()
    with app.app_context():
        db.session.execute(sa.text("DROP TABLE place_list_version"))
        db.session.commit()
    make_ready(app)
    gc.unfreeze()
    assert "the pages could not be made ready" in caplog.text
