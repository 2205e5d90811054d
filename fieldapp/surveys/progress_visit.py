"""The progress visit: how far the work is, what it cost so far, and what the finished house is like.

New build: 70 % of the support when the foundation is complete, 30 % when the house is; repair: 70 % at 30 % of the
volume, 30 % at completion (Circular 55/2023, Article 75). Hence the milestones.
"""

from __future__ import annotations

import sqlalchemy as sa

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Record, Section
from fieldapp.surveys.columns import (
    date,
    decimal,
    integer,
    long_text,
    many_of,
    money,
    one_of,
    photo,
    point,
    reference,
    text,
    warning,
    yes_no,
)

NEW = {"need_type": ["xay_moi", "di_chuyen"]}
REPAIR = {"need_type": ["sua_chua"]}
NOT_STARTED = [{"milestone_new": ["0"]}, {"milestone_repair": ["0"]}]
STARTED = [{"milestone_new": ["1", "2", "3", "4", "5"]}, {"milestone_repair": ["1", "2", "3"]}]
UNDER_WAY = [{"milestone_new": ["1", "2", "3", "4"]}, {"milestone_repair": ["1", "2"]}]
COMPLETE = [{"milestone_new": ["5"]}, {"milestone_repair": ["3"]}]
NOT_AS_REQUIRED = _l(
    "A finished house must have a hard floor, a hard frame and walls, and a hard roof (Circular 01/2022, Article 4). "
    "Please look again; if it is so, explain it in the remarks."
)


