"""The office's form in a real browser: every question that depends on another is shown, saved and there again."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Page, TimeoutError

from fieldapp import surveys
from fieldapp.db import db
from fieldapp.surveys import SURVEYS, listed, questions
from fieldapp.surveys.choices import choices
from fieldapp.surveys.question import Question
from tests.again import at_once
from tests.conftest import Server
from tests.desk.conftest import Desk

TODAY = date(2026, 8, 1)
USUAL: dict[str, Any] = {"birth_date": "1971", "citizen_id": "095012345", "phone": "0912345678", "wanted_year": 2027}
BY_KIND: dict[str, Any] = {
    "text": "Ghi thử",
    "long_text": "Ghi thử",
    "integer": 1,
    "money": 1_000_000,
    "decimal": "40",
    "date": TODAY.isoformat(),
    "yes_no": False,
    "point": {"lat": "22.147100", "lon": "105.834800", "accuracy_m": None, "at": None, "source": "pin"},
}

FILL = """(answers) => {
  const form = document.querySelector("form.survey-form");
  const hidden = [];
  for (const [name, typed] of answers) {
    const box = form.querySelector(`[data-question="${name}"]`);
    if (!box.checkVisibility()) hidden.push(name);
    for (const field of box.querySelectorAll("[name]")) {
      if (["radio", "checkbox"].includes(field.type)) {
        if (field.checked !== [typed].flat().includes(field.value)) field.click();
      } else if (field.type !== "file") {
        field.value = typed;
        for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
      }
    }
  }
  return hidden;
}"""
"""Answer questions in the order of the form; the names of those that were not on the screen when it was their turn."""

SHOWN = """() => [...document.querySelectorAll("form.survey-form [data-question]")]
  .filter((box) => box.dataset.kind !== "reference" && box.checkVisibility()).map((box) => box.dataset.question)"""

TYPED = """() => Object.fromEntries([...document.querySelectorAll("form.survey-form [data-question]")]
  .filter((box) => box.dataset.kind !== "photo").map((box) => {
    const fields = [...box.querySelectorAll("[name]")];
    const chosen = fields.filter((field) => field.checked).map((field) => field.value);
    const typed = { checkbox: chosen, radio: chosen[0] ?? "" }[fields[0].type] ?? fields[0].value;
    return [box.dataset.question, typed];
  }))"""


# --- answers that lead to every question ---------------------------------------------------------------------------


def leading_to(survey: str, name: str, condition: int = 0) -> dict[str, Any]:
    """Answers that make a question one that is asked."""
    wanted = questions(survey)[name].asked_if
    found: dict[str, Any] = {}
    for before, codes in (wanted[condition] if wanted else {}).items():
        code = [codes[0]] if questions(survey)[before].kind == "many_of" else codes[0]
        found |= {**leading_to(survey, before), before: code}
    return found


def ways(survey: str) -> list[dict[str, Any]]:
    """Few sets of answers that together lead to every question, by every condition it has."""
    targets = [
        leading_to(survey, name, number)
        for name, question in questions(survey).items()
        for number in range(len(question.asked_if or ()))
    ]
    found: list[dict[str, Any]] = []
    for target in sorted(targets, key=len, reverse=True):
        fit = next((way for way in found if all(way.get(name, code) == code for name, code in target.items())), None)
        if fit is None:
            found.append(dict(target))
        else:
            fit.update(target)
    return found


def answered(survey: str, way: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """A whole form that can be saved: an answer to every question that is asked on this way, photos left out, and
    records that nobody types and the page did not name."""
    found: dict[str, Any] = {}
    for name, question in questions(survey).items():
        left_out = question.kind == "photo" or (question.kind == "reference" and name not in known)
        if question.is_asked(found) and not left_out:
            found[name] = known[name] if name in known else way[name] if name in way else usual(name, question)
    return found


def usual(name: str, question: Question) -> Any:
    if name in USUAL:
        return USUAL[name]
    if question.is_year:
        return 2020
    if question.kind in ("one_of", "many_of"):
        code = next(choice.code for choice in choices(question.choices or "") if choice.code != "khac")
        return [code] if question.kind == "many_of" else code
    return BY_KIND[question.kind]


# --- the form of one survey -----------------------------------------------------------------------------------------


ASKS = "document.querySelector('button[name=confirmed]')?.value"


class Form:
    """The office's form of one survey in a browser, and what the office knows of its records."""

    names = count(1)

    def __init__(self, page: Page, desk: Desk, server: Server, survey: str) -> None:
        self.page, self.desk, self.url, self.survey = page, desk, server.url, survey
        need = desk.one("housing_need", "approved", "lan")
        about = {"household": desk.answer("housing_need", need, "household"), "need": need}
        self.village = desk.answer("household", about["household"], "village")
        self.known = {name: id for name, id in about.items() if name in questions(survey)}

    def ways(self) -> Iterator[dict[str, Any]]:
        """Whole forms, each of somebody else."""
        for way in ways(self.survey):
            more = {"head_name": f"Hoàng Thử {'abcdefghiklmnopq'[next(self.names)]}", "name": "Hoàng Văn Thử"}
            yield answered(self.survey, way, {**more, "village": self.village, **self.known})

    def open(self, where: str) -> None:
        self.page.goto(f"{self.url}/records/{where}")

    def fill(self, answers: Mapping[str, Any]) -> None:
        """Answer as a person does, and see that what is asked, and nothing else, is on the screen."""
        given = [[name, self.typed(name, value)] for name, value in answers.items() if name not in self.known]
        assert self.page.evaluate(FILL, given) == []
        self.sees_what_is_asked(answers)

    def sees_what_is_asked(self, answers: Mapping[str, Any]) -> None:
        wanted = surveys.asked(self.survey, answers) - self.known.keys()  # what the page was opened with
        inside = [name for name, each in questions(self.survey).items() if name in wanted and each.kind != "reference"]
        with suppress(TimeoutError):
            self.page.wait_for_function(f"(names) => String(({SHOWN})()) === String(names)", arg=inside)
        assert self.page.evaluate(SHOWN) == inside

    def typed(self, name: str, value: Any) -> Any:
        question = questions(self.survey)[name]
        return f"{value['lat']}, {value['lon']}" if question.kind == "point" else question.typed(value)

    def add_photos(self, answers: Mapping[str, Any]) -> None:
        """A photo wherever one is demanded and none is there."""
        for name in surveys.asked(self.survey, answers):
            box = self.page.locator(f"#{self.survey}-{name}-question")
            question = questions(self.survey)[name]
            if question.kind == "photo" and question.required and not box.locator("img").count():
                box.locator("input[type=file]").set_input_files(
                    {"name": "nha.jpg", "mimeType": "image/jpeg", "buffer": a_jpeg()}
                )

    def save(self) -> None:
        """Press the button, and say that all is right that is asked back."""
        before, page = self.page.url, self.page
        page.get_by_role("button", name="Lưu", exact=True).click()
        asked = page.get_by_role("button", name="Đúng như vậy: lưu lại")
        for key in iter(lambda: self.asks(before), ""):
            asked.click()
            page.wait_for_function(f"(key) => {ASKS} !== key", arg=key)

    def asks(self, before: str) -> str:
        """What is asked back, by its keys; "" once another page is there."""
        self.page.wait_for_function(f"(before) => location.href !== before || {ASKS}", arg=before)
        return str(self.page.evaluate(ASKS) or "")

    def newest(self) -> str:
        model = SURVEYS[self.survey]
        with self.desk.inside():
            return str(db.session.scalars(sa.select(model.id).order_by(model.changed_stamp.desc()).limit(1)).one())


