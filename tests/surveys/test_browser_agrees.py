"""The tablet reads, judges and shows as Python does: the tables in ``cases``, and whole surveys at random."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

import fieldapp
from fieldapp.i18n import speaking
from fieldapp.surveys import REFERENCE, SURVEYS, asked, check, describe, questions, rules
from fieldapp.surveys.describing import question_as_sent
from fieldapp.surveys.question import Finding
from fieldapp.surveys.telling import asked_back, key, told_once, unconfirmed
from tests.again import ALL, so_many
from tests.foreign.shapes import SHAPES
from tests.surveys.answers import answers
from tests.surveys.cases import CASES, question_of, table

STATIC = Path(fieldapp.__file__).parent / "static"
TODAY = "2026-08-01"
FILLED = [survey for survey in SURVEYS if survey not in REFERENCE]
"""What a tablet is sent the forms of: it fills in no rules."""


class Files(SimpleHTTPRequestHandler):
    """The modules of the tablet, the tables of cases, and an empty page to run them in."""

    protocol_version = "HTTP/1.1"

    def translate_path(self, path: str) -> str:
        name = path.split("?")[0].lstrip("/")
        return str(CASES / name[6:] if name.startswith("cases/") else STATIC / name)

    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        body = b"<!doctype html><html lang=vi><title>Cases</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: Any) -> None:
        """Say nothing: the test does."""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Files)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def page(browser: Browser, origin: str) -> Iterator[Page]:
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(origin)
    opened.evaluate(
        """async () => {
            globalThis.telling = await import("/app/twins/telling.js");
            globalThis.asked_if = await import("/app/twins/asked_if.js");
            for (const name of ["rules", "read", "format"]) {
                globalThis[name] = await import(`/app/twins/${name}.js`);
                globalThis[`${name}Cases`] = await (await fetch(`/cases/${name}.json`)).json();
            }
            globalThis.same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
        }"""
    )
    yield opened
    context.close()


def described(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    with speaking("vi"):
        return [question_as_sent(question_of(row), "vi") for row in rows]


def test_the_browser_has_the_same_words_and_patterns(page: Page) -> None:
    words, patterns = page.evaluate("[Object.keys(rules.WORDS), Object.keys(rules.PATTERNS)]")
    assert words == list(rules.WORDS)
    assert sorted(patterns) == sorted(rules.PATTERNS)


def test_the_browser_judges_as_the_table_says(page: Page) -> None:
    wrong = page.evaluate(
        """rulesCases.rules.filter((row) =>
            rules.keeps(row, row.value, row.answers ?? {}, row.today) !== row.keeps).map((row) => row.why)"""
    )
    assert wrong == []


def test_the_browser_asks_as_the_table_says(page: Page) -> None:
    wrong = page.evaluate(
        """rulesCases.asked.filter((row) => {
            const questions = Object.fromEntries(
                Object.entries(row.asked_if).map(([name, asked_if]) => [name, { asked_if }]));
            const order = Object.keys(questions);
            return !same([...asked_if.asked({ questions, order }, row.answers)].sort(), row.asked);
        }).map((row) => row.why)"""
    )
    assert wrong == []


def test_the_browser_reads_as_the_table_says(page: Page) -> None:
    wrong = page.evaluate(
        """(questions) => readCases.map((row, place) => {
            try {
                const value = read.read(questions[place], row.typed);
                return !row.refused && same(value, row.value) ? null : [row.why, row.typed, value];
            } catch (error) {
                const told = error instanceof read.Unreadable && error.message === "cannot be read";
                return row.refused && told ? null : [row.why, row.typed, String(error)];
            }
        }).filter(Boolean)""",
        described(table("read")),
    )
    assert wrong == []


def test_the_browser_shows_and_edits_as_the_table_says(page: Page) -> None:
    wrong = page.evaluate(
        """(questions) => formatCases.show.map((row, place) => {
            const got = [format.show(questions[place], row.value), format.typed(questions[place], row.value)];
            return same(got, [row.shown, row.typed]) ? null : [row.why, ...got];
        }).filter(Boolean)""",
        described(table("format")["show"]),
    )
    assert wrong == []


APART = 1 if ALL else 4
"""Every fourth value in a survey, in the next one others, or every one in each."""


def test_whatever_a_value_is_the_browser_shows_and_edits_it_as_python_does(page: Page) -> None:
    for number, survey in enumerate(FILLED):
        known, values = questions(survey), list(SHAPES.values())[number % APART :: APART]
        here = [[each.show(value, "vi"), each.typed(value)] for each in known.values() for value in values]
        there = page.evaluate(
            """([questions, values]) => questions.flatMap((question) =>
                values.map((value) => [format.show(question, value), format.typed(question, value)]))""",
            [[describe("vi")["surveys"][survey]["questions"][name] for name in known], values],
        )
        assert there == here


def test_the_browser_finds_and_sorts_names_as_the_table_says(page: Page) -> None:
    wrong = page.evaluate(
        """() => {
            const keys = formatCases.search_key.filter((row) => format.searchKey(row.text) !== row.key);
            const words = formatCases.sought.filter((row) => String(format.sought(row.text)) !== String(row.sought));
            const orders = formatCases.order.filter((row) => {
                const key = row.of === "names" ? format.sortKey : format.collationKey;
                const pairs = row.sorted.toReversed().map((text) => [key(text), text]);
                pairs.sort(([one], [other]) => (one < other ? -1 : 1));
                return !same(pairs.map(([, text]) => text), row.sorted);
            });
            return [...keys, ...words, ...orders].map((row) => row.why);
        }"""
    )
    assert wrong == []


@pytest.mark.parametrize("survey", FILLED)
def test_the_browser_finds_the_same_faults_in_any_answers(page: Page, survey: str) -> None:
    sent = json.dumps(describe("vi")["surveys"][survey], sort_keys=True)  # what sends it owes nobody the order of names
    samples: list[dict[str, Any]] = []

    @settings(
        max_examples=so_many(8, 24, 60),
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def collect(data: st.DataObject) -> None:
        samples.append(data.draw(answers(survey)))

    collect()
    got = page.evaluate(
        """([sent, texts, today]) => texts.map((text) => {
            const survey = JSON.parse(sent);
            const answers = JSON.parse(text);
            const names = survey.order;
            const findings = rules.check(survey, answers, today);
            return {
                asked: [...asked_if.asked(survey, answers)],
                findings,
                told: telling.toldOnce(findings, names),
                asked_back: [...texts, "{}"].map((given) => {
                    return telling.askedBack(telling.toldOnce(findings, names), answers, JSON.parse(given));
                }),
                confirmed: findings.map((one) => {
                    return telling.unconfirmed(findings, answers, new Set([telling.keyOf(one, answers)]));
                }),
                shown: names.map((name) => format.show(survey.questions[name], answers[name] ?? null)),
                again: names.map((name) => {
                    const value = answers[name] ?? null;
                    return same(read.read(survey.questions[name], format.typed(survey.questions[name], value)), value);
                }),
            };
        })""",
        [sent, [json.dumps(sample) for sample in samples], TODAY],
    )
    for sample, browser in zip(samples, got, strict=True):
        assert set(browser["asked"]) == asked(survey, sample)
        found = findings(survey, sample)
        assert browser["findings"] == as_sent(found)
        told = told_once(found, list(questions(survey)))
        assert browser["told"] == as_sent(told)
        assert browser["asked_back"] == [as_sent(asked_back(told, sample, given)) for given in [*samples, {}]]
        assert browser["confirmed"] == [as_sent(unconfirmed(found, sample, {key(one, sample)})) for one in found]
        assert browser["shown"] == [q.show(sample.get(name), "vi") for name, q in questions(survey).items()]
        assert all(browser["again"])


def findings(survey: str, sample: dict[str, Any]) -> list[Finding]:
    with speaking("vi"):
        return check(survey, sample, date.fromisoformat(TODAY))


def as_sent(found: list[Finding]) -> list[dict[str, Any]]:
    return [{**asdict(finding), "others": list(finding.others)} for finding in found]
