"""What a request costs beside a bare page of the same server."""

from __future__ import annotations

import statistics
from pathlib import Path

import httpx
import sqlalchemy as sa

from bench.cost import seconds
from bench.figures import Section
from bench.served import enrolled, province, served
from fieldapp.db import db
from fieldapp.sample import PASSWORD
from fieldapp.surveys.household import Household

REQUESTS = 400
SAID = """Medians of {requests} requests over one connection to the served sample, beside a page of the same server that
says one word."""


def pages(folder: Path) -> Section:
    """Milliseconds a request."""
    app = province(folder / "pages")
    with served(folder / "pages") as client:
        with app.app_context():
            record = db.session.scalars(sa.select(Household.id).order_by(Household.id)).first()
        token = enrolled(app, client, "lan")["token"]
        sign_in(client)
        bare = median(client, "/bare")
        hello = median(client, "/sync/v1/hello", {"Authorization": f"Bearer {token}"})
        page = median(client, f"/records/{record}")
    figures = (
        ("bare page, ms", bare),
        ("GET /sync/v1/hello, ms", hello),
        ("hello/bare ratio", hello / bare),
        ("record page, ms", page),
        ("record page/bare ratio", page / bare),
    )
    return Section("Pages", SAID.format(requests=REQUESTS), figures)


def sign_in(client: httpx.Client, username: str = "quan") -> None:
    """Sign in as a person does, with the token of the form; by default as the administrator of the sample."""
    form = client.get("/sign-in").text
    token = form.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    data = {"csrf_token": token, "username": username, "password": PASSWORD}
    if client.post("/sign-in", data=data).status_code != httpx.codes.FOUND:
        raise SystemExit(f"{username} of the sample could not sign in")


def median(client: httpx.Client, path: str, headers: dict[str, str] | None = None) -> float:
    """The median of many requests, in milliseconds, after a few that are not counted."""

    def ask() -> None:
        client.get(path, headers=headers).raise_for_status()

    for _warm in range(20):
        ask()
    return statistics.median(seconds(ask) for _request in range(REQUESTS)) * 1000
