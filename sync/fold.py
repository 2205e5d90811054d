"""The fold: from the changes of one record, in any order and any number of times, to its state. Pure.

A *head* is a change of a question that no other change of that question names in its base. One head is the value;
several heads with one value are agreement; several with different values are a conflict, of which the greatest stamp is
shown and all are kept. The browser runs the same function from ``fieldapp/static/app/twins/fold.js``.
"""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

import msgspec

from sync.change import WITHDRAWN, Change, MadeAt, same_as

Reconciled = tuple[str, str, str]
"""A question, and the ids of a head and of a withdrawal of which one was made knowing the other."""
_Rank = Callable[[Change], tuple[Any, ...]]


class Head(msgspec.Struct, frozen=True, gc=False):
    """A value that nobody who saw it has replaced. ``author`` is "" where only a snapshot of the record is held;
    ``moment`` is when it was given, see :attr:`sync.change.Change.moment`."""

    id: str
    value: Any
    stamp: str
    author: str
    device: str
    moment: datetime


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What is shown for a question; its heads, the shown one first; and whether they differ."""

    value: Any
    heads: tuple[Head, ...]
    contested: bool


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Who made the first or the last change of a record, on which device, at which stamp."""

    stamp: str
    author: str
    device: str


class Begun(msgspec.Struct, frozen=True, gc=False):
    """Who began a record, on which device, and when, for people: by clocks put right where they were wrong."""

    moment: datetime
    author: str
    device: str


class State(msgspec.Struct, frozen=True, gc=False):
    """A record as this set of changes tells it. Two equal sets of changes give two equal states.

    ``created`` and ``changed`` are by the order of stamps; who began it, and when it was changed last, as people are
    told it and ask for it, say ``begun`` and ``changed_at``.
    """

    record: str
    survey: str
    answers: dict[str, Answer]
    withdrawn: bool
    withdrawals: tuple[Head, ...]
    conflicts: dict[str, list[Any]]
    form_version: int
    created: Origin
    changed: Origin
    begun: Begun
    changed_at: datetime

    def values(self) -> dict[str, Any]:
        """The value shown for each question."""
        return {question: answer.value for question, answer in self.answers.items()}

    def value(self, question: str) -> Any:
        """The value shown for one question, None where it has none."""
        answer = self.answers.get(question)
        return answer.value if answer else None

    def heads(self) -> dict[str, list[str]]:
        """The ids of the heads of each question, the withdrawal among them: what a new change names in its base."""
        found = {
            question: [heads[0].id] if len(heads := answer.heads) == 1 else [head.id for head in heads]
            for question, answer in self.answers.items()
        }
        if self.withdrawals:
            found[WITHDRAWN] = [head.id for head in self.withdrawals]
        return found

    @property
    def version(self) -> str:
        """32 hex digits that differ whenever a head differs."""
        return version_of(head for heads in self.heads().values() for head in heads)


def version_of(heads: Iterable[str]) -> str:
    """The version of a record whose heads are these, in any order; a decision names its heads and so its version."""
    return hashlib.sha256("\n".join(sorted(set(heads))).encode()).hexdigest()[:32]


class SnapshotAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The heads of a question without the changes they came from.

    ``stamps``, ``conflict`` (values), ``knew`` (the withdrawals a head is reconciled with) and ``covers`` (what a
    withdrawal knew and is not here) run beside ``heads``.
    """

    value: Any
    heads: list[str]
    stamps: list[str]
    conflict: list[Any] | None = None
    knew: list[list[str]] | None = None
    covers: list[dict[str, list[str]]] | None = None


class SnapshotRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A record without its history, to which later changes can be folded.

    ``awaited``: ids that a change names as seen and that are not here, so that a late arrival is known to be replaced.
    ``ahead``: the heads of which the stamps lie too far in the future. ``made_at``: what heads say of the clock of
    their device where that was known to be far off.
    """

    record: str
    survey: str
    form_version: int
    answers: dict[str, SnapshotAnswer]
    awaited: dict[str, list[str]] = {}
    ahead: list[str] = []
    made_at: dict[str, MadeAt] = {}


def fold(changes: Iterable[Change], ahead: Collection[str] = (), snapshot: SnapshotRecord | None = None) -> State:
    """The state of one record. ``ahead``: ids of the changes with stamps too far in the future; they lose to others.

    With a ``snapshot`` the changes are those that came after it. Raises ValueError without any change.
    """
    each = list({change.id: change for change in changes}.values())
    if len(each) == 1 and snapshot is None:
        return _of_one(each[0])
    marked = set(ahead).union(snapshot.ahead) if snapshot else ahead
    claims = [*_claims_of(snapshot), *each] if snapshot else each
    rank = _rank_with(marked) if marked else _by_stamp
    moments = {claim.id: claim.moment for claim in claims}
    heads = _heads(claims, rank, snapshot.awaited if snapshot else {}, moments)
    withdrawals = heads.pop(WITHDRAWN, ())
    answers = {question: _answer(heads[question]) for question in sorted(heads)}
    contested = _conflicts(answers)
    if any(head.value is True for head in withdrawals):
        withdrawn = _agreed(withdrawals, answers, claims)
        contested = {} if withdrawn else {**contested, WITHDRAWN: [True, False]}
    else:
        withdrawn = False
    return _state(claims, marked, answers, withdrawn, withdrawals, contested, moments)


