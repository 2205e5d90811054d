"""The desk's style sheet: its parts, and that each class has one place in it and one on a page."""

from __future__ import annotations

from flask.testing import FlaskClient

from fieldapp.web.style import HERE, PARTS


def test_every_part_is_laid_into_the_one_sheet(client: FlaskClient) -> None:
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
