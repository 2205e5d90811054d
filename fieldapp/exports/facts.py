"""What follows about households and cases, as it is given away: the tables, their columns, and what each is called.

The file of everything, the addresses for programs and the feed for spreadsheets all give these columns and no others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa

from fieldapp.facts.standing import Standing
from fieldapp.facts.states import LABELS
from fieldapp.facts.tables import CaseDecision, CaseFact, CaseMoney, HouseholdFact, HouseholdProgramme
from fieldapp.i18n import _l

Type: TypeAlias = Literal["text", "whole", "number", "yes_no", "day", "moment", "degrees"]


@dataclass(frozen=True)
class FactColumn:
    """One column.

    - ``words``: the list its codes are of, one of the packaged ones or of :data:`WORDS`
    - ``of``: the table it names a row of
    - ``private``: what would tell a sensitive answer; given only with exact positions
    - ``unit``: what it is counted in
    """

    name: str
    label: str
    type: Type = "text"
    words: str = ""
    of: str = ""
    private: bool = False
    unit: str = ""


@dataclass(frozen=True)
class FactTable:
    """One table of facts.

    - ``through``: the column by which its area is that of a case, where it has none itself
    - ``private``: its rows would tell sensitive answers; given only with exact positions
    """

    model: Any
    title: str
    key: tuple[str, ...]
    columns: tuple[FactColumn, ...]
    through: str = ""
    private: bool = False

    @property
    def name(self) -> str:
        """What its table is called."""
        return str(self.model.__tablename__)

    def within(self, areas: frozenset[str] | None) -> sa.Select[Any]:
        """Its rows in these villages (all for None), with the columns that are given away, in the order of the key."""
        table = self.model.__table__
        query = sa.select(*(table.c[column.name] for column in self.columns))
        query = query.order_by(*(table.c[name] for name in self.key))
        if areas is None:
            return query
        area = table.c.get("area")
        if area is None:
            case = CaseFact.__table__
            query, area = query.join(case, case.c.record == table.c[self.through]), case.c.area
        return query.where(area.in_(areas))


WORDS: dict[str, dict[str, str]] = {
    "record_status": {str(status): label for status, label in LABELS.items()},
    "house_stage": {
        "not_started": _l("Not started"),
        "building": _l("Under construction"),
        "complete": _l("Complete"),
    },
    "wanted_work": {"new": _l("New building"), "repair": _l("Repair")},
    "difficulty": {
        "no_house": _l("No house"),
        "area": _l("Difficulty with floor area only"),
        "quality": _l("Difficulty with quality only"),
        "both": _l("Difficulty with area and quality"),
        "none": _l("No difficulty"),
    },
}
"""The codes that only facts have, in words."""

DONG = "đồng"

FACTS: tuple[FactTable, ...] = (
    FactTable(
        HouseholdFact,
        _l("What follows about households"),
        ("household",),
        (
            FactColumn("household", _l("Household"), of="household"),
            FactColumn("area", _l("Village"), of="village"),
            FactColumn("need", _l("Housing survey that counts"), of="housing_need"),
            FactColumn("status", _l("State"), words="record_status"),
            FactColumn("wanted", _l("Work asked for"), words="wanted_work"),
            FactColumn("stage", _l("How far the house is"), words="house_stage"),
            FactColumn("difficulty", _l("Housing difficulty"), words="difficulty"),
            FactColumn("poverty_class", _l("Poverty class"), words="poverty_class"),
            FactColumn("minority", _l("Ethnic minority"), "yes_no", private=True),
            FactColumn("main", _l("Class of priority"), words="priority_tt01", private=True),
            FactColumn("sub", _l("Second class of priority"), words="priority2_tt01"),
            FactColumn("lat", _l("Latitude"), "degrees"),
            FactColumn("lon", _l("Longitude"), "degrees"),
            FactColumn("contested", _l("Do not agree yet"), "yes_no"),
            FactColumn("withdrawn", _l("Withdrawn"), "yes_no"),
        ),
    ),
    FactTable(
        HouseholdProgramme,
        _l("Programmes that may help households"),
        ("household", "programme"),
        (
            FactColumn("household", _l("Household"), of="household"),
            FactColumn("programme", _l("Programme")),
            FactColumn("area", _l("Village"), of="village"),
            FactColumn("met", _l("Meets the criteria"), "yes_no"),
        ),
        private=True,
    ),
    FactTable(
        CaseFact,
        _l("What follows about support cases"),
        ("record",),
        (
            FactColumn("record", _l("Support case"), of="support_case"),
            FactColumn("household", _l("Household"), of="household"),
            FactColumn("area", _l("Village"), of="village"),
            FactColumn("programme", _l("Programme"), of="programme"),
            FactColumn("need_type", _l("Kind of work"), words="work_type"),
            FactColumn("state", _l("State"), words="case_state"),
            FactColumn("since", _l("In this state since"), "day"),
            FactColumn("promised", _l("Promised"), "whole", unit=DONG),
            FactColumn("approved", _l("Approved"), "whole", unit=DONG),
            FactColumn("paid", _l("Paid"), "whole", unit=DONG),
            FactColumn("late_from", _l("Late from"), "day"),
            FactColumn("doubted", _l("Has something to look at"), "yes_no"),
            FactColumn("proposed_on", _l("Proposed on"), "day"),
            FactColumn("decided_on", _l("Date of the decision"), "day"),
            FactColumn("completed_on", _l("Completed on"), "day"),
            FactColumn("reason", _l("Why the work has not begun"), words="not_started_reason"),
            FactColumn("year", _l("Year whose money it takes"), "whole"),
            FactColumn("reopened", _l("Changed since the decision"), "yes_no"),
        ),
    ),
    FactTable(
        CaseMoney,
        _l("Money of support cases by source"),
        ("record", "source"),
        (
            FactColumn("record", _l("Support case"), of="support_case"),
            FactColumn("source", _l("Fund source"), words="paid_source"),
            FactColumn("approved", _l("Approved"), "whole", unit=DONG),
            FactColumn("paid", _l("Paid"), "whole", unit=DONG),
        ),
        "record",
    ),
    FactTable(
        CaseDecision,
        _l("Decisions and the cases they name"),
        ("decision", "record"),
        (
            FactColumn("decision", _l("Decision"), of="support_decision"),
            FactColumn("record", _l("Support case"), of="support_case"),
            FactColumn("signed", _l("Stands"), "yes_no"),
        ),
        "record",
    ),
    FactTable(
        Standing,
        _l("Where records stand"),
        ("record",),
        (
            FactColumn("record", _l("Record")),
            FactColumn("survey", _l("Survey")),
            FactColumn("area", _l("Village"), of="village"),
            FactColumn("household", _l("Household"), of="household"),
            FactColumn("status", _l("State"), words="record_status"),
            FactColumn("waits", _l("Waits for a supervisor"), "yes_no"),
            FactColumn("since", _l("Since"), "moment"),
        ),
    ),
)
"""Every table of facts that is given away."""
