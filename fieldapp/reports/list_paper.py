"""A list as it is printed: that of a village with boxes for the votes, that of a commune with what may be posted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from fieldapp import housing, naming
from fieldapp.cases.lists import ListedLine, order_of, programme_of
from fieldapp.cases.signed import Paper
from fieldapp.db import db
from fieldapp.i18n import _, speaking
from fieldapp.places import Gazetteer
from fieldapp.reports.issuer import Issuer, issuer
from fieldapp.reports.numbers import place_and_date
from fieldapp.surveys import SupportList, VillageMeeting, choices, questions
from fieldapp.today import today
from fieldapp.vietnamese import show_date, show_integer

OFFICIAL = "vi"
"""The language of papers."""
GAP = "……………"


def paper_of(one: SupportList, lines: Sequence[ListedLine], meeting: VillageMeeting | None) -> Paper:
    """The paper of a list as it stands, in the language of papers; what is not filled in yet is a box or dots.

    :param meeting: that of a village's list.
    """
    with speaking(OFFICIAL):
        made_by = issuer(db.session(), "lists", today(), [one.area] if one.area else None)
        if one.level == "village":
            return _of_village(one, lines, meeting, made_by)
        return _of_commune(one, lines, made_by)


def _of_village(
    one: SupportList, lines: Sequence[ListedLine], meeting: VillageMeeting | None, made_by: Issuer
) -> Paper:
    merit = order_of(one.programme) == "merit"
    columns = (_columns_of_merit() if merit else _columns_of_village()) + _columns_of_vote()
    where = _villages(lines)
    rows = [(*(_merit(line, where) if merit else _general(line)), *_vote(line)) for line in lines]
    day = show_date(meeting.held_on) if meeting and meeting.held_on else GAP
    chair, secretary = (getattr(meeting, name, None) or GAP for name in ("chair", "secretary"))
    told = (
        *_about(one),
        _("(Form 02 of Annex IX, Decree 131/2021/NĐ-CP)") if merit else _("(Annex I, Circular 01/2022/TT-BXD)"),
        _(
            "Meeting of %(day)s; chair: %(chair)s; secretary: %(secretary)s; present: %(present)s",
            day=day,
            chair=chair,
            secretary=secretary,
            present=meeting.present if meeting and meeting.present else GAP,
        ),
    )
    notes = (_("A household is put forward when more than half of those present agree."), *_totals(lines))
    signs = (
        (_("SECRETARY"), _("(signature, full name)")),
        (_("OFFICER FOR POVERTY REDUCTION"), _("(signature, full name)")),
        (_("HEAD OF THE VILLAGE"), _("(signature, full name)")),
    )
    title = _("List of households proposed by the village meeting for housing support")
    return Paper(_heads(one, made_by), title, told, columns, tuple(rows), notes, signs)


def _of_commune(one: SupportList, lines: Sequence[ListedLine], made_by: Issuer) -> Paper:
    posted = _(
        "Posted from %(first)s until %(last)s",
        first=show_date(one.posted_from) if one.posted_from else GAP,
        last=show_date(one.posted_until) if one.posted_until else GAP,
    )
    signs = ((_("PREPARED BY"), _("(signature, full name)")), (made_by.signature.title, made_by.signature.hint))
    title = _("List of households of the commune proposed for housing support")
    staying = [line for line in lines if line.passes]
    where = _villages(staying)
    rows = tuple(_posted(line, at, where) for at, line in enumerate(staying, 1))
    return Paper(_heads(one, made_by), title, (*_about(one), posted), _columns_posted(), rows, _totals(staying), signs)


def _heads(one: SupportList, made_by: Issuer) -> tuple[tuple[str, ...], tuple[str, ...]]:
    village = _place_line(one.village).split(", ")[0].upper()
    own = (made_by.lines[1], village) if one.level == "village" else made_by.lines
    motto = (_("SOCIALIST REPUBLIC OF VIET NAM"), _("Independence - Freedom - Happiness"))
    return own, (*motto, place_and_date(made_by.seat, today()))


def _about(one: SupportList) -> tuple[str, ...]:
    where = _place_line(one.village)
    place = where if one.level == "village" else where.split(", ")[-1]
    return (
        _programme_name(one.programme),
        _("%(place)s, year %(year)s, list no. %(turn)s", place=place, year=one.list_year, turn=one.turn),
    )


def _place_line(area: str | None) -> str:
    known = Gazetteer(db.session()).all_known.get(area or "")
    if known is not None:
        return ", ".join(place.name for place in known)
    return naming.village_line(area or "") or _("Village not known yet")


def _villages(lines: Sequence[ListedLine]) -> dict[str | None, str]:
    """The name of the village of each case, asked once for each village."""
    return {area: _place_line(area).split(", ")[0] for area in {line.case.area for line in lines}}


def _programme_name(record: str | None) -> str:
    found = programme_of(record)
    return found.name if found else record or ""


def _totals(lines: Sequence[ListedLine]) -> tuple[str, ...]:
    kinds = Counter(housing.work_of(line.case.need_type or "") for line in lines)
    return (
        _(
            "Households together: %(n)s, of them %(new)s to build anew and %(repair)s to repair; %(amount)s đồng by the norm.",  # noqa: E501  one sentence
            n=len(lines),
            new=kinds["new"],
            repair=kinds["repair"],
            amount=show_integer(sum(line.promised for line in lines)),
        ),
    )


def _columns_of_village() -> tuple[str, ...]:
    return (
        _("No."), _("Head of the household"), _("Ethnic group"), _("People"), _("Poor or near-poor"),
        _("Priority class"), _("The house now"), _("Proposed work"), _("Norm (đồng)"), _("Own and kin’s money (đồng)"),
        _("Loan wanted (đồng)"),
    )  # fmt: skip


def _columns_of_merit() -> tuple[str, ...]:
    return (
        _("No."), _("Head of the household"), _("Year of birth"), _("Village"), _("Order among people of merit"),
        _("The house now"), _("Proposed work"), _("Norm (đồng)"),
    )  # fmt: skip


def _columns_of_vote() -> tuple[str, ...]:
    return (_("Agreed"), _("Objections"), _("Put forward?"))


def _columns_posted() -> tuple[str, ...]:
    return (_("No."), _("Head of the household"), _("Village"), _("Poor or near-poor"), _("Proposed work"))


def _general(line: ListedLine) -> tuple[str, ...]:
    place = "/".join(filter(None, (line.place.main, line.place.sub))) if line.place else ""
    money = (_money(line, "own_money", "kin_money"), _money(line, "loan_wanted"))
    return (
        *_named(line), _home(line, "ethnic_group"), _home(line, "members"), _home(line, "poverty_class"),
        place.replace("dd", "đ"), _need(line, "has_house"), _work(line), show_integer(line.promised), *money,
    )  # fmt: skip


def _merit(line: ListedLine, villages: Mapping[str | None, str]) -> tuple[str, ...]:
    born = (line.household.birth_date or "")[:4] if line.household else ""
    main = line.place.main if line.place else None
    order = f"{main}. {choices.label('priority_nd131', main, OFFICIAL)}" if main else ""
    house = _need(line, "has_house"), _work(line), show_integer(line.promised)
    return (*_named(line), born, villages[line.case.area], order, *house)


def _vote(line: ListedLine) -> tuple[str, ...]:
    agreed = "" if line.record.agreed is None else str(line.record.agreed)
    passes = {True: _("Yes"), False: _("No"), None: ""}[line.passes]
    return (agreed, line.record.objections or "", passes)


def _posted(line: ListedLine, at: int, villages: Mapping[str | None, str]) -> tuple[str, ...]:
    return (str(at), _named(line)[1], villages[line.case.area], _home(line, "poverty_class"), _work(line))


def _named(line: ListedLine) -> tuple[str, str]:
    name = line.household.head_name if line.household else None
    return str(line.record.number or ""), naming.household(name)


def _home(line: ListedLine, name: str) -> str:
    value = getattr(line.household, name, None)
    return "" if value is None else questions("household")[name].show(value, OFFICIAL)


def _need(line: ListedLine, name: str) -> str:
    value = getattr(line.need, name, None)
    return "" if value is None else questions("housing_need")[name].show(value, OFFICIAL)


def _work(line: ListedLine) -> str:
    return choices.label("work_type", line.case.need_type or "", OFFICIAL)


def _money(line: ListedLine, *names: str) -> str:
    found = [value for name in names if (value := getattr(line.need, name, None)) is not None]
    return show_integer(sum(found)) if found else ""