class ProgressVisit(Record, Base):
    """What one visit found at one building site."""

    __tablename__ = survey = "progress_visit"
    FORM_VERSION = 4
    title = _l("Progress visit")
    plural = _l("Progress visits")
    sections = (
        Section(_l("This visit"), "household"),
        Section(_l("How far the work is"), "milestone_new"),
        Section(_l("Labour and money so far"), "labour_days_given"),
        Section(
            _l("The finished house"),
            "completed_on",
            _l(
                "After the work: at least 30 m² of usable floor, floor, frame and roof hard, good for 20 years or more."
            ),
        ),
        Section(_l("Photos, position and remarks"), "photos"),
    )

    household = reference(_l("Household"), of="household", required=True)
    need = reference(
        _l("Housing need"), of="housing_need", required=True, hint=_l("The survey sheet the work follows from.")
    )
    case = reference(
        _l("Support case"), of="support_case", hint=_l("Without one the visit counts for the case of the survey sheet.")
    )
    visited_on = date(_l("Date of this visit"), required=True, not_after="today", not_before="2020-01-01")
    need_type = one_of(
        _l("Kind of work"), "work_type", required=True, hint=_l("As on the survey sheet, unless it was changed since.")
    )

    milestone_new = one_of(_l("Stage of the new house"), "milestone_new", required=True, asked_if=NEW)
    milestone_repair = one_of(_l("Stage of the repair"), "milestone_repair", required=True, asked_if=REPAIR)
    went_back_reason = long_text(
        _l("If an earlier visit found more done: why?"),
        short=_l("Why less is done than before"),
        longest=500,
        hint=_l("Torn down, damaged, or the earlier visit was wrong. Leave empty where the work went on."),
    )
    not_started_reason = one_of(
        _l("Why has the work not started?"),
        "not_started_reason",
        short=_l("Reason for not starting"),
        required=True,
        asked_if=NOT_STARTED,
    )
    not_started_other = text(
        _l("Which other reason for not starting?"),
        short=_l("Other reason for not starting"),
        longest=300,
        required=True,
        asked_if={"not_started_reason": ["khac"]},
    )
    expected_start = date(
        _l("When will it start?"),
        short=_l("Expected start"),
        year_alone=True,
        not_before="visited_on",
        asked_if=NOT_STARTED,
        hint=_l("A day, or the year only; leave empty if nobody can say."),
    )
    started_on = date(
        _l("Date the work started"),
        not_after="visited_on",
        not_before="2015-01-01",
        required=True,
        asked_if=STARTED,
    )
    percent_of_volume = integer(
        _l("Volume of work done"),
        required=True,
        min=0,
        max=100,
        unit="%",
        asked_if=UNDER_WAY,
        hint=_l("Your estimate, of the whole work."),
        rules=[
            warning(
                "min",
                30,
                _l("At this stage at least 30 percent of the volume is done. Please check both."),
                when={"milestone_repair": ["2"]},
            ),
            warning(
                "max",
                99,
                _l("All the work is done, but the stage is not “complete”. Please check both."),
            ),
        ],
    )
    delays = many_of(
        _l("What slows the work down?"),
        "delay_reason",
        none="khong",
        short=_l("Obstacles"),
        required=True,
        asked_if=UNDER_WAY,
    )
    delays_other = text(
        _l("Which other obstacle?"),
        short=_l("Other obstacle"),
        longest=300,
        required=True,
        asked_if={"delays": ["khac"]},
    )
    expected_end = date(
        _l("When will it be finished?"),
        short=_l("Expected end"),
        year_alone=True,
        not_before="visited_on",
        asked_if=UNDER_WAY,
    )

    labour_days_given = integer(
        _l("Labour-days given by the community so far"),
        short=_l("Labour-days given"),
        required=True,
        min=0,
        max=5000,
        usual=(None, 500),
        unit=_l("labour-days"),
        asked_if=STARTED,
        hint=_l("Kin, neighbours, unions, soldiers; from the beginning until today."),
    )
    money_spent_by_household = money(
        _l("Money spent by the household so far"),
        short=_l("Money spent by the household"),
        required=True,
        max=5_000_000_000,
        asked_if=STARTED,
        hint=_l("Own money, kin and loans, without the support; from the beginning until today."),
    )
    support_received = money(
        _l("Support received so far"),
        max=500_000_000,
        asked_if=STARTED,
        hint=_l("As the household says; leave empty if nobody knows."),
    )

    completed_on = date(
        _l("Date the house was finished"),
        not_before="started_on",
        not_after="visited_on",
        required=True,
        asked_if=COMPLETE,
    )
    finished_area_m2 = decimal(
        _l("Usable floor area of the finished house"),
        short=_l("Finished floor area"),
        required=True,
        min="1",
        max="500",
        unit="m²",
        asked_if=COMPLETE,
        rules=[
            warning(
                "min",
                "30",
                _l("A finished house has at least 30 m² of usable floor (Circular 01/2022). Please measure again."),
            ),
            warning("max", "200", _l("More than 200 m² is rare for a supported house. Please check it.")),
        ],
    )
    floor_hard = yes_no(
        _l("Is the floor hard?"),
        short=_l("Hard floor"),
        required=True,
        asked_if=COMPLETE,
        hint=_l("Cement mortar, concrete, brick, stone, tile or wood."),
        rules=[warning("none_of", [False], NOT_AS_REQUIRED)],
    )
    frame_hard = yes_no(
        _l("Are the frame and the walls hard?"),
        short=_l("Hard frame and walls"),
        required=True,
        asked_if=COMPLETE,
        hint=_l("Posts of concrete, iron, steel or durable wood; walls of brick, stone or durable wood."),
        rules=[warning("none_of", [False], NOT_AS_REQUIRED)],
    )
    roof_hard = yes_no(
        _l("Is the roof hard?"),
        short=_l("Hard roof"),
        required=True,
        asked_if=COMPLETE,
        hint=_l("A support of concrete, iron, steel or durable wood, with a durable covering tied to it."),
        rules=[warning("none_of", [False], NOT_AS_REQUIRED)],
    )
    lasts_20_years = yes_no(
        _l("Will the house last 20 years or more?"),
        short=_l("Lasts 20 years or more"),
        required=True,
        asked_if=COMPLETE,
        rules=[
            warning(
                "none_of",
                [False],
                _l("A finished house must last at least 20 years (Circular 01/2022). Please explain in the remarks."),
            )
        ],
    )
    lasts_10_years = yes_no(
        _l("Will the repaired house last 10 years or more?"),
        short=_l("Lasts 10 years or more"),
        asked_if={"lasts_20_years": [False], "need_type": ["sua_chua"]},
        hint=_l("Enough for a repair for people of merit (Decree 131/2021, Article 102.3)."),
    )
    accepted_on = date(
        _l("Date of the acceptance minutes"),
        not_before="completed_on",
        not_after="visited_on",
        asked_if=COMPLETE,
        hint=_l("Leave empty if they have not been signed yet."),
    )
    photo_minutes = photo(_l("Photo of the acceptance minutes"), at_most=3, asked_if=COMPLETE)

    photos = photo(
        _l("Photos of the work today"),
        at_least=1,
        at_most=6,
        hint=_l("The whole house from the same place as last time, then the part that is being built."),
        rules=[warning("not_also_in", ["photo_minutes"])],
    )
    location = point(
        _l("Position of the building site"),
        short=_l("Position"),
        private=True,
        hint=_l("Stand in the yard under open sky and wait until the error is below 20 m."),
    )
    remarks = long_text(_l("Remarks"), hint=_l("What the next visitor should know."))

    __table_args__ = (
        # Where visits name no case, SQLite believes the index of all of them to be of no use, and reads the table.
        sa.Index(
            "ix_progress_visit_of_case", "case",
            sqlite_where=sa.text('"case" IS NOT NULL'), postgresql_where=sa.text('"case" IS NOT NULL'),
        ),
    )  # fmt: skip
