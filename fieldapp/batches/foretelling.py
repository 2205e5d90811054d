"""What a batch file would do here, told for people: which records are new, changed or clash, and what would be held.

Nothing is stored and nobody is kept waiting: the journal is read, and the file is taken in where it does no harm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from fieldapp import intake, naming
from fieldapp.batches.choice import Scene
from fieldapp.db import db
from fieldapp.i18n import _, language
from fieldapp.intake.areas import named_area
from fieldapp.intake.why_held import Judge
from fieldapp.nodes import where
from fieldapp.nodes.peers import find
from fieldapp.places import Place, known_commune
from fieldapp.surveys import SURVEYS, own_name, questions
from fieldapp.surveys.question import Question
from fieldapp.surveys.showing import Names, show
from fieldapp.verdicts import sentence
from sync import State
from sync.batch import Manifest, Opened
from sync.change import WITHDRAWN
from sync.journal import Claim, Result
from sync.preview import RecordPreview, Rehearsal, rehearse

FIRST = 200
"""So many records of each kind are named; the counts are of all."""

HELD, REFUSED = ("held", "fork"), ("bad", "too_big")

CountProgress = Callable[[int], None]


@dataclass(frozen=True)
class Named:
    """A record for people: the head of household it is about, a member by name too, and where that is; its id where
    nothing of it is known."""

    record: str
    survey: str
    title: str
    name: str
    place: str


@dataclass(frozen=True)
class Clash:
    """A question on which a record would be in conflict: its values, the one that would be shown first."""

    of: Named
    question: str
    label: str
    values: list[str]


@dataclass(frozen=True)
class ForetoldChange:
    """A change that would not count, and why; ``question`` where the reason is about one."""

    id: str
    verdict: str
    reason: str
    of: Named | None
    question: str


@dataclass
class Foretold:
    """What a file would do. ``counts``: how many changes get which verdict; ``records``: how many are new, changed
    (here, and then another), clashing, settled (in conflict, and then not) or gone (nothing of them would count);
    ``undone``: how many changes are here already and were taken back; ``surveys`` and ``communes``: where the records
    are that would be others; ``devices``: how many changes are new of each. Of each kind the first few are named.
    """

    counts: Counter[str] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)
    undone: int = 0
    surveys: Counter[str] = field(default_factory=Counter)
    devices: Counter[str] = field(default_factory=Counter)
    communes: dict[str, tuple[str, int]] = field(default_factory=dict)
    new: list[Named] = field(default_factory=list)
    changed: list[Named] = field(default_factory=list)
    gone: list[Named] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    held: list[ForetoldChange] = field(default_factory=list)
    refused: list[ForetoldChange] = field(default_factory=list)

    @property
    def is_held(self) -> int:
        """How many changes would wait for an administrator."""
        return sum(self.counts[verdict] for verdict in HELD)

    @property
    def is_refused(self) -> int:
        """How many texts could not be read."""
        return sum(self.counts[verdict] for verdict in REFUSED)


class Look:
    """A file that was taken in where it does no harm."""

    def __init__(self, rehearsal: Rehearsal, told: Mapping[str, str]) -> None:
        self.rehearsal = rehearsal
        self.told = told
        self.said: dict[str, dict[str, Any]] = {}
        self.areas: dict[str, str] = {}
        self.names: dict[str, Named] = {}
        self.states: dict[str, State | None] = {}
        self.communes: dict[str, Place | None] = {}

    def seen(self) -> Iterator[tuple[RecordPreview, str]]:
        """Each record that would be another, with its area; what others are about comes first."""
        order = {name: place for place, name in enumerate(SURVEYS)}
        surveys = self.rehearsal.surveys
        touched = sorted(self.rehearsal.touched, key=lambda record: order.get(surveys.get(record, ""), len(order)))
        for fate in self.rehearsal.fates(touched):
            self.areas[fate.record] = self._area(fate.state)
            yield fate, self.areas[fate.record]

    def _area(self, state: State | None) -> str:
        if state is None or state.survey not in SURVEYS:
            return ""
        return named_area(state.survey, state.values(), self._area_of) or self._area_of(state.record)

    def _area_of(self, record: str) -> str:
        if record not in self.areas:
            self.areas[record] = intake.journal().area_of(record)
        return self.areas[record]

    def undone(self, ids: Collection[str]) -> int:
        """How many of these changes were taken back."""
        return self.rehearsal.journal.excluded(ids)

    def commune(self, area: str) -> Place | None:
        """The commune of today of an area."""
        if area not in self.communes:
            self.communes[area] = known_commune(area)
        return self.communes[area]

    def named(self, record: str) -> Named:
        """A record for people."""
        if record not in self.names:
            self.names[record] = self._named(record, self._state(record))
        return self.names[record]

    def _named(self, record: str, state: State | None, survey: str = "") -> Named:
        survey = survey or (state.survey if state else self.rehearsal.surveys.get(record, ""))
        household, values = self._household(record), self._values(record)
        area = self.areas.get(record) or self._area(state) or self._area_of(household) or self._village(household)
        own = own_name(survey, values) if survey in SURVEYS else ""
        head = self._head(household)
        name = naming.of_household(own, head)
        return Named(record, survey, naming.survey(survey), name or record, naming.village_line(area, self.told))

    def _state(self, record: str) -> State | None:
        """Of each record that is named, folded once: many are about one household, which is asked for several words."""
        if record not in self.states:
            self.states[record] = self.rehearsal.journal.state(record) or intake.journal().state(record)
        return self.states[record]

    def _values(self, record: str) -> dict[str, Any]:
        """The answers of a record; of one of which nothing counts, what its changes say that would wait."""
        state = self._state(record)
        return state.values() if state else self.said.get(record, {})

    def _household(self, record: str) -> str:
        values = self._values(record)
        if isinstance(subject := values.get("subject"), str):
            record, values = subject, self._values(subject)
        household = values.get("household")
        return household if isinstance(household, str) else record

    def _head(self, household: str) -> str:
        name = self._values(household).get("head_name")
        return name if isinstance(name, str) else ""

    def _village(self, household: str) -> str:
        return str(self._values(household).get("village") or "")

    def hear(self, result: Result) -> None:
        """Note what a change that would not count says of a record: its name may be known by nothing else."""
        if (change := result.change) is not None and change.survey in SURVEYS:
            known = questions(SURVEYS[change.survey])
            fitting = {name: one for name, one in change.answers.items() if name in known and known[name].fits(one)}
            self.said.setdefault(change.record, {}).update(fitting)

    def clash(self, fate: RecordPreview, question: str, values: list[Any]) -> Clash:
        """A conflict, with the words of its question."""
        of = self.named(fate.record)
        known = questions(SURVEYS[of.survey]).get(question) if of.survey in SURVEYS else None
        if question == WITHDRAWN:
            shown = [_("Withdrawn") if value is True else _("Not withdrawn") for value in values]
            return Clash(of, question, _("Withdrawn"), shown)
        return Clash(of, question, str(known.short) if known else question, [self._show(known, v) for v in values])

    def _show(self, question: Question | None, value: Any) -> str:
        if (told := naming.kept_for_machines(question, value)) is not None:
            return told
        names: Names = {
            "village": lambda _question, area: naming.village_line(area, self.told),
            "reference": lambda _question, record: self.named(record).name,
        }
        return show(question, value, language(), names) or "–"

    def waiting(self, result: Result) -> ForetoldChange:
        """A change that would not count."""
        about = result.change or result.claim
        of = self._named(about.record, self._state(about.record), about.survey) if about else None
        return ForetoldChange(result.id, result.verdict, sentence(result.verdict, result.reason), of, _at_fault(result))


def _at_fault(result: Result) -> str:
    """What people call the question of which an answer is the reason, if that is known."""
    about = result.change or result.claim
    if about is None or about.survey not in SURVEYS:
        return ""
    known = questions(SURVEYS[about.survey])
    if isinstance(about, Claim):
        return str(known[about.question].short) if about.question in known else about.question
    odd = (known[name] for name in about.answers if name in known and result.reason == "impossible_value")
    return next((str(each.short) for each in odd if not each.fits(about.answers[each.name])), "")


@contextmanager
def looked_at(opened: Opened, texts: Callable[[], Iterable[str]], progress: CountProgress) -> Iterator[Look]:
    """Take texts of a file in where they do no harm. The reading of the journal ends before that begins."""
    told = where.villages_told(opened.manifest.names)
    with rehearse(intake.journal(), texts(), progress) as rehearsal:
        db.session.rollback()
        yield Look(rehearsal, told)


def scene(opened: Opened, progress: CountProgress) -> Scene:
    """Where the records of a file would be, and which would clash, if all of it were taken in."""
    manifest, clashing = opened.manifest, set[str]()
    with looked_at(opened, opened.texts, progress) as look:
        judge = _judge(look, manifest)
        for _done in look.rehearsal.take_in(opened.texts(), judge, manifest.ahead):
            pass
        areas = {}
        for fate, area in look.seen():
            areas[fate.record] = area
            if fate.clashes:
                clashing.add(fate.record)
        return Scene(areas, clashing)


def _judge(look: Look, manifest: Manifest) -> Judge:
    return Judge(look.rehearsal.journal, "file", None, manifest.held, led=bool(find(manifest.sender).url))


def foretell(opened: Opened, texts: Callable[[], Iterable[str]], progress: CountProgress) -> Foretold:
    """What would become of these texts of a file."""
    found, manifest = Foretold(), opened.manifest
    held, refused = list[Result](), list[Result]()
    with looked_at(opened, texts, progress) as look:
        judge = _judge(look, manifest)
        for results in look.rehearsal.take_in(texts(), judge, manifest.ahead):
            found.counts.update(result.verdict for result in results)
            found.devices.update(result.change.device for result in results if result.change and result.is_new)
            found.undone += look.undone([result.id for result in results if result.verdict == "duplicate"])
            _add_first(held, (each for each in results if each.verdict in HELD))
            _add_first(refused, (each for each in results if each.verdict in REFUSED))
        for fate, area in look.seen():
            _note(found, look, fate, area)
        for result in held:
            look.hear(result)
        found.held, found.refused = [*map(look.waiting, held)], [*map(look.waiting, refused)]
    found.communes = dict(sorted(found.communes.items(), key=lambda item: item[1][0]))
    return found


def _add_first(some: list[Result], others: Iterable[Result]) -> None:
    some += islice(others, FIRST - len(some))


def _note(found: Foretold, look: Look, fate: RecordPreview, area: str) -> None:
    """Count one record, and name it if it is among the first."""
    if fate.state is not None:
        found.surveys[fate.state.survey] += 1
        if commune := look.commune(area):
            found.communes[commune.code] = (commune.name, found.communes.get(commune.code, ("", 0))[1] + 1)
    kinds = {
        "new": (fate.is_new, found.new),
        "changed": (fate.is_changed and fate.state is not None, found.changed),
        "gone": (fate.before is not None and fate.state is None, found.gone),
    }
    for kind, (applies, some) in kinds.items():
        if applies:
            found.records[kind] += 1
            if len(some) < FIRST:
                some.append(look.named(fate.record))
    clashes = fate.clashes
    found.records["clashing"] += bool(clashes)
    found.records["settled"] += bool(fate.settled)
    if len(found.clashes) < FIRST:
        found.clashes += [look.clash(fate, question, values) for question, values in clashes.items()]
