"""The pages "Your first question, survey, report, role, language" are true: what they say is done, and it works.

Every block of code in them says where it goes; all are put into one copy of the project, which is then used.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo

from tests.again import a_walk

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs/first").glob("*.md"))
BLOCK = re.compile(r"^```python (?P<where>[^\n]+)\n(?P<code>.*?)^```$", re.M | re.S)
PARTS = ("fieldapp", "sync", "migrations", "translations", "tests/__init__.py", "tests/migration.py", "pyproject.toml")

USED = """
from datetime import date
from fieldapp.cli import main
for words in ("init", "user add kiemtoan --role auditor --area 19@2025"):
    main(words.split(), standalone_mode=False)

from fieldapp import create_app, i18n, reports, surveys
from fieldapp.config import Config
from fieldapp.db import db
from fieldapp.reports.scope import Options
from fieldapp.surveys import choices
from fieldapp.web.tablet.shell import shell

app = create_app(Config.from_env())
with app.app_context():
    table = reports.find("needs-by-kind").build(db.session(), Options(), None, date(2026, 11, 28))
    print("report", table.total.values)
print("question", "road_distance_m" in surveys.questions("housing_need"))
with i18n.speaking("lo"):
    tay = choices.label("ethnic_group", "tay", i18n.language())
    print("language", i18n.gettext("Language"), "/", i18n.gettext("Home"), "/", tay)
with app.test_request_context():
    print("tablet", "/app/?lang=lo" in shell().files)
print("form", "Storm damage" in str([each["title"] for each in surveys.describe("en")["surveys"].values()]))
"""


def parts(page: Path) -> list[tuple[dict[str, str], str]]:
    """The blocks of a page: where each goes, and its code."""
    found = []
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        words = dict(word.split("=", 1) for word in shlex.split(block["where"]))
        found.append((words, block["code"]))
    return found


def put(copy: Path, where: dict[str, str], code: str) -> None:
    """Put a block where it says: a file of its own, or before, after or instead of what stands once in a file."""
    if "file" in where:
        (copy / where["file"]).write_text(code, encoding="utf-8")
        return
    target = copy / where["into"]
    text = target.read_text(encoding="utf-8")
    [(how, mark)] = [(how, where[how].replace("\\n", "\n")) for how in ("before", "after", "instead") if how in where]
    assert text.count(mark) == 1, f"{where['into']} holds {mark!r} {text.count(mark)} times"
    new = {"before": code + mark, "after": f"{mark}\n{code.rstrip()}", "instead": code}[how]
    target.write_text(text.replace(mark, new), "utf-8")


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which all pages were followed, with the migration that they ask for."""
    copy = tmp_path_factory.mktemp("first")
    (copy / "tests").mkdir()
    for part in PARTS:
        take = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        take(ROOT / part, copy / part)
    for page in PAGES:
        for where, code in parts(page):
            put(copy, where, code)
    fill_in(copy / "translations/lo/LC_MESSAGES")
    run(copy, "-m", "tests.migration", "What the first pages add")
    return copy


def fill_in(folder: Path) -> None:
    """A catalogue of which one message was translated so far."""
    found = Catalog(locale="lo")
    found.add("Language", "ພາສາ")
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, found)


def run(copy: Path, *words: str) -> str:
    env = {**os.environ, "PYTHONPATH": str(copy), "FIELDAPP_INSTANCE": str(copy / "instance"), "FIELDAPP_LANG": "en"}
    done = subprocess.run([sys.executable, *words], cwd=copy, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_of_a_first_page_says_where_it_goes(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(parts(page)) == text.count("```python") > 0


@a_walk
@pytest.mark.long
def test_a_question_survey_role_report_and_language_are_there_once_their_pages_are_followed(
    followed: Path,
) -> None:
    [written] = (followed / "migrations/versions").glob("*_what_the_first_pages_add.py")
    assert {"storm_damage", "road_distance_m"} <= set(re.findall(r"\w+", written.read_text(encoding="utf-8")))
    said = run(followed, "-c", USED)
    language = ["language ພາສາ / Home / Tày", "tablet True"]
    assert said.splitlines()[-5:] == ["report (0,)", "question True", *language, "form True"]


@a_walk
@pytest.mark.long
def test_what_the_pages_say_and_the_migration_they_ask_for_are_in_the_style_of_the_house(followed: Path) -> None:
    run(followed, "-m", "ruff", "check", "--quiet", "fieldapp", "migrations")
    run(followed, "-m", "ruff", "format", "--quiet", "--check", "fieldapp", "migrations")


def test_every_area_of_tests_that_a_page_names_holds_tests() -> None:
    named = {
        area
        for page in [*PAGES, *ROOT.glob("*.md"), ROOT / "tests/README.md"]
        for wish in re.findall(r"TEST_ARGS=(\"[^\"]+\"|[\w/.]+)", page.read_text(encoding="utf-8"))
        for area in wish.strip('"').split()
        if area.startswith("tests/")
    }
    assert len(named) > 2
    assert {area for area in named if not list((ROOT / area).rglob("test_*.py"))} == set()
