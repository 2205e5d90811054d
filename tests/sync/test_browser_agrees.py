"""The tablet folds, stamps and names changes as Python does: one set of tables, and histories made up for it."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Page

import fieldapp
from sync import WITHDRAWN, Change, State, decode, fold
from sync.fold import snapshot_of
from tests.sync.cases import load
from tests.sync.test_fold import TOLD, histories, moments

STATIC = Path(fieldapp.__file__).parent / "static"

TELL = """async () => {
  const { headIds, valuesOf } = await import("/app/twins/fold.js");
  const { WITHDRAWN, momentOf } = await import("/app/twins/change.js");
  const told = (each) => new Date(momentOf(each)).toISOString();
  return (state) => {
    const { conflicts, withdrawn, survey, record, form_version, created, changed } = state;
    const shown = valuesOf(state), heads = headIds(state);
    const sides = Object.values({ ...state.answers, [WITHDRAWN]: { heads: state.withdrawals } });
    const moments = Object.fromEntries(sides.flatMap((side) => side.heads.map((head) => [head.id, told(head)])));
    for (const each of [created, changed]) delete each.made_at;
    const whole = { shown, heads, conflicts, withdrawn, survey, record, form_version, created, changed };
    return { ...whole, moments, changed_at: told(state.latest) };
  };
}"""
"""Gives what tells of a state as ``told`` does."""

FOLD = f"""async (rows) => {{
  const {{ fold }} = await import("/app/twins/fold.js");
  const tell = await ({TELL})();
  return rows.map(({{ changes, ahead, snapshot }}) => tell(fold(changes, ahead ?? [], snapshot ?? null)));
}}"""

VALUES = """async (rows) => {
  const { canonical } = await import("/app/twins/change.js");
  return rows.map(({ value }) => {
    try { return { canonical: canonical(value), keys: JSON.stringify(canonical(value)) }; }
    catch (problem) { return { refused: problem.code }; }
  });
}"""

SAME = """async (rows) => {
  const { sameAs } = await import("/app/twins/change.js");
  return rows.map(({ one, other }) => sameAs(one) === sameAs(other));
}"""

TEXTS = """async (rows) => {
  const { encode, decode, changeId } = await import("/app/twins/change.js");
  const made = rows.map(({ change }) => encode(change));
  const read = await Promise.all(made.map(decode));
  return Promise.all(made.map(async (text, i) => ({ text, id: await changeId(text), read: read[i].id })));
}"""

REFUSED = """async (rows) => {
  const { encode } = await import("/app/twins/change.js");
  return rows.map(({ change }) => {
    try { return encode(change); } catch (problem) { return problem.code; }
  });
}"""

STAMPS = """async (rows) => {
  const { Clock } = await import("/app/twins/clock.js");
  return rows.map(({ last, steps }) => {
    let now = 0;
    const clock = new Clock("a".repeat(16), () => now, last);
    return steps.map((step) => { now = step.now; return step.see ? clock.see(step.see) : clock.tick(); });
  });
}"""

RECORDS = """async () => {
  const { newRecordId } = await import("/app/twins/change.js");
  return [1790000000000, 1790000000001].map(newRecordId);
}"""


ENROL = """async (epoch) => {
  const { Session } = await import("/app/person/session.js");
  const said = { proto: 1, node: "n", epoch: "today", device: "a".repeat(16), token: "t", author: "b", areas: [] };
  window.fetch = async () => new Response(JSON.stringify(said));
  const session = new Session({ name: "x", write: async (names, work) => work(() => ({ put() {} })) }, { epoch });
  await session.settle(await session.connect("ABCD-2345", "tablet", "vi"));
  return session.epoch;
}"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Tests have their own report."""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page beside the tablet's modules."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(STATIC))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/icon.svg")
        yield page
        page.close()
        server.shutdown()


def plain(change: Change) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(change)
    return {"id": change.id, **told}


