"""What the page of one list shows: its households, the meeting or the posting, what keeps it from being signed off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import msgspec
from flask import url_for

from fieldapp import intake, naming, people, places, review
from fieldapp.cases import lists, signing
from fieldapp.cases.lists import ListedLine
from fieldapp.cases.signed import Signed, unpacked
from fieldapp.facts.case_story import day_of
from fieldapp.i18n import _
from fieldapp.problems import NotThatOffice
from fieldapp.surveys import SupportList, VillageMeeting, choices, questions
from fieldapp.today import today
from fieldapp.vietnamese import show_date
from fieldapp.web import shown
from fieldapp.web.access import may, may_step, my_areas
from fieldapp.web.cases import words
from sync.fold import version_of

OF_MEETING = ("held_on", "chair", "secretary", "present")
OF_POSTING = ("posted_from", "posted_until")
OF_LINE = {"village": ("agreed", "objections"), "commune": ("objections", "outcome", "outcome_note")}


class HouseholdRow(NamedTuple):
    """One household in the table that is filled in. ``moved``: where its case has gone since, if it has; ``typed``:
    what stands in each field, by its name; ``rivals``: of what two people entered differently, all of it; ``passes``:
    as of a :class:`~fieldapp.cases.lists.ListedLine`."""

    id: str
    number: int | None
    address: str
    name: str
    about: str
    moved: str
    typed: dict[str, str]
    rivals: dict[str, list[str]]
    passes: bool | None


class Signing(NamedTuple):
    """One time that a list was signed off, by the change that did it."""

    change: str
    day: str
    by: str


@dataclass(frozen=True)
class ListPage:
    """Everything the page of a list shows. ``wrong``: what keeps it from being signed off, a sentence each;
    ``rivals``: of the meeting or the posting, what two people entered differently; ``was``: the text of each field as
    it is saved, as JSON, without those that are empty; ``mine``: what was typed where somebody else saved something;
    ``whole``: whether the reader sees all of its commune."""

    one: SupportList
    title: str
    programme: str
    rows: list[HouseholdRow]
    meeting: VillageMeeting | None
    typed: dict[str, str]
    rivals: dict[str, list[str]]
    labels: dict[str, str]
    outcomes: list[tuple[str, str]]
    whole: bool
    wrong: list[str]
    passing: int
    signings: list[Signing]
    changed: bool
    may_keep: bool
    may_sign: bool
    office: str
    may_fill: bool
    waiting: int
    seen: str
    least_days: int
    unheard: str
    reason: str
    was: str
    mine: Sequence[str]

    @property
    def is_open(self) -> bool:
        """Whether it can be filled in."""
        return self.one.state != "signed"


def title_of(one: SupportList) -> str:
    """What a list is called: ``Danh sách thôn Nà Vài, Xã Ba Bể, năm 2026, lần 1``."""
    where = shown.place_line(one.village)
    place = where if one.level == "village" else _commune_of(one) or where.split(", ")[-1]
    return _("List of %(place)s, %(year)s no. %(turn)s", place=place, year=one.list_year, turn=one.turn)


def _commune_of(one: SupportList) -> str:
    """The commune whose list it is, with its year where there is none of it today."""
    code, _at, vintage = (one.commune or "").partition("@")
    of_today = vintage == str(places.newest_vintage())
    found = places.place(int(vintage), code) if vintage.isdigit() else None
    return "" if found is None else found.name if of_today else naming.coded_place(one.commune or "")


def build(one: SupportList, typed: Mapping[str, str] | None = None, mine: Sequence[str] = ()) -> ListPage:
    """The page of a list; ``typed``: what was sent and could not be saved, by field."""
    lines, meeting, names = lists.lines_of(one), lists.meeting_of(one), OF_LINE[one.level or "village"]
    head = head_of(one, meeting)
    whole = is_seen_whole(one.level or "village", one.village, step_day(one))
    keeps = may("keep_case", one) and whole
    return ListPage(
        one=one,
        title=title_of(one),
        programme=words.programme_name(one.programme),
        rows=_rows(lines, names, typed),
        meeting=meeting,
        typed={**_typed_of(*head), **(typed or {})},
        rivals=_rivals(*head),
        labels=labels_of_questions(),
        outcomes=[(each.code, words.outcome_label(each.code)) for each in choices.choices("objection_outcome")],
        whole=whole,
        wrong=signing.faults(one, lines) if one.state != "signed" and whole else [],
        passing=sum(line.passes is True for line in lines),
        signings=_signings(one),
        changed=signing.changed_since(one, lines),
        may_keep=keeps,
        may_sign=keeps and may_step(one.level or "village", [one.village], step_day(one)),
        office=words.level_label(one.level or "village"),
        may_fill=may("edit", meeting) if meeting else keeps,
        waiting=len(set(lists.due(one, villages_of(one))) - {line.case.id for line in lines})
        if one.state != "signed"
        else 0,
        seen=version_seen(one, meeting, lines),
        least_days=signing.least_days(),
        unheard=_unheard(one, lines) if whole else "",
        reason=(typed or {}).get("reason", ""),
        was=msgspec.json.encode(
            {name: text for name, text in saved_texts(one, meeting, lines).items() if text}
        ).decode(),
        mine=mine,
    )


def _unheard(one: SupportList, lines: Sequence[ListedLine]) -> str:
    """What stands against those on an open list of a commune whom no village has put forward; "" where it has."""
    names = signing.not_put_forward(one, lines) if one.state != "signed" else []
    return signing.told_of(names) if names else ""


def head_of(one: SupportList, meeting: VillageMeeting | None) -> tuple[str, Any, tuple[str, ...]]:
    """What is filled in above the lines: its survey, its record (None where there is none yet), its questions."""
    return ("village_meeting", meeting, OF_MEETING) if one.level == "village" else ("support_list", one, OF_POSTING)


def labels_of_questions() -> dict[str, str]:
    """What each question of the page is called, by its name."""
    each = (
        ("village_meeting", OF_MEETING),
        ("support_list", OF_POSTING),
        ("list_line", {*OF_LINE["commune"], "agreed"}),
    )
    return {name: str(questions(survey)[name].short) for survey, names in each for name in names}


def _typed_of(survey: str, record: Any, names: Sequence[str]) -> dict[str, str]:
    """What the fields of a record show; nothing where two people differ, until somebody says which holds."""
    if record is None:
        return dict.fromkeys(names, "")
    known = questions(survey)
    return {name: "" if name in record.conflicts else str(known[name].typed(getattr(record, name))) for name in names}


def _rivals(survey: str, record: Any, names: Sequence[str]) -> dict[str, list[str]]:
    """Of these answers those that two people gave differently, each as it would be typed."""
    known, conflicts = questions(survey), record.conflicts if record else {}
    return {name: [str(known[name].typed(value)) for value in conflicts[name]] for name in names if name in conflicts}


def saved_texts(one: SupportList, meeting: VillageMeeting | None, lines: Sequence[ListedLine]) -> dict[str, str]:
    """The text of each field of the page as it is saved."""
    found = _typed_of(*head_of(one, meeting))
    for line in lines:
        said = _typed_of("list_line", line.record, OF_LINE[one.level or "village"])
        found |= {f"{name}-{line.record.id}": text for name, text in said.items()}
    return found


def _rows(lines: Sequence[ListedLine], names: Sequence[str], typed: Mapping[str, str] | None) -> list[HouseholdRow]:
    address = url_for("cases.page", case_id=shown.NOBODY)  # once, and not for each of five hundred
    return [_row(line, names, typed, address) for line in lines]


def _row(line: ListedLine, names: Sequence[str], typed: Mapping[str, str] | None, address: str) -> HouseholdRow:
    said = _typed_of("list_line", line.record, names)
    if typed is not None:
        said = {name: typed.get(f"{name}-{line.record.id}", said[name]) for name in names}
    main = line.place.main if line.place else None
    about = [words.work_label(line.case.need_type), _("class %(code)s", code=main.replace("dd", "đ")) if main else ""]
    home = line.household.head_name if line.household else None
    name = shown.head_of(home, line.case.area) if line.case.area else naming.household(home)
    return HouseholdRow(
        line.record.id,
        line.record.number,
        address.replace(shown.NOBODY, line.case.id),
        name,
        " · ".join(filter(None, about)),
        _why_gone(line),
        said,
        _rivals("list_line", line.record, names),
        line.passes,
    )


def _why_gone(line: ListedLine) -> str:
    """Why a household is on the list no more, once that is brought up to date; "" while it is."""
    if line.case.withdrawn:
        return _("withdrawn")
    if line.elsewhere:
        return _("lies elsewhere since")
    return words.state_label(line.state) if line.moved else ""


def is_seen_whole(level: str, village: str | None, day: date) -> bool:
    """Whether the person sees all of what a list is about: of a village, or of what its commune is on a day. The others
    would take out of it, or leave out, whom they do not see."""
    areas = my_areas() if level == "commune" else None
    return areas is None or people.offices.answered_for(level, [village], day) <= areas


def must_see_whole(level: str, village: str | None, day: date) -> None:
    """:raises NotThatOffice: the person sees a part alone of what a list is about."""
    if not is_seen_whole(level, village, day):
        raise NotThatOffice(level=words.level_label(level))


def step_day(one: SupportList) -> date:
    """The day by which the office of a list is asked for: that of its posting, or else today."""
    return day_of(one.posted_from) or today()


def villages_of(one: SupportList) -> list[str]:
    """The villages that a list is about, as far as the person sees them."""
    return sorted(lists.villages_about(one, shown.gazetteer()))


def version_seen(one: SupportList, meeting: VillageMeeting | None, lines: Sequence[ListedLine]) -> str:
    """The version of everything on the page: who saves says which one was seen."""
    heads = [*review.heads_of(one), *(review.heads_of(meeting) if meeting else ())]
    return version_of([*heads, *(head for line in lines for head in review.heads_of(line.record))])


def _signings(one: SupportList) -> list[Signing]:
    """Each time it was signed off, the newest first."""
    entries = [entry for entry in intake.journal().history(one.id) if entry.change.answers.get("content")]
    names = naming.people([entry.change.author for entry in entries])
    found = [
        Signing(entry.change.id, signed.day, names.get(entry.change.author, ""))
        for entry in sorted(entries, key=lambda entry: entry.change.stamp, reverse=True)
        if entry.held is None and (signed := signed_by(entry.change.answers))
    ]
    return [Signing(one.change, show_date(one.day), one.by) for one in found]


def signed_by(answers: Mapping[str, Any]) -> Signed | None:
    """The paper that a change signed off; None where it signed none."""
    content, digest = answers.get("content"), answers.get("content_hash")
    return unpacked(content, digest) if isinstance(content, str) and isinstance(digest, str) else None
