"""Nothing is left out of ``make test`` that nothing else of it asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.again import EVERYTHING, again, at_once, left_out

HERE = Path(__file__)
TESTS = HERE.parent


def name_of(item: pytest.Item) -> tuple[Path, str]:
    return item.path, getattr(item, "originalname", "") or item.name


def asked_by_nobody(items: Iterable[pytest.Item]) -> list[str]:
    """What asks again while no other case of its test is asked at once, and no other test that it names."""
    told: dict[tuple[Path, str], list[bool]] = defaultdict(list)
    named: dict[tuple[Path, str], str] = {}
    for item in items:
        mark = item.get_closest_marker("again")
        told[name_of(item)].append(mark is not None)
        if mark and mark.args:
            named[name_of(item)] = mark.args[0]
    alone = [test for test, marked in told.items() if all(marked)]
    return [test[1] for test in alone if not is_asked(named.get(test, ""), told)]


def is_asked(test: str, told: dict[tuple[Path, str], list[bool]]) -> bool:
    """Whether a test that is named asks something at once; where its file is not run, whether it is there."""
    file, _colons, name = test.partition("::")
    path = TESTS.parent / file
    if any(known == path for known, _name in told):
        return not all(told.get((path, name), [True]))
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
    """A test that is told of: where, its name, and the mark of what asks again."""

    def __init__(self, file: str, name: str, *mark: Any) -> None:
        self.path, self.originalname, self.name = TESTS / file, name, name
        self._mark = pytest.mark.again(*mark[0]).mark if mark else None

    def get_closest_marker(self, _name: str) -> pytest.Mark | None:
        return self._mark


ALONE = Made("test_x.py", "test_a", ())
SPOKEN_FOR = Made("test_x.py", "test_a", ["tests/test_x.py::test_b"])
GONE = Made("test_x.py", "test_a", ["tests/test_again.py::test_gone"])
ELSEWHERE = Made("test_x.py", "test_a", ["tests/test_counts.py::test_only_the_devices_of_the_person_are_counted"])
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
    ],
)
def test_a_claim_that_would_be_lost_is_found(items: list[Any], lost: int) -> None:
    assert len(asked_by_nobody(items)) == lost


def test_of_many_cases_those_that_tell_most_are_asked_at_once() -> None:
    asked, left = at_once("ab", "a".__eq__)
    assert asked == "a"
    assert [mark.name for mark in left.marks] == ["again"]