def told(state: State) -> dict[str, Any]:
    return {
        "shown": state.values(),
        "heads": state.heads(),
        "conflicts": state.conflicts,
        "withdrawn": state.withdrawn,
        "survey": state.survey,
        "record": state.record,
        "form_version": state.form_version,
        "created": {name: getattr(state.created, name) for name in ("stamp", "author", "device")},
        "changed": {name: getattr(state.changed, name) for name in ("stamp", "author", "device")},
        **moments(state),
    }


def test_the_table_of_folds(page: Page) -> None:
    rows = load("fold.json")
    assert any("moments" in row for row in rows)
    for row, found in zip(rows, page.evaluate(FOLD, rows), strict=True):
        asked = TOLD & row.keys()
        assert {name: found[name] for name in asked} == {name: row[name] for name in asked}, row["why"]


def test_made_up_histories_fold_alike(page: Page) -> None:
    source = random.Random(2023)
    rows, expected = [], []
    for _ in range(400):
        made = histories(source, source.randrange(2, 10))
        ahead = [each.id for each in made if source.random() < 0.2]
        source.shuffle(made)
        cut = source.randrange(0, len(made))
        earlier = snapshot_of(made[:cut], ahead) if cut else None
        snapshot = msgspec.to_builtins(earlier) if earlier else None
        rows.append({"changes": [plain(each) for each in made[cut:]], "ahead": ahead, "snapshot": snapshot})
        expected.append(told(fold(made[cut:], ahead, earlier)))
    assert any(WITHDRAWN in each["conflicts"] for each in expected)
    assert any(each["withdrawn"] for each in expected)
    assert page.evaluate(FOLD, rows) == expected


def test_the_table_of_values(page: Page) -> None:
    # Half a letter cannot travel to the browser as text, so it is built there.
    rows = [row for row in load("canonical.json")["values"] if row.get("refused") != "lone_surrogate"]
    for row, found in zip(rows, page.evaluate(VALUES, rows), strict=True):
        if "refused" in row:
            assert found == {"refused": row["refused"]}, row["why"]
        else:
            assert found["canonical"] == row["canonical"], row["why"]
            assert found["keys"] == msgspec.json.encode(row["canonical"]).decode(), row["why"]
    half = """async () => (await import("/app/twins/change.js")).canonical("a" + String.fromCharCode(0xd800))"""
    with pytest.raises(Exception, match="lone_surrogate"):
        page.evaluate(half)


def test_the_table_of_same_values(page: Page) -> None:
    rows = load("canonical.json")["same"]
    assert page.evaluate(SAME, rows) == [row["same"] for row in rows]


def test_a_change_is_the_same_text_and_so_the_same_id(page: Page) -> None:
    rows = load("canonical.json")["texts"]
    assert page.evaluate(TEXTS, rows) == [{"text": row["text"], "id": row["id"], "read": row["id"]} for row in rows]
    assert all(decode(row["text"]).id == row["id"] for row in rows)


def test_the_table_of_changes_that_are_not_written(page: Page) -> None:
    rows = load("canonical.json")["refused"]
    assert page.evaluate(REFUSED, rows) == [row["refused"] for row in rows]


def test_the_table_of_stamps(page: Page) -> None:
    rows = load("stamps.json")
    expected = [[step.get("tick", step.get("followed")) for step in row["steps"]] for row in rows]
    assert page.evaluate(STAMPS, rows) == expected


def test_records_named_in_the_browser_are_uuids_in_the_order_of_time(page: Page) -> None:
    first, second = page.evaluate(RECORDS)
    assert first < second
    assert first[:13] == "01a0c450-6c00"
    assert first[14] == "7"
    assert first[19] in "89ab"


def test_a_tablet_that_is_connected_again_still_notices_that_the_server_was_put_back(page: Page) -> None:
    assert page.evaluate(ENROL, "yesterday") == "yesterday"
    assert page.evaluate(ENROL, None) == "today"
