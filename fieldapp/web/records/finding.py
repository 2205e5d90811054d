"""Which records a list shows: searched, chosen and sorted by what is kept beside the records, whose rows are narrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import sqlalchemy as sa

from fieldapp import review
from fieldapp.db import db
from fieldapp.facts import doubtful
from fieldapp.facts.searching import named, spoken, unindexed, unindexed_moment, usual
from fieldapp.facts.standing import Standing, StandingTally
from fieldapp.facts.tables import HouseholdFact, HouseholdTally
from fieldapp.people import within_areas
from fieldapp.review import AreaFilter, Status
from fieldapp.surveys import Household
from fieldapp.surveys.base import Record
from sync.statements import among

AnyQuery: TypeAlias = sa.Select[Any]
FACT, STANDING = HouseholdFact, Standing
MANY = 2000
"""Of so many in one state a page is found by walking through all in their order; fewer are gathered and sorted."""
NO_END = 2**62
"""So many are all there are."""
SOME = 10_000
"""So many in the places of a supervisor are gathered and sorted by village sooner than the households before these
places are walked through."""


@dataclass(frozen=True)
class RecordSearch:
    """What was asked for: records of a survey within areas, with these words, in this state.

    ``words``: as :func:`fieldapp.vietnamese.sought` gives them; ``sort``: ``name``, ``changed`` or ``village``;
    ``doubt``: what is odd about the household.
    """

    survey: type[Record]
    areas: AreaFilter
    words: Sequence[str] = ()
    status: Status | None = None
    sort: str = "name"
    doubt: doubtful.FactDoubtKind | None = None

    @property
    def _by_standing(self) -> bool:
        """Whether the standings of such records say all that is needed: not when they last changed, nor names of their
        own."""
        return self.survey.reviewed and self._by_household

    @property
    def _by_household(self) -> bool:
        """Whether the names or the villages of households order them."""
        return self.survey is not Household and self.sort != "changed"

    @property
    def _is_by_table(self) -> bool:
        """Whether the names of households order them and their own table is asked for them."""
        return self._by_household and not self._by_standing

    @cached_property
    def _spoken_of(self) -> list[str]:
        """The ids of all that the words were found in: to look twice takes longer than to sort what is found."""
        return list(db.session.scalars(self._query(few=False).order_by(*self._order())))

    def count(self) -> int:
        """How many there are; of what is odd no more is counted than :func:`fieldapp.facts.doubtful.counted` does."""
        if self.words:
            return len(self._spoken_of)
        if self.doubt:
            ids = (self._of_survey, STANDING.record) if self.survey.reviewed else (self._of_table, self.survey.id)
            return doubtful.counted(ids[0](sa.select(ids[1])))
        if self.survey.reviewed:
            return self._tallied()
        return db.session.scalar(self._of_table(sa.select(sa.func.count()).select_from(self.survey))) or 0

    def _tallied(self) -> int:
        """How many of a reviewed survey there are in their state and places, by what is counted beforehand."""
        kept = StandingTally
        query = within_areas(sa.select(sa.func.sum(kept.records)), kept.__table__.c.area, self.areas)
        query = query.where(kept.survey == self.survey.survey)
        return int(db.session.scalar(query.where(kept.status == self.status) if self.status else query) or 0)

    def page(self, size: int, after: int, total: int) -> list[str]:
        """The ids of so many of them, after so many. Those whose household has not arrived yet come last."""
        if self.words:
            return self._spoken_of[after : after + size]
        walked = self._is_walked(size, after, total)
        query = self._query(few=total < MANY, walked=walked)
        few = self.status is not None and total < MANY
        order = self._gathered() if few else self._order()
        if not walked and self.areas is not None and self.sort == "village" and self._is_by_table and total < SOME:
            order = [unindexed(self.survey.area), *order[1:]]
        if few and self._by_standing:  # a planner that cannot know how few these are would sort all households first
            homes = db.session.scalars(self._of_survey(sa.select(STANDING.household)))
            query = query.where(among(db.session.connection(), FACT.__table__.c.household, set(filter(None, homes))))
        found = list(db.session.scalars(query.order_by(*order).limit(size).offset(after)))
        if self._by_household and len(found) < min(size, total - after):
            known = db.session.scalar(sa.select(sa.func.count()).select_from(self._query().subquery())) or 0
            found += db.session.scalars(self._lost().limit(size - len(found)).offset(max(0, after - known)))
        return found

    def _is_walked(self, size: int, after: int, total: int) -> bool:
        """Whether so many are met sooner on a walk through all in their order than all that there are in these places
        are gathered and sorted. Those in a state, and those that are odd, are looked for as ``few`` says."""
        if self.status or self.doubt or (self.areas is None and not self._is_by_table):
            return False
        return (after + size) * self._passed() < total * total

    def _passed(self) -> int:
        """How many a walk through all leads past."""
        if self._by_household:
            return db.session.scalar(sa.select(sa.func.sum(HouseholdTally.households))) or 0
        return replace(self, areas=None).count()

    def all_of_them(self) -> list[str]:
        """The ids of all of them, in their order."""
        return self.page(NO_END, 0, self.count())

    def _lost(self) -> AnyQuery:
        """The ids of those whose household has not arrived yet."""
        if self._by_standing:
            query, home, id = self._of_survey(sa.select(STANDING.record)), STANDING.household, STANDING.record
        else:
            query, home, id = self._of_table(sa.select(self.survey.id)), self._home, self.survey.id
        return query.where(sa.not_(sa.exists().where(FACT.household == home))).order_by(id)

    def _query(self, *, few: bool = True, walked: bool = False) -> AnyQuery:
        """The ids, without an order. ``few``: whether those in the state asked for are; ``walked``: whether they are
        met on a walk through all in that order."""
        if self.survey is Household and self.sort != "changed":
            query = within_areas(sa.select(FACT.household), usual(FACT.area) if walked else FACT.area, self.areas)
            query = query.where(*spoken(sa.literal(" ").concat(FACT.search_key), self.words))
            query = self._odd(query, FACT.household)
            return query.where(self._in_state(FACT.household, few)) if self.status else query
        if self._by_standing:
            query = sa.select(STANDING.record).join(FACT, self._met(walked) == STANDING.household)
            query = self._of_survey(query, few=few, walked=walked)
            return query.where(named(STANDING.household, self.words)) if self.words else query
        return self._plain(few, walked)

    def _of_survey(self, query: AnyQuery, *, few: bool = True, walked: bool = False) -> AnyQuery:
        query = within_areas(query, usual(STANDING.area) if walked else STANDING.area, self.areas)
        few = few or self._is_odd_here
        survey, status = (each if few else usual(each) for each in (STANDING.survey, STANDING.status))
        query = self._odd(query, STANDING.household).where(survey == self.survey.survey)
        return query.where(status == self.status) if self.status else query

    def _plain(self, few: bool, walked: bool) -> AnyQuery:
        """By the table of the survey: a member is found by the name of the household and by the own one."""
        query, own = (
            self._of_table(sa.select(self.survey.id), few=few, walked=walked),
            sa.literal(" ").concat(self.survey.search_key),
        )
        if self.words and self._is_named and self.survey is not Household:
            name = sa.func.coalesce(sa.literal(" ").concat(FACT.search_key), "")
            return query.outerjoin(FACT, FACT.household == self._home).where(*spoken(name.concat(own), self.words))
        if self._by_household:
            query = query.join(FACT, self._met(walked) == self._home)
        if not self.words:
            return query
        return query.where(named(self.survey.id if self.survey is Household else self._home, self.words))

    def _of_table(self, query: AnyQuery, *, few: bool = True, walked: bool = False) -> AnyQuery:
        query = within_areas(query, usual(self.survey.area) if walked else self.survey.area, self.areas)
        query = self._odd(query, self.survey.id if self.survey is Household else self._home) if self.doubt else query
        if self.status and self.survey.reviewed:
            return query.where(self._in_state(self.survey.id, few))
        return query.where(review.in_status(self.survey, self.status)) if self.status else query

    @staticmethod
    def _met(walked: bool) -> Any:
        """The household whose name or village orders a record; of a walk it is not looked up, but comes first."""
        return usual(FACT.household) if walked else FACT.household

    def _odd(self, query: AnyQuery, household: Any) -> AnyQuery:
        return query.where(doubtful.odd(self.doubt, household)) if self.doubt else query

    @property
    def _is_odd_here(self) -> bool:
        """Whether what is odd is asked for in some places: those are gathered, however many are odd elsewhere."""
        return self.doubt is not None and self.areas is not None

    @property
    def _home(self) -> Any:
        return getattr(self.survey, "household")  # noqa: B009  of some only

    @property
    def _is_named(self) -> bool:
        """Whether such a record is found by words of its own, beside the name of its household."""
        return bool(self.survey.named_by or self.survey.searched_by)

    def _in_state(self, id: Any, few: bool) -> sa.ColumnElement[bool]:
        where = (STANDING.survey == self.survey.survey, STANDING.status == self.status)
        if few:
            return id.in_(sa.select(STANDING.record).where(*where))  # type: ignore[no-any-return]
        return sa.exists().where(STANDING.record == id, *where)

    def _order(self) -> list[Any]:
        if self.sort == "changed":
            return [self.survey.changed_at.desc(), self.survey.id]
        id: Any = FACT.household if self.survey is Household else STANDING.record
        id = id if self.survey is Household or self._by_standing else self.survey.id
        name: Any = FACT.sort_key
        area: Any = FACT.area
        if self.words:  # what is found is few: no index is to lead through all others in this order
            name, area = sa.func.coalesce(name, ""), unindexed(area)
        elif self._by_standing and self._is_odd_here:
            area = STANDING.area
        return [name, id] if self.sort == "name" else [area, name, id]

    def _gathered(self) -> list[Any]:
        """The same order for the few in one state: gathered and then sorted, as no index leads through all others."""
        first, *rest = self._order()
        if self.sort == "changed":
            return [unindexed_moment(self.survey.changed_at).desc(), *rest]
        return [unindexed(first), *rest]