def _of_one(only: Change) -> State:
    """The state of a record of one change, as nearly every record has when it comes: there is nothing to compare."""
    id, said, stamp, author, device = only.id, only.answers, only.stamp, only.author, only.device
    moment = only.moment
    answers = {
        question: Answer(value := said[question], (Head(id, value, stamp, author, device, moment),), False)
        for question in sorted(said)
    }
    withdrawal, origin = answers.pop(WITHDRAWN, None), Origin(stamp, author, device)
    is_withdrawn, withdrawals = (withdrawal.value is True, withdrawal.heads) if withdrawal else (False, ())
    begun, version = Begun(moment, author, device), only.form_version
    return State(
        only.record, only.survey, answers, is_withdrawn, withdrawals, {}, version, origin, origin, begun, moment
    )


def snapshot_of(changes: Iterable[Change], ahead: Collection[str] = (), state: State | None = None) -> SnapshotRecord:
    """What is needed to go on from here without the history: folding later changes onto it gives the same state.

    ``state``: what they fold to, where that is known already.
    """
    each = list({change.id: change for change in changes}.values())
    state = state or fold(each, ahead)
    held = {change.id for change in each}
    pairs = _reconciled(each)
    if len(each) == 1 and not pairs:  # nearly every record that has just come; it has one head
        (only,) = each
        heads, stamps = [only.id], [only.stamp]
        answers = {question: SnapshotAnswer(a.value, heads, stamps) for question, a in state.answers.items()}
    else:
        answers = {question: _frozen(question, answer, pairs) for question, answer in state.answers.items()}
    if state.withdrawals:
        answers[WITHDRAWN] = _frozen_withdrawal(state.withdrawals, each, held)
    marked = sorted({head for heads in state.heads().values() for head in heads}.intersection(ahead)) if ahead else []
    awaited, clocks = _awaited(each, held), _clocks(each, state)
    return SnapshotRecord(state.record, state.survey, state.form_version, answers, awaited, marked, clocks)


_by_stamp: _Rank = operator.attrgetter("stamp", "id")


def _rank_with(ahead: Collection[str]) -> _Rank:
    """Marked stamps come before all others, and so lose to them."""
    return lambda claim: (claim.id not in ahead, claim.stamp, claim.id)


def _heads(
    claims: Iterable[Change], rank: _Rank, awaited: Mapping[str, Iterable[str]], moments: Mapping[str, datetime]
) -> dict[str, tuple[Head, ...]]:
    """The heads of each question, the shown one first."""
    made: dict[str, list[Change]] = {}
    replaced: dict[str, set[str]] = {question: set(ids) for question, ids in awaited.items()}
    for claim in claims:
        base = claim.base
        for question in claim.answers:
            if question in made:
                made[question].append(claim)
            else:
                made[question] = [claim]
            if question in base:
                replaced.setdefault(question, set()).update(base[question])
    found = {}
    for question, own in made.items():
        gone = replaced.get(question)
        left = [claim for claim in own if claim.id not in gone] if gone else own
        if len(left) > 1:
            left = _ranked(left, rank)
        if left:
            found[question] = tuple([_head(claim, question, moments[claim.id]) for claim in left])
    return found


def _ranked(claims: list[Change], rank: _Rank) -> list[Change]:
    """The greatest first, each once: the heads of a snapshot may come again as changes."""
    once = {claim.id: claim for claim in claims}
    return sorted(once.values(), key=rank, reverse=True)


def _head(claim: Change, question: str, moment: datetime) -> Head:
    return Head(claim.id, claim.answers[question], claim.stamp, claim.author, claim.device, moment)


def _answer(heads: tuple[Head, ...]) -> Answer:
    if len(heads) == 1:
        return Answer(heads[0].value, heads, False)
    return Answer(heads[0].value, heads, len({same_as(head.value) for head in heads}) > 1)


def _conflicts(answers: Mapping[str, Answer]) -> dict[str, list[Any]]:
    """The different values of each contested question, the shown one first."""
    return {
        question: list({same_as(head.value): head.value for head in answer.heads}.values())
        for question, answer in answers.items()
        if answer.contested
    }


def _agreed(withdrawals: tuple[Head, ...], answers: Mapping[str, Answer], claims: Iterable[Change]) -> bool:
    """Whether every answer knew of every withdrawal, or was known to it: only then is the record gone."""
    if not all(head.value is True for head in withdrawals):
        return False
    pairs = _reconciled(claims)
    return all(
        head.id == withdrawal.id or (question, head.id, withdrawal.id) in pairs
        for question, answer in answers.items()
        for head in answer.heads
        for withdrawal in withdrawals
    )


