"""The fate of each row of a list: new, known, changes, in doubt or wrong. Nothing is stored; the journal is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from fieldapp import intake
from fieldapp.cases.proposing import case_id
from fieldapp.db import db
from fieldapp.imports.fields import ListKind
from fieldapp.imports.holdings import Holdings, KnownHousehold, drawn
from fieldapp.imports.models import ListRow
from fieldapp.imports.rows import ImportedRow, Told
from fieldapp.reference.current import current_rules
from fieldapp.reference.naming import id_of_code
from fieldapp.surveys import HousingNeed, Payment, SupportCase
from fieldapp.surveys.alike import traits
from fieldapp.today import local_day
from sync import WITHDRAWN, State
from sync.change import same_as

AT_ONCE = 1000
TAKEN = ("new", "changes")
"""The fates that are taken."""
OUT, AS_NEW, TAKE, ONLY = "out", "new", "take", "only"
"""What a person can say about a doubt, beside which household it is."""

RowPart = tuple[str, str, str, dict[str, Any]]
"""A part of a row: its key in the answers, its survey, its record, what it answers."""


class Fates:
    """Judges rows. ``day``: of which day the list is. Lists of other things have judges of their own."""

    def __init__(self, kind: ListKind, day: str, households: bool, holdings: Holdings | None = None) -> None:
        self.kind, self.day, self.households, self.holdings = kind, day, households, holdings
        self._taken: dict[str, int] = {}
        self._needs: dict[str, list[str]] = {}

    def of(self, number: int, said: Iterable[ImportedRow], progress: Callable[[int], None]) -> Iterator[ListRow]:
        """The fates of the rows of the list with this number."""
        portion: list[ListRow] = []
        for done, each in enumerate(said, start=1):
            portion.append(self._begun(number, each))
            if len(portion) == AT_ONCE:
                self.compare(portion)
                progress(done)
                yield from portion
                portion = []
        self.compare(portion)
        yield from portion

    def _begun(self, number: int, said: ImportedRow) -> ListRow:
        row = ListRow(
            number=number, row=said.row, fate="", name=said.name[:120], place=said.place, record="", choice="",
            told=[*said.wrong, *said.aside, *said.notes], answers=dict(said.answers), differs=[], heads={}, alike=[],
        )  # fmt: skip
        if said.aside:
            row.fate, row.answers = "aside", {}
        elif said.wrong:
            row.fate = "wrong"
        else:
            self._identify(row)
        return row

    def _identify(self, row: ListRow) -> None:
        """Find the household of a row, or what is to be asked about it."""
        assert self.holdings is not None
        household = row.answers["household"]
        match = self.holdings.match(household)
        if match.known is not None and match.known.id in self._taken and self.kind == "households":
            row.fate, row.told = "doubt", [*row.told, ("twice", {"row": self._taken[match.known.id]})]
            row.alike = [told_of(match.known)]
        elif match.known is not None:
            row.record = match.known.id
            self._taken[match.known.id] = row.row
        elif self.kind == "cases" and len(match.alike) == 1 and match.alike[0].row and match.why == "twice":
            row.record = match.alike[0].id  # two cases of one household that the list brings
        elif match.why:
            first = next((known.row for known in match.alike if known.row), 0)
            row.fate, row.told = "doubt", [*row.told, (match.why, {"row": first})]
            row.alike = [told_of(known) for known in match.alike]
        else:
            self._new(row)

    def _new(self, row: ListRow) -> None:
        if self.kind == "cases" and not self.households:
            row.fate, row.told = "wrong", [*row.told, ("no_household", {})]
            return
        assert self.holdings is not None
        row.record = new_household(row.answers["household"])
        if row.record in self.holdings.by_id:
            row.fate, row.told = "doubt", [*row.told, ("was_withdrawn", {})]
            row.alike = [told_of(self.holdings.by_id[row.record])]
            return
        known = KnownHousehold(row.record, row.name, traits(row.answers["household"]), False, row.row)
        self.holdings.note(known)

    def compare(self, rows: Sequence[ListRow]) -> None:
        """Say of rows with a household what they would change, and whether an answer was given after the list's day."""
        judged = [row for row in rows if row.record and row.fate not in ("doubt", "wrong", "aside")]
        self.learn(judged)
        parts = {row.row: self.parts(row) for row in judged}
        states = _states(record for each in parts.values() for _key, _survey, record, _answers in each)
        for row in judged:
            self._compare_one(row, parts[row.row], states)

    def learn(self, rows: Sequence[ListRow]) -> None:
        """Ask once for many rows which needs their households have, before their :meth:`parts` are asked for."""
        homes = {row.record for row in rows if row.answers.get("housing_need")} if self.kind == "households" else set()
        self._needs = {home: [] for home in homes}
        query = sa.select(HousingNeed.household, HousingNeed.id).where(sa.not_(HousingNeed.withdrawn))
        query = query.where(HousingNeed.household.in_(homes)).order_by(HousingNeed.id)
        for home, need in db.session.execute(query) if homes else ():
            self._needs[str(home)].append(need)

    def parts(self, row: ListRow) -> list[RowPart]:
        """The records that a row is about, with what it says of each."""
        household, answers = row.record, row.answers
        found: list[RowPart] = [("household", "household", household, answers["household"])]
        if self.kind == "cases":
            return [*found, *_case_parts(household, answers)]
        if need := answers.get("housing_need"):
            found.append(("housing_need", "housing_need", self._need_of(household), {**need, "household": household}))
        return found

    def _need_of(self, household: str) -> str:
        known = self._needs[household]
        return known[0] if len(known) == 1 else drawn("need", household)

    def may_be_new(self, row: ListRow) -> bool:
        """Whether a person may say of this row in doubt that it is something else."""
        return True

    def enter(self, row: ListRow, file_hash: str) -> None:
        """It is another household: give it an id that no household has, the same whenever this list is imported
        again."""
        row.record = _free(row, file_hash)

    def _compare_one(self, row: ListRow, parts: list[RowPart], states: Mapping[str, State]) -> None:
        late: list[str] = []
        fresh = False
        row.differs, row.heads = [], {}
        for key, survey, record, answers in parts:
            state = states.get(record)
            if state is None:
                fresh = True
                continue
            row.heads[key] = {}
            if state.withdrawn:
                row.fate, row.told = "doubt", [*row.told, ("was_withdrawn", {"row": 0})]
                return
            if survey == "household" and self.kind == "cases":
                continue  # what is here of a household is changed by lists of households only
            for name, value in _differing(answers, state, row.answers.get("implied", {})):
                shown = state.answers[name].value if name in state.answers else None
                row.differs.append([survey, name, shown, value])
                row.heads[key][name] = state.heads().get(name, [])
                late += [name] if self._is_later(state, name) else []
            if row.heads[key] and (lifted := state.heads().get(WITHDRAWN)):
                row.heads[key][WITHDRAWN] = lifted
        row.fate = self._fate(row, fresh, bool(late))

    def _fate(self, row: ListRow, fresh: bool, late: bool) -> str:
        if late and row.choice != TAKE:
            row.told = [told for told in row.told if told[0] != "later"] + [("later", {"day": self.day})]
            return "doubt"
        if row.differs:
            return "changes"
        return "new" if fresh else "known"

    def _is_later(self, state: State, name: str) -> bool:
        answer = state.answers.get(name)
        if answer is None or answer.value is None:
            return False
        return local_day(max(head.moment for head in answer.heads)).isoformat() > self.day


