"""What was typed or chosen in a form that is refused is on the answer, and is sent again where it can be.

One look at every answer that refuses a form of a page of ours: what was typed, ticked or chosen and stands in no field
of that page is put on it, in the words of its form. Passwords, tokens and what only machines read are never shown.
How much a form may hold is bounded where it is read (:data:`fieldapp.web.SIGNED_OUT_BYTES`, ``MAX_FORM_MEMORY_SIZE``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec
from flask import Flask, Response, current_app, g, render_template, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from fieldapp.i18n import language
from fieldapp.problems import BadlyAsked, TooLongAsked
from fieldapp.surveys import SURVEYS, choices, questions
from fieldapp.surveys.question import Question
from fieldapp.web import asked, chosen_words
from fieldapp.web.field_words import CHOSEN, SECRET, is_for_machines, word_of

Fields = list[tuple[str, str]]
"""Name and text of each field, in the order of the form."""

LATER = (503, 507)
"""What is refused with these may be taken in a little later, as it is."""
UNTYPED = ("photo", "ids")
"""Questions that nobody types or chooses an answer to."""
REFERRING = ("reference", "village")
"""Questions whose answer is another record or a place."""
MOST_LIKELY = 3
"""A form with so many names of the questions of one survey is a form of that survey."""
FURTHER = 2
"""A form that is too large is read all the same for what was typed, up to so many times what is allowed."""
TYPED_HERE = Markup('<template id="typed-here"></template>')


class TypedText(NamedTuple):
    """One thing that was typed, or all that was chosen in one field: the words of the field, and the text."""

    label: str
    text: str


def init_app(app: Flask) -> None:
    """Look at each answer to a form; ``typed_here()`` marks where in a page the rest of what was typed goes."""
    app.jinja_env.globals.update(typed_here=lambda: TYPED_HERE if request.method == "POST" else "")
    app.after_request(_put_back)


def is_from_here() -> bool:
    """Whether a page of this server sent it, by what the browser says of it, which no page can make it say."""
    told = request.headers.get("Origin") or request.headers.get("Referer") or ""
    try:
        return urlsplit(told).netloc == request.host
    except ValueError:  # it is no address
        return False


def all_sent() -> Fields:
    """All fields of the form that may be read from a page; of a form that waits for its person, those it waits with."""
    if asked.form.has("again_typed"):
        return fields_in(asked.form.text("again_typed", "[]", most=asked.JSON_LETTERS))
    return [(name, text) for name, text in asked.all_typed() if not SECRET.search(name)]


def fields_in(text: str) -> Fields:
    """The fields that a page was given to keep. :raises BadlyAsked: that is not what it was given."""
    try:
        return msgspec.json.decode(text, type=Fields)
    except (msgspec.DecodeError, UnicodeError):
        raise BadlyAsked(name="again_typed") from None


def told() -> None:
    """This page itself tells all that was typed."""
    g.typed_is_told = True


def waits() -> None:
    """What was typed waits in this page for whoever typed it to sign in, and is sent then."""
    g.typed_waits = True


def files_kept() -> None:
    """The files that were chosen are kept: they need not be chosen again."""
    g.files_are_kept = True


def _put_back(response: Response) -> Response:
    if not _is_refused_form(response):
        return response
    with suppress(HTTPException, BadlyAsked, TooLongAsked):
        _read_further()
        html = response.get_data(as_text=True)
        response.set_data(html.replace(TYPED_HERE, _section(response, html), 1))
    return response


def _is_refused_form(response: Response) -> bool:
    refused = response.status_code >= 400 and response.mimetype == "text/html"
    return refused and request.method == "POST" and not response.direct_passthrough and is_from_here()


def _read_further() -> None:
    most = current_app.config["MAX_CONTENT_LENGTH"]
    if request.max_content_length == most:  # else it is a stranger, or a file of everything
        request.max_content_length = most * FURTHER


def _section(response: Response, html: str) -> str:
    """What was typed or chosen, and which files to choose again; not of a form that is nothing but a file."""
    sent = all_sent()
    named = response.status_code not in LATER
    typed = [] if g.get("typed_is_told") else shown(_missing(sent, html), named=named)
    chosen_anew = not g.get("files_are_kept") and _holds_anything(sent)
    files = [each.filename for _name, each in asked.all_files()] if chosen_anew else []
    if not typed and not files:
        return ""
    again = typed and _can_be_sent_again(response)
    to = request.full_path.rstrip("?")
    return render_template(
        "not_lost.html",
        typed=typed,
        files=files,
        fields=sent if again else [],
        to=to,
        waits=g.get("typed_waits", False),
    )


def _can_be_sent_again(response: Response) -> bool:
    """What a server that cannot just now may take in later; with a password it is typed anew."""
    later = response.status_code in LATER or getattr(g.get("problem"), "again", False)
    return later and not any(SECRET.search(name) and name != "csrf_token" for name, _text in asked.all_typed())


def shown(fields: Fields, *, named: bool) -> list[TypedText]:
    """These fields as people know them, without what the page carried along and what nobody may read.

    ``named``: whether the database may be asked what was chosen is called.
    """
    survey = _survey_of(name for name, _text in fields)
    given: dict[str, list[str]] = {}
    for name, text in fields:
        if text.strip():
            given.setdefault(name, []).append(text.replace("\0", "\ufffd"))
    return [each for name, texts in given.items() for each in _told(name, texts, survey, named)]


def _holds_anything(fields: Fields) -> bool:
    """Whether anything was typed or chosen in them."""
    survey = _survey_of(name for name, _text in fields)
    return any(text.strip() and not _is_carried(name, survey) for name, text in fields)


def _is_carried(name: str, survey: Mapping[str, Question]) -> bool:
    return survey[name].kind in UNTYPED if name in survey else is_for_machines(name)


def _survey_of(names: Iterable[str]) -> Mapping[str, Question]:
    """The questions of the survey that a form with fields of these names is of; none if it is of none."""
    given = set(names)
    likely = max(SURVEYS, key=lambda survey: len(given & questions(survey).keys()))
    known = questions(likely)
    return known if len(given & known.keys()) >= MOST_LIKELY else {}


def _told(name: str, texts: list[str], survey: Mapping[str, Question], named: bool) -> list[TypedText]:
    """A line for each text that was typed in fields of this name, or one for all that was chosen."""
    if _is_carried(name, survey):
        return []
    question = survey.get(name)
    if question is None and name in CHOSEN:
        return [TypedText(word_of(name), chosen_words.said(name, texts, named=named))]
    if question is None:
        return [TypedText(word_of(name), text) for text in texts]
    if question.kind in REFERRING:
        return [TypedText(str(question.label), chosen_words.answered(question, texts, named=named))]
    return [TypedText(str(question.label), _answer(question, text)) for text in texts]


def _answer(question: Question, text: str) -> str:
    """What was typed or chosen; a choice in its words. Nothing of it is asked of the database."""
    return choices.label(question.choices, text, language()) if question.choices else text


def _missing(sent: Fields, html: str) -> Fields:
    """Of these fields those that stand in no field of the page: each of a name as often as it is not there."""
    page = _Controls()
    page.feed(html)
    left = list(page.found)
    missing = []
    for name, text in sent:
        one = name, _plain(text)
        if one in left:
            left.remove(one)
        else:
            missing.append((name, text))
    return missing


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _holds_its_value(field: Mapping[str, str]) -> bool:
    """Whether an ``<input>`` that people see would be sent as it stands: a box only where it is ticked."""
    kind = field.get("type")
    return "checked" in field if kind in ("checkbox", "radio") else kind != "hidden"


class _Controls(HTMLParser):
    """The fields in a page that people see, each with what stands in it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Fields = []
        self._name = ""
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "input" and _holds_its_value(told):
            self.found.append((told.get("name", ""), _plain(told.get("value", ""))))
        elif tag == "textarea" and "hidden" not in told:
            self._name, self._inside = told.get("name", ""), ""
        elif tag == "select":
            self._name = told.get("name", "")
        elif tag == "option" and "selected" in told:
            self.found.append((self._name, _plain(told.get("value", ""))))

    def handle_data(self, data: str) -> None:
        if self._inside is not None:
            self._inside += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._inside is not None:
            self.found.append((self._name, _plain(self._inside)))
            self._inside = None