def a_jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.effect_mandelbrot((640, 480), (-1.5, -1.0, 0.5, 1.0), 20).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


def differing(form: Form, answers: Mapping[str, Any], record: str) -> dict[str, Any]:
    """What the record says otherwise than was answered."""
    said = {name: form.desk.answer(form.survey, record, name) for name in answers}
    return {name: (value, said[name]) for name, value in answers.items() if said[name] != value}


def enough(survey: str, forms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Few of these forms, which together ask all that any of them asks."""
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    for answers in forms:
        if not surveys.asked(survey, answers) <= seen:
            found.append(answers)
            seen |= surveys.asked(survey, answers)
    return found


FORMS = [survey.survey for survey in listed() if not survey.kept_by]
FULLEST = ("housing_need", "household_member")
"""A form with every kind of question, photos too, and a short one."""


@pytest.mark.parametrize("survey", at_once(FORMS, FULLEST.__contains__))
def test_every_question_that_follows_from_another_is_shown_saved_and_there_again(
    survey: str, seat: Callable[..., Page], server: Server, desk: Desk
) -> None:
    form = Form(seat("lan"), desk, server, survey)
    forms = list(form.ways())
    assert set().union(*(surveys.asked(survey, answers) for answers in forms)) == questions(survey).keys()

    form.open(f"new/{survey}?household={form.known.get('household', '')}")
    form.sees_what_is_asked(form.known)
    saved = enough(survey, forms)
    for answers in [*(each for each in reversed(forms) if each not in saved), saved[0]]:
        form.fill(answers)
    record = ""
    for answers in saved:
        if record:
            form.fill(answers)
        form.add_photos(answers)
        form.save()
        record = record or form.newest()
        assert differing(form, answers, record) == {}
        form.open(f"{record}/edit")
        form.sees_what_is_asked(answers)
        again = form.page.evaluate(TYPED)
        assert {name: again[name] for name in answers} == {name: form.typed(name, v) for name, v in answers.items()}
