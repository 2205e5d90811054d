"""Report 1: housing need and results of support, by place.

A household is counted once, in the place of its village. Its difficulty is computed from the housing survey that counts
(``fieldapp.facts.counting``) by the law in force (``fieldapp.housing``), never typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial

from sqlalchemy.orm import Session

from fieldapp.facts import household
from fieldapp.i18n import _, _l, ngettext
from fieldapp.reports.geography import BY, Geography, PlaceGroup, ReportLine
from fieldapp.reports.issuer import Issuer, issuer
from fieldapp.reports.of_cases import CaseReport, Measure
from fieldapp.reports.official import frame, scope
from fieldapp.reports.past import seen
from fieldapp.reports.scope import Options, villages_in
from fieldapp.reports.subjects import HOUSEHOLDS, Clause, counts_as
from fieldapp.reports.table import Column, Group, Table, add, rows

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


def measures() -> tuple[Measure, ...]:
    """What its columns count, to find the households behind each of them."""
    return tuple(
        Measure(one.key, one.heading, None if one.parts or one.rate else _of(one.key), parts=one.parts, rate=one.rate)
        for one in columns()
    )


def _of(figure: str) -> Callable[[date], Clause]:
    return lambda _day: counts_as(figure)


COUNTED = CaseReport(NAME, TITLE, "", "", measures, lambda _totals: (), BY, of=HOUSEHOLDS)
CHART = ("no_house", "area", "quality", "both", "none")
"""The columns drawn in the chart."""

SHOWN_FIRST = ("households", "poor", "near_poor", "need", "approved", "started", "complete")
"""The columns whose totals stand above the table."""


def notes(counts: Mapping[str, int]) -> tuple[str, ...]:
    """What a reader of the figures must know, stated under the table."""
    lines = [
        _("A household is counted once, by its newest housing survey. A new house includes a move to another place."),
        _("Approved: the decision holds for the survey as it stands. Started: building or repairing has begun."),
        _(
            "Started and complete is the work that this survey asks for. Houses of all support cases, those of earlier "
            "years too, are counted in “%(report)s”.",
            report=_("Progress of building and repair"),
        ),
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
    if gone := counts.get("withdrawn", 0):
        lines.append(ngettext(
            "%(n)s household was withdrawn and is in no figure.",
            "%(n)s households were withdrawn and are in no figure.", gone,
        ))  # fmt: skip
    return tuple(lines)


def build(session: Session, options: Options, areas: frozenset[str] | None, today: date) -> Table:
    """The report over the villages she may see.

    :raises UnknownPlace: the place asked for does not exist, or is outside her area.
    """
    options = options if options.by in BY else replace(options, by="commune")
    geography = Geography(session, options.vintage)
    villages = villages_in(geography, areas, options.within)
    everything = areas is None and not options.within
    earlier = partial(seen, moment=options.moment) if options.moment else None
    counts = dict(household.sums(None if everything else villages, earlier))
    shown = villages | {village for village, found in counts.items() if found.get("households")}
    made_by = issuer(session, NAME, today, areas)
    return table(geography, options, counts, shown, everything, today, made_by)


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
        parameters={"by": "commune", **options.parameters(("within", "as_of"))},
        **frame(made_by, today, options.on(today)),
    )


def _group(section: PlaceGroup, counts: Mapping[str, Mapping[str, int]]) -> Group:
    lines = tuple((line.name, line.code, _gather(line, counts)) for line in section.lines)
    return Group(section.name, section.code, lines)


def _gather(line: ReportLine, counts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    return add(*(counts[village] for village in line.villages if village in counts))
