"""Many are approved, and that is taken back, while a tablet pushes and a file comes in: processes at one moment."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import httpx
import pytest
from flask import Flask

from bench.together import serving
from fieldapp import intake, review, sample
from fieldapp.config import Config
from fieldapp.db import db
from sync.entries import Entry
from tests.again import a_walk
from tests.pages import check_page
from tests.postgres import ON_EACH_DATABASE
from tests.test_one_turn import enrolled
from tests.wire_client import Tablet

ROUNDS = 2
IN_A_PROCESS = """
import sys
from fieldapp import create_app, intake
from fieldapp.db import begin_writing, db
with create_app().app_context():
    print(flush=True)
    for text in sys.stdin:
        begin_writing()
        intake.receive([text.rstrip()], kind="file")
        db.session.commit()
"""


class Supervisor:
    """Binh at a browser without scripts."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=60, follow_redirects=True)
        self.press("/sign-in", self.client.get("/sign-in"), username="binh", password=sample.PASSWORD)

    def press(self, address: str, page: httpx.Response, **typed: Any) -> httpx.Response:
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        answer = self.client.post(address, data={**typed, "csrf_token": token[1] if token else ""})
        assert answer.status_code == 200, answer.text
        return answer


@pytest.fixture
def binh(url: str) -> Iterator[Supervisor]:
    person = Supervisor(url)
    yield person
    person.client.close()


@pytest.fixture
def url(app: Flask, config: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("FIELDAPP_INSTANCE", str(config.instance))
    if config.database_url:
        monkeypatch.setenv("FIELDAPP_DATABASE_URL", config.database_url)
    with serving(config.instance) as url:
        yield url


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result() for each in [pool.submit(run, act) for act in acts]]


def pushed(url: str, tablet: Tablet, texts: Sequence[str]) -> Callable[[], None]:
    def act() -> None:
        for text in texts:
            answer = httpx.post(f"{url}/sync/v1/push", json={"changes": [text]}, headers=tablet.auth, timeout=60)
            assert answer.status_code == 200, answer.text

    return act


def brought(texts: Sequence[str]) -> Callable[[], None]:
    """A file comes in: by a process of its own, which is ready when this returns."""
    came = subprocess.Popen([sys.executable, "-c", IN_A_PROCESS], stdin=-1, stdout=-1, text=True)
    assert came.stdout
    came.stdout.readline()

    def act() -> None:
        came.communicate("\n".join(texts) + "\n")
        assert came.returncode == 0

    return act


def arrivals(app: Flask, record: str) -> list[tuple[str, Entry]]:
    """What came of a record and about it, in the order of arrival: ``change`` or the verdict."""
    with app.app_context():
        here = intake.journal()
        about = [each.id for each in review.decisions_about(record)]
        found = here.of_records([record, *about])
        db.session.remove()
    return [(str(one.change.answers.get("verdict") or "change"), one) for one in found]


@a_walk
@pytest.mark.long
@ON_EACH_DATABASE
def test_what_is_approved_is_what_was_shown_and_what_is_taken_back_is_what_was_approved(
    app: Flask, url: str, binh: Supervisor
) -> None:
    with app.app_context():
        tablet, other = (enrolled(app, "lan") for _each in range(2))
    for number in range(ROUNDS):
        summary = binh.client.get("/review/bulk")
        offered = dict(re.findall(r'name="record" value="([0-9a-f-]{36}) ([^"]*)"', summary.text))
        before = {id: len(arrivals(app, id)) for id in offered}
        ids, ticked = list(offered), [f"{id} {pin}" for id, pin in offered.items()]
        texts = [tablet.change("household", id, {"phone": f"091234567{number}"}) for id in ids[:1]]
        file = [other.change("household", id, {"phone": f"098765432{number}"}) for id in ids[:2]]
        press = partial(binh.press, "/review/bulk", summary, record=ticked)
        done, *_others = at_once(press, pushed(url, tablet, texts), brought(file))
        came = {id: [verdict for verdict, _entry in arrivals(app, id)[before[id] :]] for id in ids}
        approved = [id for id in ids if "approve" in came[id]]
        assert approved, "some of them nobody touched"
        assert {came[id][0] for id in approved} == {"approve"}, "nothing came between the summary and the approval"
        told, left = check_page(done.text, "vi").text, len(ids) - len(approved)
        assert (f"{left} phiếu không còn như lúc hiện ra" in told) is bool(left)
        texts = [tablet.change("household", id, {"members": 5}) for id in approved[-1:]]
        press = partial(binh.press, f"{done.url.path}/undo", done)
        undone, _push = at_once(press, pushed(url, tablet, texts))
        came = {id: [verdict for verdict, entry in arrivals(app, id)[before[id] :] if entry.counts] for id in approved}
        back = [id for id in approved if "reopen" in came[id]]
        assert {came[id][1] for id in back} <= {"reopen"}, "nothing came between the approval and the undo"
        told, stay = check_page(undone.text, "vi").text, len(approved) - len(back)
        assert f"Đã hủy duyệt {len(back)} phiếu" in told
        assert (f"{stay} phiếu giữ nguyên" in told) is bool(stay)
    with app.app_context():
        assert intake.rebuild(check=True) == []
        db.session.remove()
