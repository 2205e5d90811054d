"""A style sheet is made smaller by what nothing can match, and by nothing else."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from flask import Flask

from fieldapp.web.tablet.shell import shell
from fieldapp.web.tablet.styles import SourceWords, trimmed
from tests.tablet.conftest import Tablet

SOURCES = ['h("p", { class: "card lead" })', 'button(`btn btn-${look}`, "primary")', '<input class="form-check-input">']
NAMES = SourceWords.of(SOURCES)
CHECKED = '.form-check-input:checked[type=radio]{a:url("data:x,{.no}")}'


@pytest.mark.parametrize(
    ("style", "kept"),
    [
        ("p{margin:0}", "p{margin:0}"),
        (".card{margin:0}", ".card{margin:0}"),
        (".accordion{margin:0}", ""),
        (".card .accordion{margin:0}", ""),
        (".card,.accordion>.card{margin:0}", ".card{margin:0}"),
        (".btn-primary:hover{margin:0}", ".btn-primary:hover{margin:0}"),
        (".btn-danger{margin:0}", ""),
        (".card:not(.disabled){margin:0}", ".card:not(.disabled){margin:0}"),
        (CHECKED, CHECKED),
        ("@media (min-width:1px){.card{a:b}.accordion{a:b}}", "@media (min-width:1px){.card{a:b}}"),
        ("@media print{.accordion{a:b}}", ""),
        ("@keyframes spin{to{a:b}}", "@keyframes spin{to{a:b}}"),
        (":root,[data-bs-theme=light]{--a:b}", ":root{--a:b}"),
        ("[type=button]{a:b}", "[type=button]{a:b}"),
        ("/* a note */.lead{a:b}", ".lead{a:b}"),
    ],
)
def test_a_rule_stays_as_long_as_something_could_match_it(style: str, kept: str) -> None:
    assert trimmed(style, NAMES) == kept


WALK = ["#/", "#/households", "#/sync", "#/receipts", "#/map", "#/new/household", "#/people", "#/todo/unsurveyed"]
CLASSES = "() => [...new Set([...document.querySelectorAll('[class]')].flatMap((each) => [...each.classList]))]"
STYLED = """(style) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  const text = (rules) => [...rules].map((rule) => (rule.selectorText ?? "") + text(rule.cssRules ?? [])).join(" ");
  return [...new Set(text(sheet.cssRules).match(/\\.[A-Za-z_][\\w-]*/g).map((name) => name.slice(1)))];
}"""


def test_no_class_that_the_app_shows_has_lost_its_rules(app: Flask, tablet: Tablet) -> None:
    whole = (files("flask_bootstrap") / "static" / "bootstrap5" / "css" / "bootstrap.min.css").read_text("utf-8")
    with app.test_request_context():
        [small] = [file.body.decode() for name, file in shell().files.items() if name.endswith("/bootstrap.min.css")]
    tablet.enrol()
    shown: set[str] = set()
    for where in WALK:
        tablet.go(where)
        tablet.page.locator("h1").wait_for()
        tablet.page.wait_for_timeout(300)
        shown.update(tablet.page.evaluate(CLASSES))
    tablet.go("#/households")
    tablet.page.locator("main .cards .card-link").first.click()
    tablet.page.locator(".actions a").first.wait_for()
    tablet.go(tablet.page.evaluate("location.hash.replace('record', 'edit')"))
    tablet.page.locator(".part:visible").first.wait_for()
    shown.update(tablet.page.evaluate(CLASSES))
    had, has = (set(tablet.page.evaluate(STYLED, style)) for style in (whole, small))
    assert {"btn-primary", "form-control", "form-select", "form-check-input", "visually-hidden"} <= shown & had
    assert shown & had - has == set()


def test_the_app_s_own_style_is_laid_over_bootstrap_s(app: Flask) -> None:
    with app.test_request_context():
        html = shell().files["/app/"].body.decode()
    first, *others = re.findall(r'<link rel="stylesheet" href="/app/build/\w+/([^"]+)">', html)
    assert first == "bootstrap.min.css"
    assert len(others) > 3
