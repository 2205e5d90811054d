"""What is asked of a page is read in one place, and what cannot be meant is answered with a sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import IntegerConverter

import fieldapp
from tests.desk.conftest import Desk, desk
from tests.pages import check_page
from tests.postgres import AGAIN_ON_POSTGRESQL, ON_EACH_DATABASE
from tests.syntax import tree
from tests.wire_client import Tablet, code, tablet

__all__ = ["code", "desk", "tablet"]

FOLDER = Path(fieldapp.__file__).parent
READ_HERE = "asked.py"
ASKED = {"args", "form", "values", "json", "get_json", "files", "cookies", "data"}


def reads(path: Path) -> Iterator[str]:
    """Where a module looks at what was asked for."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and node.attr in ASKED and ast.unparse(node.value) == "request":
            yield f"{path.name}:{node.lineno}: request.{node.attr}"


def test_nobody_but_one_module_reads_what_was_asked() -> None:
    modules = [path for path in FOLDER.rglob("*.py") if path.name != READ_HERE]
    assert [each for path in modules for each in reads(path)] == []
    templates = [path for path in FOLDER.rglob("*.html") if re.search(r"request\.(args|form|values)", path.read_text())]
    assert templates == []


DEEP = "[" * 100_000
PAGES = [
    ("/sign-in?next=http://[", 200),
    ("/sign-in?next=%5C%5Cevil.example", 200),
    ("/records/?page=x", 400),
    (f"/records/?page={'9' * 25}", 400),
    ("/records/?page=%C2%B2", 400),
    ("/records/?q=%00", 400),
    (f"/records/?q={'a+' * 1000}", 400),
    ("/records/?q=" + "+".join("abcdefghijklmnopqrstuvwxyz"), 200),
    ("/records/?endpoint=x&_scheme=x&_anchor=y&_method=PUT", 200),
    ("/records/?commune=%00", 400),
    ("/records/?lang=%00", 200),
    (f"/admin/?before={10**25}", 400),
    ("/admin/?before=x", 400),
    (f"/admin/batches/{2**63}", 404),
    ("/admin/batches/%C2%B2", 404),
    ("/reports/housing-need?vintage=%C2%B2", 404),
    ("/reports/housing-need?within=%00", 400),
    ("/reports/%00", 404),
    ("/reports/progress?since=5/2/2026&until=31-12-2026", 200),
    ("/reports/progress?since=2026-02-05", 200),
    ("/reports/progress/file.csv?since=32/13/2026", 400),
    ("/reports/progress/chart.svg?as_of=2026", 400),
    ("/figures/?day=x", 400),
    ("/admin/rules/?day=31/2/2026", 400),
    ("/admin/taken?from=hôm+qua", 400),
    ("/photos/%00", 404),
    ("/records/new/household?household=x", 404),
    ("/records/new/housing_need?household=%00", 404),
    ("/admin/people/%00", 404),
    ("/records/leaflet/%00", 404),
    ("/static/%00", 404),
]


@AGAIN_ON_POSTGRESQL
def test_what_cannot_be_meant_in_an_address_is_told_in_a_sentence(as_: Callable[[str], FlaskClient]) -> None:
    quan = as_("quan")
    wrong = []
    for path, status in PAGES:
        answer = quan.get(path, follow_redirects=True)
        wrong += [(path[:80], answer.status_code)] if answer.status_code != status else []
        assert check_page(answer.get_data(as_text=True), "vi").text
    assert wrong == []


LARGE = (2**31 - 1, 2**31, 2**53 - 1)
"""The last number of 32 bits, the first that takes more, and the last that a browser can count to."""


@ON_EACH_DATABASE
def test_a_number_of_an_address_that_no_row_can_have_leads_nowhere(as_: Callable[[str], FlaskClient]) -> None:
    quan = as_("quan")
    every = quan.application.url_map.iter_rules()
    rules = [rule for rule in every if any(isinstance(each, IntegerConverter) for each in rule._converters.values())]
    assert len(rules) > 20
    answers = {
        (path, method): quan.open(path, method=method).status_code
        for number in LARGE
        for rule in rules
        for path in [re.sub("<[^>]*>", "housing-need", re.sub("<int:[^>]*>", str(number), rule.rule))]
        for method in (rule.methods or set()) & {"GET", "POST"}
    }
    assert {asked: status for asked, status in answers.items() if status >= 500} == {}


