"""The one way in for data: a form in the office, a tablet, another node, a batch file all hand their changes in here.

Changes in, one verdict each out, and always the same trace: the batch they came in, the journal, the state they fold
to, the area they belong to. The only package that knows both the merge engine and the surveys. The caller commits.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from fieldapp import people
from fieldapp.db import begin_writing, db
from fieldapp.intake import acts, amend, areas, comparing, following, merging, rows, shipped
from fieldapp.intake import without_area as lacking
from fieldapp.intake.why_held import OF_THE_VERSION, Judge
from fieldapp.people import Account, Device, Visitor
from fieldapp.photos import sight
from fieldapp.reference import current
from fieldapp.surveys import SURVEYS
from fieldapp.verdicts import TAKEN
from sync import Change
from sync.change import RULING, change_id
from sync.journal import Journal, Parcel, Read, Result

PORTION = 4000
"""So many changes are read and stored at a time."""
CHUNK = 2000
"""So many records are folded at a time."""
FOLDED = 0.7
"""The share of that work that is done when the rows are written, and what follows from them is not."""

BatchKind = Literal["wire", "node", "file", "list", "office", "package"]


@dataclass
class Receipt:
    """What became of changes that came in together: how many got which verdict, and each of them; and how far what the
    device that handed them in has made is here without a gap.

    Of more than a portion those that were taken are only counted: a file of a whole province needs little memory.
    """

    batch: int = 0
    results: list[Result] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    acked: int = 0

    def add(self, results: Sequence[Result]) -> None:
        """Add the results of more changes."""
        is_short = len(self.results) < PORTION
        self.results.extend(result for result in results if is_short or result.verdict not in TAKEN)
        self.counts.update(result.verdict for result in results)

    @property
    def held(self) -> list[Result]:
        """Those that wait for an administrator, or could not be read."""
        return [result for result in self.results if result.verdict not in TAKEN]


def journal() -> Journal:
    """The journal in the transaction of the moment."""
    return Journal(db.session.connection())


def missing(held: int, gaps: Sequence[tuple[int, int]], said: int | None) -> int:
    """How many changes of a device are known to exist and are not here.

    :param held: how far its numbers are here without a gap.
    :param gaps: what is missing below the greatest that is here, first and last.
    :param said: the last number it told of.
    """
    inside = sum(last - first + 1 for first, last in gaps)
    top = max([held, *(last for _first, last in gaps)])
    return inside + max(0, (said or 0) - top)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for cycles, of which none are made here: it walks over all that came in, again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_uncollected()
def receive(
    texts: Iterable[str],
    *,
    kind: BatchKind,
    device: Device | Visitor | None = None,
    author: str | None = None,
    file_hash: str | None = None,
    from_node: str | None = None,
    ahead: Collection[str] = (),
    held: Mapping[str, str] | None = None,
    led: bool = False,
    progress: Callable[[int], None] = lambda _done: None,
) -> Receipt:
    """Take changes in: judge each, write all to the journal, fold what they touch, place it.

    ``device`` is who hands them in (a tablet or a peer), not who made the changes. Nothing is refused for being late,
    unknown or not allowed: it is held, with a reason. ``ahead``: ids the sender found too far in the future;
    ``held``: those that are held where they come from, and why: they are held here too, until a ruling arrives, also
    those that counted here, unless the other node only did not know the questions. ``led``: a file is of the node that
    this one goes to, which has judged who made what it holds. ``progress`` is told how many are done, now and then: one
    is half done when it is stored.
    """
    here = journal()
    batch = here.batch_to_come(
        kind, device=device.id if device else None, author=author, file_hash=file_hash, from_node=from_node
    )
    pulled = kind == "node" and device is None  # the node this one goes to knows which stamps lie in the future
    judge, receipt = Judge(here, kind, device, held or {}, led=pulled or led), Receipt()
    touched: dict[str, None] = {}
    for some in _in_portions(texts):
        done = here.append(
            some, batch=batch, judge=judge, ahead=ahead, trusting=pulled, place=judge.place, expect=judge.expect
        )
        touched.update(dict.fromkeys([*here.records_touched(done), *here.hold_too(judge.overdue(done))]))
        receipt.add(done)
        progress(receipt.counts.total() // 2)
    touched.update(dict.fromkeys(here.hold_too(_opinions(held or {}))))
    receipt.batch = here.number_of(batch)
    refold(
        touched,
        lambda share: progress(round(receipt.counts.total() * (1 + share) / 2)),
        new=judge.new,
        sound=_sound([receipt], judge.new),
        here=here,
    )
    receipt.acked = here.acked_seq(device.id) if device else 0
    return receipt


def _sound(receipts: Iterable[Receipt], new: Collection[str]) -> set[str]:
    """Of the records met for the first time those of which every change was just found to fit, and counts."""
    return set(new).difference(each.change.record for receipt in receipts for each in receipt.held if each.change)


def _opinions(held: Mapping[str, str]) -> dict[str, str]:
    """What another node holds by what it knows of people and cases: not what its version cannot read, nor a fork, of
    which every node finds its own side."""
    return {id: why for id, why in held.items() if why not in (*OF_THE_VERSION, "fork")}


@_uncollected()
def receive_all(pushes: Sequence[tuple[Visitor, Read]]) -> list[Receipt]:
    """Take in what several tablets send over their own wires: each is a batch of its own, with a receipt of its own.

    Each is judged by what was here before all of them: so no two may speak of the same, see :func:`spoken_of`.
    """
    here = journal()
    rights = {account.id: people.rights_of(account) for account in {device.account for device, _read in pushes}}
    judges = [Judge(here, "wire", device, {}, rights[device.account_id]) for device, _read in pushes]
    parcels = [
        Parcel(each_read, here.batch_to_come("wire", device=device.id), judge, judge.place, judge.expect)
        for (device, each_read), judge in zip(pushes, judges, strict=True)
    ]
    receipts = [Receipt() for _push in pushes]
    for receipt, results in zip(receipts, here.append_all(parcels), strict=True):
        receipt.add(results)
    touched = here.records_touched(result for receipt in receipts for result in receipt.results)
    late = {
        id: why for judge, one in zip(judges, receipts, strict=True) for id, why in judge.overdue(one.results).items()
    }
    touched = list(dict.fromkeys([*touched, *here.hold_too(late)]))
    new = {record for judge in judges for record in judge.new}
    refold(touched, new=new, sound=_sound(receipts, new), here=here)
    for receipt, parcel, (device, _read) in zip(receipts, parcels, pushes, strict=True):
        receipt.batch, receipt.acked = here.number_of(parcel.coming), here.acked_seq(device.id)
    return receipts


def spoken_of(each_read: Read) -> set[str] | None:
    """What these texts speak of: changes, devices, records and photos, by their ids; None where that is everything."""
    changes = [each for each in each_read if isinstance(each, Change)]
    if any(each.survey == RULING for each in changes):
        return None
    found = {word for each in changes for word in (each.id, each.device, each.record)}
    return found.union(*map(areas.parents, changes), *(sight.named_in(each.survey, each.answers) for each in changes))


def _in_portions(texts: Iterable[str]) -> Iterator[list[str]]:
    """So many at a time that a file of a whole province needs little memory, and its progress can be told."""
    rest = iter(texts)
    while some := list(islice(rest, PORTION)):
        yield some


def compose(
    survey: str,
    record: str,
    answers: Mapping[str, Any],
    *,
    account: Account,
    knowing: Mapping[str, Any] | None = None,
    is_new: bool = False,
) -> str | None:
    """The text of a change made on this node: only the answers that differ from what is shown; None if none does."""
    version = SURVEYS[survey].FORM_VERSION
    here = journal()
    return here.compose(
        survey,
        record,
        merging.as_said(here, survey, record, answers),
        author=account.id,
        form_version=version,
        knowing=dict(knowing) if knowing is not None else None,
        is_new=is_new,
    )


def save(
    survey: str,
    record: str,
    answers: Mapping[str, Any],
    *,
    account: Account,
    knowing: Mapping[str, Any] | None = None,
    is_new: bool = False,
) -> Receipt:
    """An edit made on this node: a form in the office, a decision, a conflict settled.

    ``knowing``: the heads the author was shown, when the page was drawn before this moment. ``is_new``: the id of the
    record was drawn for this edit, so nothing of it can be here.
    """
    text = compose(survey, record, answers, account=account, knowing=knowing, is_new=is_new)
    return receive([text] if text else [], kind="office", author=account.id)


def save_all(edits: Iterable[tuple[str, str, Mapping[str, Any]]], *, account: Account) -> Receipt:
    """Several edits of one person in one go: survey, record and answers of each. They are one batch."""
    composed = (compose(survey, record, answers, account=account) for survey, record, answers in edits)
    return receive([text for text in composed if text], kind="office", author=account.id)


def rule(about: list[str], verdict: str, *, account: Account) -> None:
    """An administrator releases, refuses, excludes or includes changes; what they touch is folded again."""
    here = journal()
    texts = here.rule(about, verdict, author=account.id)
    refold(here.records_ruled([change_id(text) for text in texts]))


def refold(
    records: Iterable[str],
    progress: Callable[[float], None] = lambda _share: None,
    new: Collection[str] = (),
    sound: Collection[str] = (),
    here: Journal | None = None,
) -> None:
    """Make the rows of these records again from the journal, and place them. ``progress``: the share done, 0 to 1.

    ``new``: those of which the journal has only just learned the area; what waited for them follows. ``sound``: those
    whose answers were just judged to fit, and are not judged twice. ``here``: the journal into which they have just
    come, which need not be asked for what it still knows.
    """
    here = here or journal()
    touched, follows = list(dict.fromkeys(records)), following.Following()
    start = 0
    while start < len(touched):
        chunk = touched[start : start + CHUNK]
        states = here.settle(chunk)
        gone = set(chunk) - states.keys()
        compared, merged = merging.compared(states, gone), merging.merged_among(states)
        moves = areas.assign(here, states, gone, new, merged)
        rows.write(states.values(), moves.placed, merged, sound)
        rows.forget(gone)
        if parted := merging.refresh(compared):
            touched += [*parted, *sorted(areas.about(parted) - parted.keys())]
            merged = merging.merged_among(states)
        touched += sorted(compared) if gone else ()
        followed, asked = areas.follow(here, moves.moved)
        touched += sorted(asked)
        if rows.concern_rules(states.values()) or gone:
            _note_rules()
        follows.gather(here, states, gone, followed, merged)
        rows.read_anew()
        start += len(chunk)
        progress(FOLDED * min(1, start / len(touched)))
    follows.make(CHUNK)
    progress(1)


def rebuild(*, check: bool = False, progress: Callable[[int, int], None] | None = None) -> list[str]:
    """Make every row again from the journal. With ``check``, change nothing and name the records that would differ, and
    the counts kept of all of them.

    ``progress`` is told how many records are done, of how many.
    """
    here = journal()
    records = [record for record, _survey in here.all_records()]
    found: list[str] = []
    for start in range(0, len(records), CHUNK):
        chunk = records[start : start + CHUNK]
        if check:
            facts = [record for kept in following.KEPT for record in kept.differing(chunk)]
            states = here.states(chunk)
            placed = areas.misplaced(here, states, set(chunk) - states.keys())
            found += dict.fromkeys([*rows.differing(here, states), *placed, *here.unlike(chunk), *facts])
        else:
            refold(chunk)
        if progress:
            progress(start + len(chunk), len(records))
    if check:
        return [*found, *(name for kept in following.KEPT for name in kept.miscounted())]
    for kept in following.KEPT:
        kept.all_made()
    return []


def _note_rules() -> None:
    before = current.rules_version(db.session())
    current.note(db.session())
    for facts in following.KEPT if before != current.rules_version(db.session()) else ():
        facts.rules_changed()


def catch_up(*, always: bool = False) -> int:
    """After an upgrade, let count what did not only because the questionnaires were older, and make again the records
    of which the upgrade took away what a first download tells. Commits.

    :param always: also where the questionnaires are those of the last time.
    :returns: how many changes count since now that were held.
    """
    take_shipped()
    _make_facts()
    _make_absent()
    if not always and not amend.is_due():
        return 0
    done = amend.amend()
    refold(sorted(done.records))
    db.session.commit()
    amend.note()
    return done.counting


def take_shipped() -> int:
    """Take in what the package ships of the rules and is not here yet, and commit. Returns how many changes that was.

    What a province has said of the same rules stands beside it as a conflict, and is shown until somebody settles it.
    """
    if not shipped.lacking(journal()):
        return 0
    begin_writing()
    texts = shipped.lacking(journal())
    receive(texts, kind="package")
    db.session.commit()
    return len(texts)


def concerned(survey: str, answers: Mapping[str, Any]) -> set[str]:
    """The villages that these answers put their record in, or point to, as far as they are known here."""
    named = areas.named(survey, answers, "reference")
    found = {*areas.named(survey, answers, "village"), *journal().areas_of(set(named)).values()}
    return found - {""}


def _make_facts() -> None:
    """After an upgrade from a version that kept none of them."""
    for facts in following.KEPT:
        if facts.is_empty():
            for some in following.portions(_everything(), CHUNK):
                begin_writing()
                facts.make(some)
                db.session.commit()
            begin_writing()
            facts.all_made()
            db.session.commit()


def _everything() -> dict[str, str]:
    return {record: record if survey == "household" else "" for record, survey in journal().all_records()}


def _make_absent() -> None:
    while records := journal().unsettled(CHUNK):
        begin_writing()
        refold(records)
        db.session.commit()


must_be_named, photos_named, strange_photos = sight.must_be_named, sight.named_in, sight.strange
plain_state = acts.plain_state
versions = comparing.versions
without_area, count_without_area = lacking.without_area, lacking.count_without_area

__all__ = [
    "Receipt",
    "catch_up",
    "compose",
    "concerned",
    "count_without_area",
    "journal",
    "must_be_named",
    "photos_named",
    "plain_state",
    "rebuild",
    "receive",
    "receive_all",
    "refold",
    "rule",
    "save",
    "save_all",
    "spoken_of",
    "strange_photos",
    "take_shipped",
    "versions",
    "without_area",
]
