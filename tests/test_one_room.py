"""A rule is stated in one place: what would be a second statement of it is found in the source itself."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import fieldapp
from fieldapp import verdicts
from fieldapp.config import Config
from fieldapp.reports import Report
from fieldapp.surveys.base import Record
from fieldapp.surveys.question import Question
from tests.syntax import tree

HERE = Path(fieldapp.__file__).parent
SOURCE = {
    path.relative_to(HERE).as_posix(): path.read_text() for path in HERE.rglob("*") if path.suffix in (".py", ".js")
}


def stated(pattern: str) -> set[str]:
    return {name for name, text in SOURCE.items() if re.search(pattern, text)}


@pytest.mark.parametrize(
    ("pattern", "room"),
    [
        (r"hours=7\b|ZoneInfo", {"today.py"}),
        (r"\b(date|datetime)\.today\(|datetime\.now\(UTC\)\.replace\(tzinfo=None\)", {"today.py"}),
        (r"fromtimestamp\(", set()),
        (r"\b7 \* (60|3_?600)", {"today.js"}),
        (r"milestone_(new|repair)\"?\]? ?===? ?\"[35]\"", set()),
        (r"new Date\(\)\.toISO", {"records.js"}),
        (r"Household without a name yet", {"words.js"}),
        (r"_\(\"(Household without a name|Ruling|Withdrawal of the record|device %\(id\)s)\"", {"naming.py"}),
        (r"\(household of %\(", {"naming.py"}),
        (r"select\((Account|Device|model|kind)\.id, \w+\.name\)", {"naming.py"}),
        (r"if survey in SURVEYS else survey\b|if name in SURVEYS else name\b", {"naming.py"}),
        (r"Give the whole day", {"typed.py"}),
        (r"return query if areas is None else query\.where", {"rights.py"}),
        (
            r"\"incoming\", |instance / \"incoming\"|time\.time\(\) - path\.stat",
            {"waiting_files.py", "list_work.py", "backup.py"},
        ),
    ],
    ids=[
        *["the zone", "now without a zone", "milliseconds as a moment"],
        *["the zone on the tablet", "the last milestones", "a moment by the clock of the tablet alone"],
        *["a household on the tablet", "what a household or a device is called"],
        *["what a household has", "whose name it is", "a survey's title", "a day is given whole"],
        *["what lies in one's areas", "files that wait"],
    ],
)
def test_a_rule_is_stated_in_its_room_alone(pattern: str, room: set[str]) -> None:
    assert {Path(name).name for name in stated(pattern)} == room


def test_the_day_of_a_moment_is_that_of_viet_nam() -> None:
    """A cell of a sheet has no zone; a tablet that forgets what it showed tells its own day; the sample draws days."""
    said = {name for name in stated(r"(?<!\bcell)(?<!\bvalue)\.date\(\)") if not name.startswith("sample/")}
    assert said == {"today.py", "tablets/counts.py"}


def named_set(module: str, name: str) -> list[str]:
    """A set of words that a module of the tablet must know before the forms are there."""
    said = re.search(rf"const {name} = new Set\((\[.*?\])\)", SOURCE[f"static/app/{module}"])
    assert said
    return list(json.loads(said[1]))


def test_the_tablet_takes_the_same_verdicts_for_a_receipt() -> None:
    assert named_set("records/unsent.js", "TAKEN") == list(verdicts.TAKEN)


def test_what_the_tablet_does_not_count_are_verdicts_that_a_server_gives() -> None:
    assert set(named_set("records/receipts.js", "NOT_HERE")) <= verdicts.VERDICTS.keys() - set(verdicts.TAKEN)


def test_no_view_repeats_how_long_an_answer_may_be() -> None:
    """The number travels with the question, as all that is asked of an answer."""
    assert stated(r"maxlength: [A-Z]{2}") == set()


@cache
def pages() -> str:
    """The text of all pages."""
    return " ".join(path.read_text() for path in (HERE / "templates").rglob("*.html"))


def test_no_page_leaves_it_to_a_browser_in_which_order_a_day_is_typed() -> None:
    """An English one shows the month first, whatever the language of the page: 01/02 would be the second of January."""
    assert not re.search(r"type=.date\b", pages())
    assert stated(r"\btype[=:] ?[\"']date[\"']") == set()


@cache
def read() -> tuple[set[str], set[str]]:
    """The attributes that the source reads, and those of them that it does not only call."""
    trees = [tree(text) for name, text in SOURCE.items() if name.endswith(".py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    found = [node for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)]
    return {node.attr for node in found}, {node.attr for node in found if id(node) not in called}


def is_read(name: str, *, calls: bool = False) -> bool:
    """Whether some line reads an attribute of this name, or some page does. A call of a method is no reading of one."""
    everything, uncalled = read()
    return name in (everything if calls else uncalled) or re.search(rf"\.{name}\b", pages()) is not None


@pytest.mark.parametrize("declared", [Question, Report, Config], ids=lambda declared: declared.__name__)
def test_what_can_be_declared_is_read_by_something(declared: Any) -> None:
    """A field that nothing reads promises what nobody keeps."""
    unread = [each.name for each in fields(declared) if not is_read(each.name, calls="Callable" in str(each.type))]
    assert unread == []


def test_what_a_survey_says_of_itself_is_read_by_something() -> None:
    assert [name for name in Record.__annotations__ if not name.startswith("_") and not is_read(name)] == []


NOTICES = {"plain", "good", "warning", "danger"}


def test_a_box_that_says_something_has_one_of_four_names_on_desk_and_tablet() -> None:
    package = Path(fieldapp.__file__).parent
    pages = "".join(path.read_text("utf-8") for path in package.glob("templates/**/*.html"))
    app = "".join(path.read_text("utf-8") for path in package.glob("static/app/**/*.js"))
    flashed = {kind for path in (package / "web").rglob("*.py") for kind in _flashed(path)}
    named = set(re.findall(r"\bnotice-([a-z]+)", pages + app)) | set(re.findall(r'\bnotice\("([a-z]+)"', app))
    assert flashed | named <= NOTICES
    assert {"good", "warning"} <= flashed, "else what pages say after a form is no longer found so"
    for sheet in ("static/desk/style/parts.css", "static/app/style/base.css"):
        assert set(re.findall(r"\.notice-([a-z]+)", (package / sheet).read_text("utf-8"))) == NOTICES - {"plain"}


def _flashed(path: Path) -> Iterator[str]:
    """The kinds of the sentences that the module has shown on the next page."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "flash":
            for each in ast.walk(node.args[1]):
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield each.value


def test_office_and_tablet_take_a_clock_for_wrong_from_the_same_moment_on() -> None:
    """The one where it tells when a change was made, the other in its banner: neither can ask the other."""
    [tablet] = re.findall(r"CLOCK_WRONG_MS = ([0-9_* ]+);", SOURCE["static/app/ground/today.js"])
    change = (Path(fieldapp.__file__).parent.parent / "sync" / "change.py").read_text("utf-8")
    [office] = re.findall(r"CLOCK_WRONG_MS = ([0-9_* ]+)\n", change)
    assert tablet == office
    assert {"static/app/ground/today.js"} == stated("CLOCK_WRONG_MS = ")
