"""What is missing or odd about a record, in sentences for the person who decides about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from fieldapp import intake, vietnamese
from fieldapp.db import db
from fieldapp.housing import Misfit, MisfitWord
from fieldapp.i18n import _, _l, language, ngettext
from fieldapp.review import Doubt
from fieldapp.review.doubts import DoubtKind
from fieldapp.surveys import SURVEYS, choices, questions
from fieldapp.surveys.base import Record
from fieldapp.web import shown
from fieldapp.web.access import sees
from fieldapp.web.records.criteria import DOUBTS

KINDS: dict[DoubtKind, str] = {
    "misfit": _l("Does not fit with other visits"),
    "no_position": _l("No position"),
    "outside": _l("Position outside its commune"),
    "far": _l("Position far from its village"),
    "no_photo": _l("Photos are missing"),
    "photo_elsewhere": _l("A photo of another household"),
    "sound_house": _l("Sound house, yet a new one is asked for"),
    "ruling": _l("Hangs on a ruling of the province"),
    "score": _l("Score above what its class allows"),
    "missing": _l("Answers are missing"),
    "unusual": _l("Unusual answers"),
}
"""Each in a few words, for lists and summaries."""
MOST = 3
"""So many other records are named."""


class ShownDoubt(NamedTuple):
    """One doubt in words. ``more``: each thing it is about; ``records``: id and name of others to compare with."""

    kind: DoubtKind
    text: str
    more: list[str]
    records: list[tuple[str, str]]


def told(record: Record, doubts: Sequence[Doubt]) -> list[ShownDoubt]:
    """The doubts about a record in words."""
    return [_TELL[doubt.kind](record, doubt) for doubt in doubts]


def _plain(text: str) -> Callable[[Record, Doubt], ShownDoubt]:
    return lambda record, doubt: ShownDoubt(doubt.kind, str(text), [], [])


def _far(record: Record, doubt: Doubt) -> ShownDoubt:
    metres = vietnamese.show_integer(doubt.detail[0])
    text = _("The position is %(metres)s m from the nearest other house of the village.", metres=metres)
    return ShownDoubt("far", text, [], [])


def _outside(record: Record, doubt: Doubt) -> ShownDoubt:
    metres = vietnamese.show_integer(doubt.detail[0])
    return ShownDoubt(
        "outside", _("The position lies %(metres)s m beyond the border of its commune.", metres=metres), [], []
    )


def _elsewhere(record: Record, doubt: Doubt) -> ShownDoubt:
    count = len(doubt.detail)
    text = ngettext(
        "A photo of it stands in %(n)s record of another household too.",
        "Photos of it stand in %(n)s records of other households too.",
        count,
    )
    return ShownDoubt("photo_elsewhere", text, [], _seen(doubt.detail[:MOST]))


def _misfit(record: Record, doubt: Doubt) -> ShownDoubt:
    text = _("The day or the stage contradicts what else is known:")
    return ShownDoubt("misfit", text, [misfit_told(one) for one in doubt.detail], [])


def misfit_told(misfit: Misfit) -> str:
    """What does not fit about a visit, in a sentence that asks back."""
    return str(MISFITS[misfit.word]) % {"day": vietnamese.show_date(misfit.day)}


def _seen(ids: Sequence[str]) -> list[tuple[str, str]]:
    """Those of these records that the reader may open, by name."""
    there = intake.journal().whereabouts(ids)
    found = [
        record
        for id, (survey, area) in there.items()
        if survey in SURVEYS and sees(area) and (record := db.session.get(SURVEYS[survey], id)) is not None
    ]
    return list(shown.names_of(found).items())


def _ruling(record: Record, doubt: Doubt) -> ShownDoubt:
    known = questions("housing_need")
    waiting = [
        f"{known[question].short}: {choices.label(known[question].choices or '', material, language())}"
        for question, material in doubt.detail
    ]
    return ShownDoubt("ruling", _("What the law grants hangs on a ruling that the province has not made:"), waiting, [])


def _missing(record: Record, doubt: Doubt) -> ShownDoubt:
    known, count = questions(type(record)), len(doubt.detail)
    text = ngettext("%(n)s question has no answer", "%(n)s questions have no answer", count)
    return ShownDoubt("missing", text, [str(known[name].short) for name in doubt.detail], [])


def _unusual(record: Record, doubt: Doubt) -> ShownDoubt:
    return ShownDoubt("unusual", _("Answers that are unusual:"), list(doubt.detail), [])


MISFITS: dict[MisfitWord, str] = {
    "before_approval": _l("The survey of this house was approved on %(day)s, after this day. Is the date right?"),
    "before_last": _l("There is a later visit to this house, of %(day)s. Is the date right?"),
    "less_done": _l("The visit of %(day)s found more done. Is the stage right? If so, say why less is done now."),
}
"""The same as the tablet asks."""

_TELL: dict[DoubtKind, Callable[[Record, Doubt], ShownDoubt]] = {
    "misfit": _misfit,
    "no_position": _plain(_l("The household has no position.")),
    "outside": _outside,
    "far": _far,
    "no_photo": _plain(_l("Photos that are asked for are missing.")),
    "photo_elsewhere": _elsewhere,
    "sound_house": _plain(_l("By its answers the house is large enough and durable, yet a new house is asked for.")),
    "ruling": _ruling,
    "score": _plain(DOUBTS["b1_above_limit"]),
    "missing": _missing,
    "unusual": _unusual,
}