def new_household(answers: Mapping[str, Any]) -> str:
    """The id of a household that a list brings: drawn from its number, or from name, birth and village."""
    if number := answers.get("citizen_id"):
        return drawn("household", number)
    one = traits(answers)
    return drawn("household", *one.names[:1], answers.get("birth_date") or "", one.area)


def _free(row: ListRow, file_hash: str) -> str:
    found = new_household(row.answers["household"])
    taken = sa.select(ListRow.row).where(
        ListRow.number == row.number, ListRow.record == found, ListRow.row != row.row, ListRow.fate.in_(TAKEN)
    )
    is_free = intake.journal().survey_of(found) is None and db.session.scalar(taken.limit(1)) is None
    return found if is_free else drawn("household", found, file_hash, row.row)


def told_of(known: KnownHousehold) -> list[Any]:
    """A household as a row in doubt keeps it: id, head, year of birth, village, and its row in the list."""
    return [known.id, known.head_name, known.traits.year, known.traits.area, known.row]


def _states(records: Iterable[str]) -> dict[str, State]:
    wanted = list(dict.fromkeys(records))
    return intake.journal().states(wanted) if wanted else {}


def _differing(answers: Mapping[str, Any], state: State, implied: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What a list says otherwise. What only follows from other columns changes nothing; nor does a year alone, where
    the very day is known, nor capitals."""
    for name, value in answers.items():
        shown = state.answers[name].value if name in state.answers else None
        contested = name in state.conflicts
        if name in ("state", "state_on", "proposed_on") and shown is not None and implied:
            continue
        if name == "state_on" and shown is not None and not _moves(answers, state):
            continue
        if contested or (same_as(value) != same_as(shown) and not _says_less(value, shown)):
            yield name, value


def _moves(answers: Mapping[str, Any], state: State) -> bool:
    shown = state.answers["state"].value if "state" in state.answers else None
    return same_as(answers.get("state")) != same_as(shown)


def _says_less(value: Any, shown: Any) -> bool:
    if not isinstance(value, str) or not isinstance(shown, str):
        return False
    is_year = len(value) == 4 and value.isdigit() and shown.startswith(f"{value}-")
    return is_year or value.casefold() == shown.casefold()


# --- parts ----------------------------------------------------------------------------------------------------


def _case_parts(household: str, answers: Mapping[str, Any]) -> Iterator[RowPart]:
    case = dict(answers["support_case"])
    need, record = _case_of(household, case["programme"])
    told = {**case, "household": household, **({"need": need} if need else {})}
    yield "support_case", "support_case", record, told
    whose = {"household": household, "case": record, **({"need": need} if need else {})}
    if visit := answers.get("progress_visit"):
        stage = visit.get("milestone_new") or visit.get("milestone_repair")
        yield "progress_visit", "progress_visit", drawn("visit", record, stage), {**visit, **whose}
    whose.pop("need", None)
    for place, payment in (answers.get("payment") or {}).items():
        yield f"payment.{place}", "payment", _payment_of(record, payment), {**payment, **whose}


def _case_of(household: str, programme: str) -> tuple[str | None, str]:
    """The need of a household that a case is about, and the case: the one that is here, or the one that an office would
    make of it."""
    table = SupportCase.__table__
    query = sa.select(table.c.id, table.c.need).where(
        table.c.household == household, table.c.programme == programme, sa.not_(table.c.withdrawn)
    )
    if row := db.session.execute(query.order_by(table.c.id).limit(1)).one_or_none():
        return row.need, row.id
    needs = sa.select(HousingNeed.id).where(HousingNeed.household == household, sa.not_(HousingNeed.withdrawn))
    found = list(db.session.scalars(needs.limit(2)))
    if len(found) != 1:
        return None, drawn("case", household, programme)
    return found[0], case_id(found[0], _code(programme))


def _code(programme: str) -> str:
    rules = current_rules(db.session())
    return next((each.code for each in rules.programmes if id_of_code("programme", each.code) == programme), programme)


def _payment_of(case: str, payment: Mapping[str, Any]) -> str:
    """The payment that is here with the same source, amount and voucher (or day), or the one the list brings."""
    table = Payment.__table__
    same = [table.c.case == case, *(table.c[name] == payment[name] for name in ("fund_source", "amount", "entry"))]
    which = "voucher" if payment.get("voucher") else "paid_on"
    query = sa.select(table.c.id).where(*same, table.c[which] == payment.get(which), sa.not_(table.c.withdrawn))
    found = db.session.scalar(query.order_by(table.c.id).limit(1))
    return found or drawn("payment", case, *(payment.get(name) for name in ("fund_source", "amount", "tranche", which)))


def told_again(told: Sequence[Told]) -> list[Told]:
    """The reasons without those that an answer settles."""
    asked = ("alike", "several", "twice", "twice_support", "was_withdrawn", "later")
    return [each for each in told if each[0] not in asked]
