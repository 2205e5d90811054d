"""Style sheets of desk and tablet: their parts, and that every class is given somewhere and is there for something."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import fieldapp
from fieldapp.i18n import speaking
from fieldapp.web.style import HERE, PARTS
from fieldapp.web.tablet.shell import STATIC

TEMPLATES = Path(fieldapp.__file__).parent / "templates"
SHARED = TEMPLATES / "macros" / "form.html"
PAGES = [path for path in TEMPLATES.rglob("*.html") if path.parent.name != "tablet"]
DESK = [*STATIC.parent.joinpath("desk").rglob("*.js"), *PAGES]
TABLET = [*STATIC.rglob("*.js"), *TEMPLATES.glob("tablet/*"), SHARED]
OF_LEAFLET = "leaflet-"

QUOTED = re.compile(r'"[^"\n]*"|`[^`\n]*`')
GIVEN = re.compile(r'\bclass="((?:[^"{]|{{.*?}}|{%.*?%})*)"|\bclass(?:Name =|:) (?:"([^"]*)"|`([^`]*)`)', re.DOTALL)
PUT_TOGETHER = re.compile(r"{{.*?}}|\$\{.*?\}", re.DOTALL)
RULE = re.compile(r"([^{}]+){")


def text_of(paths: Iterable[Path]) -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted(paths))


def styled(folder: Path) -> set[str]:
    """The classes that have a rule."""
    style = re.sub(r"/\*.*?\*/", "", text_of(folder.rglob("*.css")), flags=re.DOTALL)
    return {name for selector in RULE.findall(style) for name in re.findall(r"\.([A-Za-z_][\w-]*)", selector)}


def words(source: str) -> set[str]:
    """Every word of a source: a class may be chosen far from where it is given."""
    return set(re.findall(r"[\w-]+", source))


def beginnings(source: str) -> tuple[str, ...]:
    """Of classes that are put together: ``state-{{ status }}``."""
    return tuple(set(re.findall(r"([a-z]\w*-)(?:\$\{|{{)", source)))


def given(source: str) -> set[str]:
    """The classes that are given as they are."""
    lists = ("".join(found) for found in GIVEN.findall(source))
    named = (re.sub(r"{%.*?%}", " ", PUT_TOGETHER.sub("*", each), flags=re.DOTALL).split() for each in lists)
    return {name for each in named for name in each if re.fullmatch(r"[a-z][\w-]*", name)}


def looked_for(source: str) -> set[str]:
    """The classes by which a script or a test finds something."""
    selected = {name for said in QUOTED.findall(source) for name in re.findall(r"\.([a-z][\w-]*)", said)}
    return selected | {name for said in re.findall(r"@class=?,? ?'([^']+)'", source) for name in said.split()}


PLACES = pytest.mark.parametrize(("folder", "sources"), [(HERE, DESK), (STATIC, TABLET)], ids=["desk", "tablet"])


@PLACES
def test_every_class_that_has_a_rule_is_given_to_something(folder: Path, sources: list[Path]) -> None:
    source = text_of(sources)
    begun = (*beginnings(source), OF_LEAFLET)
    assert sorted(name for name in styled(folder) - words(source) if not name.startswith(begun)) == []


@PLACES
def test_every_class_that_is_given_has_a_rule_or_is_looked_for(folder: Path, sources: list[Path]) -> None:
    """One that has neither says something to nobody, or is the wrong name of one that has."""
    bootstrap = (files("flask_bootstrap") / "static" / "bootstrap5" / "css" / "bootstrap.min.css").read_text("utf-8")
    known = styled(folder) | set(re.findall(r"\.([A-Za-z][\w-]*)", bootstrap))
    scripts = [path for path in sources if path.suffix == ".js"]
    tests = Path(__file__).parents[1].rglob("*.py")
    assert sorted(given(text_of(sources)) - known - looked_for(text_of([*scripts, *tests]))) == []


def test_every_part_is_laid_into_the_one_sheet_of_the_desk(client: FlaskClient) -> None:
    assert sorted(PARTS) == sorted(path.stem for path in HERE.glob("*.css"))
    page = client.get("/sign-in").text
    address = page.partition('href="/style/')[2].partition('"')[0]
    answer = client.get(f"/style/{address}")
    assert answer.mimetype == "text/css"
    assert all((HERE / f"{part}.css").read_text("utf-8") in answer.text for part in PARTS)


def test_a_browser_keeps_the_sheet_for_ever_and_never_takes_another_for_it(client: FlaskClient) -> None:
    address = client.get("/sign-in").text.partition('href="/style/')[2].partition('"')[0]
    assert "immutable" in client.get(f"/style/{address}").headers["Cache-Control"]
    assert client.get(f"/style/{'0' * 16}/desk.css").status_code == 404


CELL = re.compile(r'<td class="number[^"]*">(.*?)</td>', re.DOTALL)
TAG = re.compile(r"<[^<>]*>")
SAID = re.compile(r"{{ (.*?) }}")
WRITTEN = re.compile(r"(_|age|change|ngettext|show|show_number)\(")
TOLD_ELSEWHERE = {"line.number", "number", "row.shown", "text", "sum[0]", "cell", "total", '"–"'}
"""Serial numbers, and what a view hands over as it is to be read."""


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_count_in_a_table_has_its_thousands_told_apart(path: Path) -> None:
    cells = CELL.findall(path.read_text("utf-8"))
    said = [each for cell in cells for each in SAID.findall(TAG.sub("", cell))]
    assert [each for each in said if not WRITTEN.match(each) and each not in TOLD_ELSEWHERE] == []


def test_a_tile_tells_the_thousands_of_a_count_apart(app: Flask) -> None:
    tile = app.jinja_env.get_template("macros/ui.html").module.figure  # type: ignore[attr-defined]
    with app.test_request_context(), speaking("vi"):
        assert ">1.332<" in tile(1332, "Phiếu đã duyệt")
        assert ">2,93 tỷ đồng<" in tile("2,93 tỷ đồng", "Kinh phí")


SCROLLED = re.compile(r"([^{}]+)\{([^{}]*overflow(?:-x)?: (?:auto|scroll)[^{}]*)\}")


def test_what_is_scrolled_sideways_keeps_to_itself_what_only_a_screen_reader_reads() -> None:
    """Hidden words are laid out by the next positioned element: outside of what is scrolled they widen the page."""
    sheets = sorted(Path(str(files("fieldapp"))).joinpath("static/desk/style").glob("*.css"))
    rules = [rule for path in sheets for rule in SCROLLED.findall(path.read_text("utf-8"))]
    assert len(rules) >= 3
    assert [name.strip() for name, said in rules if "position: " not in said] == []


IN_A_ROW = re.compile(r"<p(?![^>]*actions)[^>]*>(?:(?!</p>).)*?class=\"btn (?:(?!</p>).)*?class=\"btn ", re.DOTALL)


def test_buttons_beside_each_other_stand_in_a_row_that_keeps_them_apart() -> None:
    templates = sorted(Path(str(files("fieldapp"))).joinpath("templates").rglob("*.html"))
    assert [path.name for path in templates if IN_A_ROW.search(path.read_text("utf-8"))] == []
