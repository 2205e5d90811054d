"""Lists and meetings that were withdrawn while somebody else went on with them, and how they are brought back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from fieldapp import intake
from fieldapp.cases import chain
from fieldapp.cases.lists import meeting_id
from fieldapp.db import db
from fieldapp.intake import Receipt
from fieldapp.people import Account, Areas, within_areas
from fieldapp.surveys import SupportList, VillageMeeting
from sync import WITHDRAWN

ListDoubtCode = Literal["apart", "gone", "meeting_apart", "meeting_gone"]


class ListDoubt(NamedTuple):
    """One of them: the list, and the record that was withdrawn, which is that list or its meeting."""

    code: ListDoubtCode
    one: SupportList
    record: SupportList | VillageMeeting


_LIST: Any = SupportList.__table__
_MEETING: Any = VillageMeeting.__table__


def doubts(areas: Areas) -> list[ListDoubt]:
    """All of them within these areas, in the order of the lists."""
    found = {each.record.id: each for each in (*_of_lists(areas), *_of_meetings(areas))}
    return sorted(found.values(), key=lambda each: (each.one.id, each.code))


def _of_lists(areas: Areas) -> Iterator[ListDoubt]:
    """What a signed list moved stays moved, also where it was withdrawn."""
    for either in (_LIST.c.contested, _LIST.c.withdrawn & (_LIST.c.state == chain.SIGNED)):
        for one in db.session.scalars(within_areas(sa.select(SupportList).where(either), _LIST.c.area, areas)):
            if WITHDRAWN in one.conflicts or not one.contested:
                yield ListDoubt("apart" if one.contested else "gone", one, one)


def _of_meetings(areas: Areas) -> Iterator[ListDoubt]:
    query = sa.select(SupportList, VillageMeeting).join(VillageMeeting, _MEETING.c.of_list == _LIST.c.id)
    for either in (_MEETING.c.contested, _MEETING.c.withdrawn):
        alive = query.where(either, sa.not_(_LIST.c.withdrawn))
        for one, meeting in db.session.execute(within_areas(alive, _LIST.c.area, areas)):
            if meeting.id == meeting_id(one.id) and (WITHDRAWN in meeting.conflicts or not meeting.contested):
                yield ListDoubt("meeting_apart" if meeting.contested else "meeting_gone", one, meeting)


def bring_back(doubt: ListDoubt, *, account: Account) -> Receipt:
    """The list or meeting counts again, whoever withdrew it. The caller holds the writer's place and commits."""
    return intake.save(doubt.record.survey, doubt.record.id, {WITHDRAWN: False}, account=account)
