"""Report 1: housing need and results of support, by place.

A household is counted once, in the place of its village. Its difficulty is computed from the housing survey that counts
(``fieldapp.facts.counting``) by the law in force (``fieldapp.housing``), never typed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fieldapp.i18n import _, _l, ngettext
from fieldapp.reports.geography import Geography, Line, Section
from fieldapp.reports.housing_cases import Case, cases
from fieldapp.reports.issuer import Issuer, issuer
from fieldapp.reports.official import frame, scope
from fieldapp.reports.scope import Options, villages_in
from fieldapp.reports.table import Column, Group, Table, add, rows
from fieldapp.surveys import Household

NAME = "housing-need"
TITLE = _l("Housing need and results of support")


def columns() -> tuple[Column, ...]:
    """The columns, in the language of the moment."""
    difficulty = _("Households with a housing survey")
    need, approved = _("Need for support"), _("Approved")
    started = _("Started")
    return (
        Column("households", (_("Households"), _("Total"))),
        Column("poor", (_("Households"), _("Poor"))),
        Column("near_poor", (_("Households"), _("Near-poor"))),
        Column("surveyed", (difficulty, _("Total")), parts=("no_house", "area", "quality", "both", "none")),
        Column("no_house", (difficulty, _("No house"))),
        Column("area", (difficulty, _("Difficulty with floor area only"))),
        Column("quality", (difficulty, _("Difficulty with quality only"))),
        Column("both", (difficulty, _("Difficulty with area and quality"))),
        Column("none", (difficulty, _("No difficulty"))),
        Column("need", (need, _("Total")), parts=("need_new", "need_repair")),
        Column("need_new", (need, _("New house"))),
        Column("need_repair", (need, _("Repair"))),
        Column("approved", (approved, _("Total")), parts=("approved_new", "approved_repair")),
        Column("approved_new", (approved, _("New house"))),
        Column("approved_repair", (approved, _("Repair"))),
        Column("started", (started, _("Total")), parts=("building", "complete")),
        Column("building", (started, _("Under construction"))),
        Column("complete", (started, _("Complete"))),
        Column("complete_rate", (_("Complete of approved"),), rate=("complete", "approved")),
    )


def tally(cases: Iterable[Case]) -> dict[str, Counter[str]]:
    """Counts by village, for the columns that are not sums."""
    counts: dict[str, Counter[str]] = {}
    for case in cases:
        counts.setdefault(case.village, Counter()).update(_marks(case))
    return counts


def _marks(case: Case) -> list[str]:
    marks = ["households", *_POVERTY.get(case.poverty_class or "", ())]
    if case.difficulty:
        marks.append(case.difficulty)
    if case.need:
        marks.append(f"need_{case.need}")
        marks += [f"approved_{case.need}"] if case.approved else []
    if case.stage != "not_started":
        marks.append(case.stage)
        marks += [] if case.approved else ["started_unapproved"]
    return marks + [name for name in ("contested", "unclear", "refused") if getattr(case, name)]


_POVERTY = {"ngheo": ("poor",), "can_ngheo": ("near_poor",)}

CHART = ("no_house", "area", "quality", "both", "none")
"""The columns drawn in the chart."""

SHOWN_FIRST = ("households", "poor", "near_poor", "need", "approved", "started", "complete")
"""The columns whose totals stand above the table."""


def notes(counts: Mapping[str, int]) -> tuple[str, ...]:
    """What a reader of the figures must know, stated under the table."""
    lines = [
        _("A household is counted once, by its newest housing survey. A new house includes a move to another place."),
        _("Approved: the decision holds for the survey as it stands. Started: building or repairing has begun."),
    ]
    if early := counts.get("started_unapproved", 0):
        lines.append(ngettext(
            "%(n)s household started without an approval that holds.",
            "%(n)s households started without an approval that holds.", early,
        ))  # fmt: skip
    if unclear := counts.get("unclear", 0):
        lines.append(ngettext(
            "%(n)s household was surveyed, but the answers do not say enough to tell its difficulty.",
            "%(n)s households were surveyed, but the answers do not say enough to tell their difficulty.", unclear,
        ))  # fmt: skip
    if refused := counts.get("refused", 0):
        lines.append(ngettext(
            "%(n)s household whose survey a supervisor refused is not among those who need support.",
            "%(n)s households whose survey a supervisor refused are not among those who need support.", refused,
        ))  # fmt: skip
    if contested := counts.get("contested", 0):
        lines.append(ngettext(
            "%(n)s household has answers that do not agree yet; the newest answer is counted.",
            "%(n)s households have answers that do not agree yet; the newest answer is counted.", contested,
        ))  # fmt: skip
    return tuple(lines)


def build(session: Session, options: Options, areas: frozenset[str] | None, today: date) -> Table:
    """The report over the villages she may see.

    :raises UnknownPlace: the place asked for does not exist, or is outside her area.
    """
    geography = Geography(session, options.vintage)
    villages = villages_in(geography, areas, options.within)
    everything = areas is None and not options.within
    counts = tally(cases(session, None if everything else villages))
    shown = villages | frozenset(counts)
    made_by = issuer(session, NAME, today, areas)
    found = table(geography, options, counts, shown, everything, today, made_by)
    return replace(found, notes=(*found.notes, *left_out(session, None if everything else villages)))


def left_out(session: Session, villages: frozenset[str] | None) -> tuple[str, ...]:
    """What is said of the households that were withdrawn and are in no figure."""
    query = sa.select(sa.func.count()).select_from(Household).where(Household.withdrawn)
    if villages is not None:
        query = query.where(Household.area.in_(villages))
    gone = session.scalar(query) or 0
    sentence = ngettext(
        "%(n)s household was withdrawn and is in no figure.",
        "%(n)s households were withdrawn and are in no figure.",
        gone,
    )
    return (sentence,) if gone else ()


def table(
    geography: Geography,
    options: Options,
    counts: Mapping[str, Mapping[str, int]],
    villages: frozenset[str],
    everything: bool,
    today: date,
    made_by: Issuer,
) -> Table:
    """The table of counts by village, gathered into the lines asked for."""
    groups = tuple(_group(section, counts) for section in geography.sections(options.by, villages))
    drawn = columns()
    return Table(
        name=NAME,
        title=str(TITLE),
        columns=drawn,
        rows=rows(drawn, groups, _("Grand total")),
        scope=scope(geography, villages, everything, geography.places.get(options.within)),
        notes=notes(add(*counts.values())),
        parameters={"by": options.by, "vintage": options.vintage, "within": options.within},
        **frame(made_by, today),
    )


def _group(section: Section, counts: Mapping[str, Mapping[str, int]]) -> Group:
    lines = tuple((line.name, line.code, _gather(line, counts)) for line in section.lines)
    return Group(section.name, section.code, lines)


def _gather(line: Line, counts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    return add(*(counts[village] for village in line.villages if village in counts))
