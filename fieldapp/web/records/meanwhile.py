"""What a colleague decided about a record while its page was open: nobody overrides it without having seen it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from fieldapp import naming, review
from fieldapp.problems import DecidedMeanwhile
from fieldapp.review import Pin
from fieldapp.surveys import Decision
from fieldapp.surveys.base import Record
from fieldapp.web.access import me, must
from fieldapp.web.records.contents import VERDICTS


class Wish(NamedTuple):
    """A decision as it was sent: the heads that its page showed, and the last decision that it showed."""

    verdict: str
    seen: Collection[str]
    known: str | None
    comment: str = ""
    pinned: Sequence[Pin] = ()


def carry_out(record: Record, wish: Wish) -> None:
    """Make the decision, where it is not there already: its form was sent twice, by two presses or on a bad line.

    :raises ChangedMeanwhile, DecidedMeanwhile: somebody has done something about the record since its page was opened.
    """
    unseen = review.unseen_decision(record, wish.known)
    if unseen is not None and unseen.author == me().id and _said(unseen) == _wished(wish):
        return
    review.must_be_current(record, wish.verdict, wish.seen)
    _must_be_none(unseen)
    must(wish.verdict, record)
    review.decide(record, wish.verdict, account=me(), seen=wish.seen, comment=wish.comment, pinned=wish.pinned)


def must_be_known(record: Record, known: str | None) -> None:
    """Pass only where the last decision about the record is the one that its page showed.

    :raises DecidedMeanwhile: somebody decided since then.
    """
    _must_be_none(review.unseen_decision(record, known))


def _must_be_none(unseen: Decision | None) -> None:
    if unseen is not None:
        name = naming.people([unseen.author]).get(unseen.author, "")
        raise DecidedMeanwhile(name=name, verdict=str(VERDICTS.get(unseen.verdict or "", "")))


def _said(last: Decision) -> tuple[object, ...]:
    return last.verdict, sorted(last.seen or ()), last.comment or "", list(last.pinned or ())


def _wished(wish: Wish) -> tuple[object, ...]:
    return wish.verdict, sorted(set(wish.seen)), wish.comment.strip(), list(wish.pinned)
