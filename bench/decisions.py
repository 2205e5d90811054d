"""What a supervisor waits for: a record's page, the decision about it, and the next page."""

from __future__ import annotations

import re
import statistics
from pathlib import Path

import httpx

from bench.cost import Cost, cost
from bench.figures import Section
from bench.pages import median, sign_in
from bench.served import province, served
from fieldapp import people, review
from fieldapp.surveys import Household

SUPERVISOR, DECISIONS, WARM = "binh", 30, 5
SAID = """A supervisor of the small sample reads a household, approves it, and is led to what is most urgent now:
medians of {decisions} households over one connection, beside a page of the same server that says one word."""


def decisions(folder: Path) -> Section:
    """Milliseconds of each of the three, and of all."""
    node = folder / "decided"
    app = province(node, "small")
    with app.app_context():
        account = people.by_username(SUPERVISOR)
        assert account is not None
        standings = review.standings(Household, people.areas_of(account))
        waiting = [one.id for one in standings if one.status == "waiting"][: DECISIONS + WARM]
    with served(node) as client:
        sign_in(client, SUPERVISOR)
        bare = median(client, "/bare")
        spent = [_approve(client, record) for record in waiting][WARM:]
    page, decision, following = (
        statistics.median(each.seconds for each in some) * 1000 for some in zip(*spent, strict=True)
    )
    whole = statistics.median(sum(each.seconds for each in one) for one in spent) * 1000
    figures = (
        ("bare page, ms", bare),
        ("page of a record, ms", page),
        ("decision, ms (at most 7)", decision),
        ("decision/bare ratio", decision / bare),
        ("next page, found and shown, ms", following),
        ("page, decision and next page, ms (at most 30)", whole),
        ("page, decision and next page/bare ratio", whole / bare),
    )
    return Section("A review decision", SAID.format(decisions=len(spent)), figures)


def _approve(client: httpx.Client, record: str) -> tuple[Cost, Cost, Cost]:
    read, page = cost(lambda: client.get(f"/records/{record}").raise_for_status())
    sent = {name: _field(page.text, name) for name in ("csrf_token", "seen")}
    path = f"/records/{record}/decisions"
    decided, answer = cost(lambda: client.post(path, data={**sent, "verdict": "approve"}))
    if answer.status_code != httpx.codes.FOUND:
        raise SystemExit(f"the decision was answered with {answer.status_code}")
    following, _page = cost(lambda: client.get("/review/next", follow_redirects=True).raise_for_status())
    return read, decided, following


def _field(html: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', html)
    if found is None:
        raise SystemExit(f"the page has no {name}")
    return found.group(1)
