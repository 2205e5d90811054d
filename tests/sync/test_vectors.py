"""Whatever Hypothesis makes up, the browser writes, names, stamps and folds as Python does.

Many cases are made up at once and told to the browser in one breath; where the two differ, Hypothesis makes the case
as small as it can.
"""

from __future__ import annotations

import unicodedata
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from sync.change import WITHDRAWN, Change, canonical, decode, encode
from sync.clock import Clock
from sync.fold import fold, snapshot_of, version_of
from tests.again import SOAK, so_many
from tests.sync.test_browser_agrees import STAMPS, TELL, TEXTS, page, plain, told

__all__ = ["page"]

TIMES = so_many(1, 1, 1)
MADE_UP = settings(
    max_examples=15 * TIMES,
    deadline=None,
    database=None,
    derandomize=not SOAK,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)

FOLD = f"""async (rows) => {{
  const {{ fold, headIds }} = await import("/app/twins/fold.js");
  const {{ changeId, decode }} = await import("/app/twins/change.js");
  const tell = await ({TELL})();
  return Promise.all(rows.map(async ({{ texts, ahead, snapshot }}) => {{
    const state = fold(await Promise.all(texts.map(decode)), ahead, snapshot);
    const version = await changeId([...new Set(Object.values(headIds(state)).flat())].sort().join("\\n"));
    return {{ ...tell(state), version }};
  }}));
}}"""

CANONICAL = """async (values) => {
  const { canonical, sameAs } = await import("/app/twins/change.js");
  return values.map((value) => [canonical(value), sameAs(canonical(value))]);
}"""

LARGEST = 2**53 - 1
NAMES = ["Nguyễn Thị Hồng", "Trần  Văn\tTường ", "Hoàng\r\nA Páo", "Đặng\u00a0Mùi Chản"]
# Letters that Python knows: of those assigned since, a browser may know more.
letters = st.characters(codec="utf-8", exclude_categories=["Cs", "Cn", "Co"], exclude_characters="\0")
decomposed = st.sampled_from(NAMES).map(lambda name: unicodedata.normalize("NFD", name))
texts = st.one_of(st.sampled_from(NAMES), decomposed, st.text(letters))
codes = st.sampled_from(["khac", "go", "tre"])
points = st.builds(lambda far: {"lat": "22.147000", "lon": "105.834800", "accuracy_m": far}, st.integers(0, 99))
photos = st.lists(st.fixed_dictionaries({"sha256": st.just("a" * 64), "bytes": st.integers(1, 10**6)}), max_size=2)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-LARGEST, LARGEST),
    texts,
    st.sampled_from(["31.5", "2026-08-01", "1985", "01990000-0000-7000-8000-000000000001"]),
    st.lists(codes, unique=True).map(sorted),
    points,
    photos,
)
few = st.one_of(st.sampled_from([1, True, "1", None, *NAMES[:2]]), values)
questions = st.sampled_from(["p", "q", "constructor"])
devices = st.sampled_from("abc").map(lambda letter: letter * 16)
RECORD = "01990000-0000-7000-8000-000000000001"


@st.composite
def histories(draw: st.DrawFn) -> list[Change]:
    """The changes of one record by three devices, each of which knew some of what was made before."""
    made: list[Change] = []
    for seq in range(1, draw(st.integers(2, 9))):
        knows = [each for each in made if draw(st.booleans())]
        heads = fold(knows).heads() if knows else {}
        answers = draw(st.dictionaries(questions, few, min_size=1, max_size=2))
        if draw(st.integers(0, 4)) == 0:
            answers = {WITHDRAWN: draw(st.sampled_from([True, True, False]))}
        named = {*heads} if WITHDRAWN in answers else {*answers, WITHDRAWN}
        device = draw(devices)
        text = encode(
            survey="household",
            record=RECORD,
            answers=answers,
            base={question: heads[question] for question in named if question in heads},
            stamp=f"{draw(st.integers(0, 30)):012x}-000000-{device}",
            device=device,
            seq=seq,
            prev=None,
            author=device,
            form_version=draw(st.integers(1, 3)),
            made_at={
                "wall": "2026-08-01T07:30:00.000Z",
                "tz": "+07:00",
                "offset_ms": draw(st.integers(-(10**6), 10**6)),
            },
        )
        made.append(decode(text))
    return made


