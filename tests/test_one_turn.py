"""What several tablets send at the same time is stored in one turn to write, and each is told of its own alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from fieldapp import intake, people
from fieldapp.db import db
from fieldapp.people import Grant, Visitor
from fieldapp.web.sync_api import together
from fieldapp.web.sync_api.together import Pushes, TabletPush
from sync import new_record_id
from sync.change import change_id
from sync.journal import Read
from tests.postgres import ON_EACH_DATABASE
from tests.statements import counted
from tests.test_turns import until
from tests.wire_client import Tablet


@pytest.fixture
def tablets(context: Flask) -> list[Tablet]:
    return [enrolled(context, name) for name in ("lan", "lan", "binh")]


def enrolled(app: Flask, username: str) -> Tablet:
    account = people.find_account(username)
    code = people.enrolment_code(account, datetime.now(UTC))
    db.session.commit()
    return Tablet(app.test_client(), code)


def sent(tablet: Tablet, *texts: str) -> TestResponse:
    return tablet.client.post("/sync/v1/push", json={"changes": list(texts)}, headers=tablet.auth)


def at_once(app: Flask, work: Sequence[tuple[Tablet, str]], meanwhile: Callable[[], Any] = lambda: None) -> list[Any]:
    """What each is answered, of those who send while another has the turn and so all wait for the next one."""
    db.session.rollback()
    waiting: Pushes = app.extensions.setdefault("pushes", Pushes())
    with ThreadPoolExecutor(len(work)) as pool:
        with db.engine.connect().execution_options(writes=True) as other, other.begin():
            answers = []
            for number, (tablet, text) in enumerate(work, 1):
                answers.append(pool.submit(sent, tablet, text))
                until(lambda number=number: len(waiting._waiting) == number)  # type: ignore[misc]
            meanwhile()
        return [each.result() for each in answers]


@pytest.fixture
def turns(context: Flask) -> list[int]:
    """The threads that were given the turn to write."""
    found: list[int] = []

    def note(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("writes"):
            found.append(threading.get_ident())

    sa.event.listen(db.engine, "begin", note)
    return found


def test_those_who_wait_at_the_same_time_are_stored_in_one_turn_each_as_a_batch_of_its_own(
    context: Flask, tablets: list[Tablet], turns: list[int]
) -> None:
    turns.clear()
    answers = at_once(context, [(tablet, tablet.household()) for tablet in tablets])
    assert len(turns) == 2, "the one who held them up, and one for all"
    told = [each.get_json() for each in answers]
    assert [[one["verdict"] for one in each["results"]] for each in told] == [["stored"]] * 3
    assert [each["acked_seq"] for each in told] == [1, 1, 1]
    assert len({each["batch"] for each in told}) == 3
    for tablet, each in zip(tablets, told, strict=True):
        row = intake.journal().batch(each["batch"])
        assert row is not None
        assert (row.device, row.counts) == (tablet.device, {"stored": 1})
        assert intake.journal().changes_of_batch(each["batch"]) == [each["results"][0]["id"]]
    assert intake.rebuild(check=True) == []


def test_who_was_told_a_moment_ago_is_waited_for_so_that_all_who_are_at_it_are_stored_together(
    context: Flask, tablets: list[Tablet], turns: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "MOMENT", 3600)
    first, second, _third = tablets
    turns.clear()
    first.push(first.household())
    with ThreadPoolExecutor() as pool:
        waits = pool.submit(sent, second, second.household())
        until(lambda: len(context.extensions["pushes"]._waiting) == 1)
        assert [each["verdict"] for each in first.push(first.household())] == ["stored"]
        assert waits.result().status_code == 200
    assert len(turns) == 2, "the first, and one for both"


def test_a_tablet_that_is_alone_waits_for_nobody(
    tablets: list[Tablet], turns: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "MOMENT", 3600)
    turns.clear()
    for _time in range(3):
        tablets[0].push(tablets[0].household())
    assert len(turns) == 3


def test_where_storing_them_together_fails_only_the_one_that_fails_alone_is_told_so(
    context: Flask, tablets: list[Tablet], monkeypatch: pytest.MonkeyPatch
) -> None:
    receive_all, bad = intake.receive_all, tablets[1]

    def fail(pushes: Sequence[tuple[Visitor, Read]]) -> Any:
        receipts = receive_all(pushes)
        if bad.device in [device.id for device, _read in pushes]:
            raise ZeroDivisionError
        return receipts

    with monkeypatch.context() as patched:
        patched.setattr(intake, "receive_all", fail)
        texts = [tablet.household() for tablet in tablets]
        answers = at_once(context, list(zip(tablets, texts, strict=True)))
    assert [each.status_code for each in answers] == [200, 500, 200]
    assert [each["verdict"] for each in bad.push(texts[1])] == ["stored"], "nothing of it was there"


def test_a_tablet_that_is_switched_off_while_it_waits_is_not_let_in_and_the_others_are(
    context: Flask, tablets: list[Tablet], monkeypatch: pytest.MonkeyPatch
) -> None:
    by_ids = people.by_ids

    def found(devices: Collection[str]) -> dict[str, Visitor]:
        known = by_ids(devices)
        return {id: device for id, device in known.items() if id != tablets[0].device}

    monkeypatch.setattr(people, "by_ids", found)
    answers = at_once(context, [(tablet, tablet.household()) for tablet in tablets])
    assert [each.status_code for each in answers] == [401, 200, 200]


def test_a_tablet_that_was_here_before_is_asked_for_only_when_it_is_its_turn(tablets: list[Tablet]) -> None:
    first = tablets[0]
    first.push(first.household())
    device = people.find_device(first.device)
    db.session.rollback()
    with counted() as asked:
        first.push(first.household())
    assert (
        len([statement for statement, _values in asked if "token_hash" in statement or "FROM device" in statement]) == 1
    )
    people.revoke(device, datetime.now(UTC))
    db.session.commit()
    late = sent(first, text := first.household())
    assert (late.status_code, late.get_json()["error"]["code"]) == (401, "unknown_token")
    assert intake.journal().entry(change_id(text)) is None


@ON_EACH_DATABASE
def test_who_speaks_of_what_another_sends_is_judged_by_what_the_other_has_sent(context: Flask) -> None:
    people.find_account("binh").grants = [Grant(vintage=2023, code="2023.01930.002")]
    db.session.commit()
    owner, stranger = enrolled(context, "lan"), enrolled(context, "binh")
    record, mine = new_record_id(owner.millis), {area["id"] for area in owner.areas} - {"2023.01930.002"}
    household = owner.change("household", record, {"village": min(mine), "head_name": "Nông Thị Lả"})
    need = stranger.change("housing_need", new_record_id(stranger.millis), {"household": record})
    together, alone = TabletPush(owner.device, [household]), TabletPush(stranger.device, [need])
    assert not alone.is_apart([together])
    waiting = Pushes()
    with context.test_request_context():
        waiting._waiting.extend([together, alone])
        waiting._serve()
        assert [each.taken().receipt.results[0].reason for each in (together, alone)] == [None, "outside_area"]