PERSON = {"username": "moi", "name": "Người mới", "role": "admin", "password": "mat-khau-moi-2026"}
FORMS: list[tuple[str, str, dict[str, Any], int]] = [
    ("binh", "/records/{record}/decisions", {"verdict": "return", "seen": "x"}, 400),
    ("binh", "/records/{record}/decisions", {"verdict": "return", "seen": "{seen}", "comment": "a\0b"}, 400),
    ("binh", "/records/{record}/decisions", {"verdict": "return", "seen": "{seen}", "comment": "x" * 3000}, 400),
    ("lan", "/records/{record}/replies", {"decision": "a\0b", "text": "x"}, 404),
    ("lan", "/records/{record}/edit", {"heads": "1"}, 400),
    ("lan", "/records/{record}/edit", {"heads": DEEP}, 400),
    ("lan", "/records/{record}/edit", {"heads": '{"members":1}'}, 400),
    ("lan", "/records/{record}/edit", {"heads": "{}", "photos_house": DEEP, "location": '{"a":' * 5000}, 422),
    ("quan", "/admin/people", PERSON | {"name": "x" * 500}, 400),
    ("quan", "/admin/people", PERSON | {"name": "x" * 150}, 400),
    ("quan", "/admin/people", PERSON | {"username": "a\0b"}, 400),
    ("quan", "/admin/people", PERSON | {"place": "²²²².06", "role": "x"}, 400),
    ("quan", "/admin/people/%00/codes", {}, 404),
    ("quan", "/admin/rulings", {"about": "\0", "verdict": "release"}, 400),
    ("quan", "/admin/node/peers", {"name": "\0", "key": "x"}, 400),
]


@AGAIN_ON_POSTGRESQL
def test_what_cannot_be_meant_in_a_form_is_told_in_a_sentence(as_: Callable[[str], FlaskClient], desk: Desk) -> None:
    record = desk.one("housing_need", "returned", "lan")
    known = {"record": record, "seen": " ".join(desk.heads("housing_need", record))}
    wrong = []
    for who, path, data, status in FORMS:
        filled = {name: known["seen"] if value == "{seen}" else value for name, value in data.items()}
        answer = as_(who).post(path.format(**known), data=filled)
        wrong += [(path, str(data)[:80], answer.status_code)] if answer.status_code != status else []
    assert wrong == []


BODIES: list[tuple[str, bytes]] = [
    ("compare", b'{"until":9223372036854775808}'),
    ("compare", b'{"positions":{"2023.01930.001":9223372036854775808}}'),
    ("compare", b'{"want":["\\u0000"]}'),
    ("compare", DEEP.encode()),
    ("push", DEEP.encode()),
    ("push", b'{"changes":1}'),
    ("push", b'{"changes":["\\ud800"]}'),
    ("enrol", b'{"code":"x","name":"\\u0000"}'),
]


@AGAIN_ON_POSTGRESQL
def test_a_body_that_cannot_be_meant_is_told_as_such(client: FlaskClient, tablet: Tablet) -> None:
    for path, body in BODIES:
        answer = client.post(f"/sync/v1/{path}", data=body, content_type="application/json", headers=tablet.auth)
        assert (path, answer.status_code, answer.get_json()["error"]["code"]) == (path, 400, "bad_request")
    for path in (f"pull?after={2**63}", "pull?after=x&limit=%C2%B2", "hello?said=%C2%B2&lost=9"):
        assert client.get(f"/sync/v1/{path}", headers=tablet.auth).status_code == 200
    for path in ("snapshot?page=%00", "snapshot?area=%00", f"blob/{'0' * 64}/{2**63}", "blob/%00", "hello?lost=%00"):
        assert client.get(f"/sync/v1/{path}", headers=tablet.auth).status_code in (400, 404, 405)


def test_a_host_there_cannot_be_is_told_so(client: FlaskClient) -> None:
    for host in ("[", "x:99999999", "a" * 300):
        answer = client.get("/", headers={"Host": host})
        assert answer.status_code < 500
        assert answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("wish", "there"),
    [("/records/?q=a", "/records/?q=a"), ("//evil.example", "/"), ("/\\evil.example", "/"), ("\\\\evil.example", "/"),
     ("http://[", "/"), ("https://evil.example/", "/"), ("/sign-in", "/"), ("/a\nb", "/"), ("javascript:1", "/")],
)  # fmt: skip
def test_signing_in_leads_only_to_a_page_of_ours(as_: Callable[[str], FlaskClient], wish: str, there: str) -> None:
    answer = as_("lan").get("/sign-in", query_string={"next": wish})
    assert (answer.status_code, answer.headers["Location"]) == (302, there)