@st.composite
def arrivals(draw: st.DrawFn) -> dict[str, Any]:
    """A history as it arrives: shuffled, some of it twice, some of it as a first download, some stamps not believed."""
    made = draw(st.permutations(draw(histories())))
    ahead = sorted(draw(st.sets(st.sampled_from([each.id for each in made]))))
    cut = draw(st.integers(0, len(made) - 1))
    again = draw(st.lists(st.sampled_from(made[cut:]), max_size=2))
    return {"made": made, "ahead": ahead, "early": made[:cut], "late": [*made[cut:], *again]}


def some(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Many at once: to ask the browser takes longer than to answer."""
    return st.lists(strategy, min_size=1, max_size=15)


@MADE_UP
@given(made_up=some(arrivals()))
def test_whatever_arrives_folds_alike(page: Page, made_up: list[dict[str, Any]]) -> None:
    rows, expected = [], []
    for each in made_up:
        earlier = snapshot_of(each["early"], each["ahead"]) if each["early"] else None
        snapshot = msgspec.to_builtins(earlier) if earlier else None
        rows.append({"texts": [one.text for one in each["late"]], "ahead": each["ahead"], "snapshot": snapshot})
        state = fold(each["late"], each["ahead"], earlier)
        assert state.version == version_of(head for heads in state.heads().values() for head in heads)
        assert state.heads() == fold(each["made"], each["ahead"]).heads()
        expected.append({**told(state), "version": state.version})
    assert page.evaluate(FOLD, rows) == expected


@MADE_UP
@given(made_up=some(histories()))
def test_whatever_is_made_is_the_same_text_and_so_the_same_id(page: Page, made_up: list[list[Change]]) -> None:
    changes = [change for history in made_up for change in history]
    asked = [{"change": plain(change)} for change in changes]
    expected = [{"text": change.text, "id": change.id, "read": change.id} for change in changes]
    assert page.evaluate(TEXTS, asked) == expected


@MADE_UP
@given(made_up=st.lists(values, min_size=1, max_size=60))
def test_whatever_is_typed_has_one_form(page: Page, made_up: list[Any]) -> None:
    forms = [canonical(value) for value in made_up]
    same = [msgspec.json.encode(form, order="deterministic").decode() for form in forms]
    assert page.evaluate(CANONICAL, made_up) == [list(pair) for pair in zip(forms, same, strict=True)]


@st.composite
def ticks(draw: st.DrawFn) -> dict[str, Any]:
    """What a clock goes through: its own jumps from five years back to four hundred ahead, and stamps of others."""
    moments = st.one_of(st.integers(0, 2**44), st.integers(1_790_000_000_000, 1_790_000_400_000))
    stamps = st.builds("{:012x}-{:06x}-{}".format, moments, st.sampled_from([0, 1, 0xFFFFFE, 0xFFFFFF]), devices)
    steps = st.fixed_dictionaries({"now": moments}, optional={"see": stamps})
    return {"last": draw(st.none() | stamps), "steps": draw(st.lists(steps, min_size=1, max_size=8))}


@MADE_UP
@given(made_up=some(ticks()))
def test_whatever_clocks_go_through_they_stamp_alike(page: Page, made_up: list[dict[str, Any]]) -> None:
    assert page.evaluate(STAMPS, made_up) == [_stamps(each["last"], each["steps"]) for each in made_up]


def _stamps(last: str | None, steps: list[dict[str, Any]]) -> list[Any]:
    now = [0]
    clock, found = Clock("a" * 16, lambda: now[0], last), list[Any]()
    for step in steps:
        now[0] = step["now"]
        found.append(clock.see(step["see"]) if "see" in step else clock.tick())
    return found
