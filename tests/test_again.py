"""Nothing is left out of ``make test`` that nothing else of it asks, but for walks, and each of those is named."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.again import EVERYTHING, SHORT, again, at_once, left_out, short_walks, why_left

HERE = Path(__file__)
TESTS = HERE.parent
WALKS = "### Walks"
"""The part of ``tests/README.md`` that names the files with walks."""


def name_of(item: pytest.Item) -> tuple[Path, str]:
    return item.path, getattr(item, "originalname", "") or item.name


def asked_by_nobody(items: Iterable[pytest.Item]) -> list[str]:
    """What asks again while no other case of its test is asked at once, and no other test that it names."""
    told: dict[tuple[Path, str], list[str]] = defaultdict(list)
    named: dict[tuple[Path, str], str] = {}
    for item in items:
        mark = item.get_closest_marker("again")
        told[name_of(item)].append(why_left(item))
        if mark and mark.args:
            named[name_of(item)] = mark.args[0]
    alone = [test for test, why in told.items() if all(why) and "walk" not in why]
    return [test[1] for test in alone if not is_asked(named.get(test, ""), told)]


def is_asked(test: str, told: dict[tuple[Path, str], list[str]]) -> bool:
    """Whether a test that is named asks something at once; where its file is not run, whether it is there."""
    file, _colons, name = test.partition("::")
    path = TESTS.parent / file
    if any(known == path for known, _name in told):
        return not all(told.get((path, name), ["it is not there"]))
    return bool(name) and path.is_file() and f"def {name}(" in path.read_text(encoding="utf-8")


def test_what_asks_again_has_another_case_or_names_the_test_that_makes_the_claim(
    request: pytest.FixtureRequest,
) -> None:
    if any("::" in each for each in request.config.args):
        pytest.skip("single tests were asked for, without those beside them")
    assert asked_by_nobody(request.config.stash[EVERYTHING]) == []


@pytest.mark.parametrize("how", ["once", again("once more")])
def test_a_case(how: str) -> None:
    """What the tests below ask about: one case at once, and one again."""
    assert how in ("once", "once more")


@pytest.fixture
def mine(request: pytest.FixtureRequest) -> list[pytest.Item]:
    """The cases of the test above, whatever is run."""
    return [each for each in request.config.stash[EVERYTHING] if name_of(each) == (HERE, "test_a_case")]


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ("tests", 1),
        ("tests/test_again.py", 1),
        ("tests/test_again.py::test_a_case", 0),
        ("tests/test_again.py::test_a_case[once more]", 0),
        ("tests/test_again.py::test_a_case[once]", 1),
        ("tests/test_again.py::test_a", 1),
        ("tests/test_counts.py::test_a_case", 1),
    ],
)
def test_whoever_names_a_test_is_given_all_of_it(mine: list[pytest.Item], asked: str, left: int) -> None:
    if len(mine) < 2:
        pytest.skip("a single case was asked for")
    assert len(left_out(mine, [asked], TESTS.parent)) == left


class Made:
    """A test that is told of: where, its name, and what the mark of what asks again says, or that it is a walk."""

    def __init__(self, file: str, name: str, *mark: Any) -> None:
        self.path, self.originalname, self.name = TESTS / file, name, name
        found = [pytest.mark.walk if each == "walk" else pytest.mark.again(*each) for each in mark]
        self._marks = {each.name: each.mark for each in found}

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        return self._marks.get(name)


ALONE = Made("test_x.py", "test_a", ())
SPOKEN_FOR = Made("test_x.py", "test_a", ["tests/test_x.py::test_b"])
GONE = Made("test_x.py", "test_a", ["tests/test_again.py::test_gone"])
ELSEWHERE = Made("test_x.py", "test_a", ["tests/test_counts.py::test_only_the_devices_of_the_person_are_counted"])
A_WALK = Made("test_x.py", "test_a", "walk")
SPOKEN_FOR_BY_A_WALK = Made("test_x.py", "test_c", ["tests/test_x.py::test_a"])
ASKED, LEFT_TOO = Made("test_x.py", "test_b"), Made("test_x.py", "test_b", ())


@pytest.mark.parametrize(
    ("items", "lost"),
    [
        ([ALONE], 1),
        ([ALONE, Made("test_x.py", "test_a")], 0),
        ([SPOKEN_FOR, ASKED], 0),
        ([SPOKEN_FOR, LEFT_TOO], 2),
        ([GONE], 1),
        ([ELSEWHERE], 0),
        ([A_WALK], 0),
        ([A_WALK, ALONE], 0),
        ([A_WALK, SPOKEN_FOR_BY_A_WALK], 1),
    ],
)
def test_a_claim_that_would_be_lost_is_found(items: list[Any], lost: int) -> None:
    assert len(asked_by_nobody(items)) == lost


def test_of_many_cases_those_that_tell_most_are_asked_at_once() -> None:
    asked, left = at_once("ab", "a".__eq__)
    assert asked == "a"
    assert [mark.name for mark in left.marks] == ["again"]


# --- walks ---


def named_walks() -> set[str]:
    """The files with walks, as ``tests/README.md`` names them."""
    rows = (TESTS / "README.md").read_text(encoding="utf-8").partition(WALKS)[2].partition("\n### ")[0].splitlines()
    return {name for row in rows if row.startswith("|") for name in re.findall(r"`([\w/]+\.py)`", row.split("|")[1])}


def of_whole_run(config: pytest.Config) -> list[pytest.Item]:
    """All tests there are; skipped where only some of them are looked at."""
    if {Path(each).resolve() for each in config.args} != {TESTS}:
        pytest.skip("some tests alone were asked for")
    return config.stash[EVERYTHING]


def test_each_file_with_walks_is_named_with_what_every_run_asks_of_the_same_thing(
    request: pytest.FixtureRequest,
) -> None:
    found = [each for each in of_whole_run(request.config) if each.get_closest_marker("walk")]
    assert {each.path.relative_to(TESTS).as_posix() for each in found} == named_walks()


def test_most_tests_of_each_folder_are_asked_with_every_run(request: pytest.FixtureRequest) -> None:
    left: dict[Path, list[bool]] = defaultdict(list)
    for each in of_whole_run(request.config):
        left[each.path.parent].append(why_left(each) == "walk")
    assert {folder.name for folder, walks in left.items() if sum(walks) * 2 > len(walks)} == set()


class Ended:
    """What a run says of one step of a test: its name, how long it took, in seconds, and whether it is a walk."""

    def __init__(self, nodeid: str, duration: float, walk: bool = True) -> None:
        self.nodeid, self.duration, self.keywords = nodeid, duration, {"walk": 1} if walk else {}


def test_a_walk_that_is_short_is_named_at_the_end_of_a_run() -> None:
    steps = [
        Ended("a", SHORT / 2),
        Ended("a", SHORT),
        Ended("b", SHORT / 4),
        Ended("b", SHORT / 4),
        Ended("c", 0, False),
    ]
    assert short_walks(steps) == ["b"]