def _reconciled(claims: Iterable[Change]) -> set[Reconciled]:
    """(question, head, withdrawal) wherever one of the two was made knowing the other."""
    found: set[Reconciled] = set()
    for claim in claims:
        if known := claim.base.get(WITHDRAWN):
            found.update((question, claim.id, withdrawal) for question in claim.answers for withdrawal in known)
        if claim.answers.get(WITHDRAWN) is True:
            found.update((question, head, claim.id) for question, heads in claim.base.items() for head in heads)
    return found


def _state(
    claims: list[Change],
    ahead: Collection[str],
    answers: dict[str, Answer],
    withdrawn: bool,
    withdrawals: tuple[Head, ...],
    conflicts: dict[str, list[Any]],
    moments: Mapping[str, datetime],
) -> State:
    if not claims:
        raise ValueError("a record without any change has no state")
    begun, changed_at = _told(claims, ahead, moments)
    believed = ([claim for claim in claims if claim.id not in ahead] or claims) if ahead else claims
    first, last = min(believed, key=_by_stamp), max(believed, key=_by_stamp)
    return State(
        first.record,
        first.survey,
        answers,
        withdrawn,
        withdrawals,
        conflicts,
        max([claim.form_version for claim in claims]),
        Origin(first.stamp, first.author, first.device),
        Origin(last.stamp, last.author, last.device),
        begun,
        changed_at,
    )


def _told(claims: list[Change], ahead: Collection[str], moments: Mapping[str, datetime]) -> tuple[Begun, datetime]:
    """The first and the last of what was made, by clocks put right. A stamp too far in the future is believed no time,
    unless the clock behind it was known to be wrong."""
    known = [each for each in claims if each.id not in ahead or each.put_right] if ahead else claims
    claims = known or claims
    first = min(claims, key=lambda each: (moments[each.id], each.stamp, each.id))
    return Begun(moments[first.id], first.author, first.device), max([moments[each.id] for each in claims])


def _frozen(question: str, answer: Answer, pairs: set[Reconciled]) -> SnapshotAnswer:
    heads = answer.heads
    if len(heads) == 1 and not pairs:
        return SnapshotAnswer(answer.value, [heads[0].id], [heads[0].stamp])
    knew = [sorted(by for asked, head, by in pairs if asked == question and head == each.id) for each in heads]
    return SnapshotAnswer(
        answer.value,
        [head.id for head in heads],
        [head.stamp for head in heads],
        [head.value for head in heads] if answer.contested else None,
        knew if any(knew) else None,
    )


def _frozen_withdrawal(heads: tuple[Head, ...], changes: Iterable[Change], held: set[str]) -> SnapshotAnswer:
    by_id = {change.id: change for change in changes}
    covers = [_missing(by_id[head.id].base, held) if head.value is True else {} for head in heads]
    values = [head.value for head in heads]
    return SnapshotAnswer(
        values[0],
        [head.id for head in heads],
        [head.stamp for head in heads],
        values if len(set(map(same_as, values))) > 1 else None,
        None,
        covers if any(covers) else None,
    )


def _clocks(changes: Iterable[Change], state: State) -> dict[str, MadeAt]:
    """What the heads say of clocks that were known to be far off, by id."""
    found = {each.id: each.made_at for each in changes if each.put_right}
    heads = {id for ids in state.heads().values() for id in ids} if found else ()
    return {id: found[id] for id in sorted(found) if id in heads}


def _awaited(changes: Iterable[Change], held: set[str]) -> dict[str, list[str]]:
    """Per question, the ids that a change replaces and that have not arrived."""
    found: dict[str, set[str]] = {}
    for change in changes:
        for question, missing in _missing(change.base, held).items():
            if question in change.answers:
                found.setdefault(question, set()).update(missing)
    return {question: sorted(ids) for question, ids in sorted(found.items())}


def _missing(base: Mapping[str, Iterable[str]], held: set[str]) -> dict[str, list[str]]:
    if held.issuperset(chain.from_iterable(base.values())):
        return {}
    left = {question: sorted(set(ids) - held) for question, ids in sorted(base.items())}
    return {question: ids for question, ids in left.items() if ids}


def _claims_of(snapshot: SnapshotRecord) -> Iterator[Change]:
    """One stand-in change per head, which claims that answer and nothing else."""
    for question, answer in snapshot.answers.items():
        for place, head in enumerate(answer.heads):
            base = {WITHDRAWN: answer.knew[place]} if answer.knew else {}
            if answer.covers:
                base = {**base, **answer.covers[place]}
            value = answer.conflict[place] if answer.conflict else answer.value
            yield _stand_in(snapshot, head, answer.stamps[place], {question: value}, base)


def _stand_in(
    snapshot: SnapshotRecord, head: str, stamp: str, answers: dict[str, Any], base: dict[str, list[str]]
) -> Change:
    return Change(
        v=1,
        survey=snapshot.survey,
        record=snapshot.record,
        answers=answers,
        base=base,
        stamp=stamp,
        device=stamp[20:],
        seq=1,
        prev=None,
        author="",
        form_version=snapshot.form_version,
        made_at=snapshot.made_at.get(head, MadeAt("")),
        id=head,
    )
