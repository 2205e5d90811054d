"""The quick reader of pages makes of them what html5lib makes, and lets no fault pass that html5lib would find."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests import reading

PLAIN = """<!doctype html>
<html lang="vi">
<head><meta charset="utf-8"><title>Hộ &amp; nhà</title></head>
<body>
<main class="a"><h1>Hộ &amp; nhà</h1><p>Một <a href="/x?a=1&amp;b=2">liên kết</a></p><div><p>Hai</p></div>
<form action="/"><button type="submit">Lưu</button><input type="text" name="n" required><textarea name="t">
&lt;b&gt;</textarea></form>
<ul><li>Một</li><li>Hai</li></ul><table><tbody><tr><td>1</td></tr></tbody></table>
<svg viewBox="0 0 1 1"><path d="M0 0"/></svg><script src="/a.js"></script></main>
</body>
</html>
"""
WRONG = {
    "an element that is not closed": ("<p>Hai</p></div>", "<p>Hai</p>"),
    "an end of nothing": ("<p>Hai</p>", "<p>Hai</p></p>"),
    "an end before that of what it holds": ("liên kết</a></p>", "liên kết</p></a>"),
    "a paragraph in one": ("<p>Hai</p>", "<p>Hai<p>Ba</p></p>"),
    "a division in a paragraph": ("<p>Hai</p>", "<p>Hai<div>Ba</div></p>"),
    "a link in a link": ("liên kết", "liên <a href='/y'>kết</a>"),
    "a link in a link, in double quotes": ("liên kết", 'liên <a href="/y">kết</a>'),
    "a form in a form": ('<button type="submit">', '<form action="/"></form><button type="submit">'),
    "a button in a button": ("Lưu", '<button type="submit">Lưu</button>'),
    "a division in a row": ("<tr><td>", "<tr><div></div><td>"),
    "a value twice": ('class="a"', 'class="a" class="b"'),
    "a value at the next one": ('name="n" required', 'name="n"required'),
    "a value in the end of an element": ("</div>", '</div class="a">'),
    "an element closed in its beginning": ("<div>", "<div/><div>"),
    "a reference to nothing": ("&amp; nhà</h1>", "&khong; nhà</h1>"),
    "a character that is none": ("Hai</p>", "Hai\x01</p>"),
    "two bodies": ("<body>", "<body><body>"),
    "no doctype": ("<!doctype html>", ""),
    "a text behind the end": ("</html>", "</html>chữ"),
    "an end that is missing": ("</main>\n</body>\n</html>\n", ""),
}


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "known", set())


def test_pages_are_read_as_html5lib_reads_them(as_: Callable[[str], FlaskClient]) -> None:
    addresses = {"binh": ["/", "/review", "/records/", "/map"], "quan": ["/admin/", "/reports/housing-need", "/rights"]}
    for who, paths in addresses.items():
        for path in paths:
            html = as_(who).get(path).get_data(as_text=True)
            tree, places = reading.read(html)
            assert reading.alike(tree, reading.judged(html)), path
            reading.parse(html)
            assert places <= reading.known


def test_what_was_not_yet_seen_in_its_place_is_judged_by_html5lib(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[str] = []
    judge = reading.judged
    monkeypatch.setattr(reading, "judged", lambda html: judged.append(html) or judge(html))
    other = PLAIN.replace("<li>Hai</li>", "<li><strong>Hai</strong></li>")
    for html in (PLAIN, PLAIN.replace("Hai", "Ba"), other, other):
        reading.parse(html)
    assert judged == [PLAIN, other]


@pytest.mark.parametrize(("right", "wrong"), WRONG.values(), ids=WRONG)
def test_a_fault_is_found_on_a_page_of_which_every_place_is_known(right: str, wrong: str) -> None:
    for _time in range(2):
        reading.parse(PLAIN)
    assert right in PLAIN
    with pytest.raises(AssertionError, match="not valid HTML"):
        reading.parse(PLAIN.replace(right, wrong, 1))


def test_a_tree_that_is_read_otherwise_is_never_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "unescape", lambda said: said)
    for _time in range(2):
        assert "Hộ & nhà" in "".join(reading.parse(PLAIN).itertext())
    assert reading.known == set()
