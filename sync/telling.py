"""What the changes that count say together: states of records, where they belong,
and what a first download tells of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from sync import feeds, kept
from sync.appending import Arrived
from sync.composing import Composing
from sync.fold import State, fold, snapshot_of
from sync.kept import unpacked
from sync.knowing import Marked, ahead_of
from sync.tables import record_area


class Telling(Composing):
    """The part of a journal that folds, over what it reads or what has just arrived in this transaction."""

    _whereabouts: feeds.Whereabouts
    _arrived: Arrived
    _since: sa.RootTransaction | None

    def state(self, record: str) -> State | None:
        """The state of a record, None if no change of it counts."""
        return self.states([record]).get(record)

    def states(self, records: Collection[str]) -> dict[str, State]:
        """The states of many records; those of which no change counts are left out."""
        found = self._counting(records).items()
        return {record: fold([each for each, _ in marked], ahead_of(marked)) for record, marked in found}

    def settle(self, records: Collection[str]) -> dict[str, State]:
        """The states of many records, as ``states``, after changes came in or others count; what a first download tells
        of each is kept from now on."""
        states, told = {}, {}
        for record, marked in self._counting(records).items():
            each, ahead = [one for one, _ in marked], ahead_of(marked)
            states[record] = fold(each, ahead)
            told[record] = snapshot_of(each, ahead, states[record])
        silent = self.areas_of(set(records) - told.keys())  # without what was never heard of
        texts = dict(zip(told, kept.packed(told.values()), strict=True))
        kept.keep(self.connection, dict.fromkeys(silent, kept.NOTHING) | texts)
        return states

    def unsettled(self, limit: int) -> Sequence[str]:
        """Some records that are yet to be settled."""
        return kept.absent(self.connection, limit)

    def unlike(self, records: Collection[str]) -> list[str]:
        """Those of these records of which a first download would tell another thing than the journal says."""
        found = kept.of_records(self.connection, records)
        wanted = self._told(found)
        return [record for record, text in found.items() if unpacked([text]) != unpacked([wanted[record]])]

    def snapshot(
        self, areas: Collection[str] | None, after_record: str | None = None, limit: int = 500
    ) -> tuple[list[bytes], str | None]:
        """A page of the records of some areas without their history, each as ``unpacked`` reads it, and the record
        to go on after."""
        within = sa.true() if areas is None else feeds.within(record_area.c.area, areas)
        found = kept.of_areas(self.connection, within, after_record, limit + 1)
        more = len(found) > limit
        texts = self._completed(dict(found[:limit]))
        return texts, found[limit - 1][0] if more else None

    def snapshots(self, records: Collection[str]) -> list[bytes]:
        """These records, as ``snapshot`` tells them; those of which no change counts are left out."""
        held = kept.of_records(self.connection, records)
        return self._completed({record: held.get(record) for record in sorted(set(records))})

    def area_of(self, record: str) -> str:
        """The area of a record, "" if it has none yet."""
        return self.areas_of([record]).get(record, "")

    def areas_of(self, records: Collection[str]) -> dict[str, str]:
        """The areas of many records; "" for one that has none yet, and those never heard of are left out."""
        return {record: area for record, (_survey, area) in self.whereabouts(records).items()}

    def whereabouts(self, records: Collection[str]) -> dict[str, tuple[str, str]]:
        """The survey and the area ("" while there is none) of many records; those never heard of are left out."""
        return self._whereabouts.of(records)

    def _counting(self, records: Collection[str]) -> dict[str, list[Marked]]:
        """The changes that count: of records that were just met from what has come, of others from the journal."""
        new = self._just_arrived().new
        found = self._changes_of([record for record in records if record not in new])
        found.update({record: new[record] for record in records if new.get(record)})
        return found

    def _just_arrived(self) -> Arrived:
        """What came last, as long as the transaction lasts in which it came: until then nobody else can write."""
        lasts = self._since is not None and self._since is self.connection.get_transaction()
        return self._arrived if lasts else Arrived([], {}, {})

    def _completed(self, found: Mapping[str, bytes | None]) -> list[bytes]:
        """What is told of each record, in their order, where something is; what is not kept is made."""
        made = self._told([record for record, text in found.items() if text is None])
        return [told for record, text in found.items() if (told := made[record] if text is None else text)]

    def _told(self, records: Collection[str]) -> dict[str, bytes]:
        """What a first download is to tell of each record, from the journal."""
        marked = self._changes_of(records)
        made = [snapshot_of([each for each, _ in some], ahead_of(some)) for some in marked.values()]
        texts = dict(zip(marked, kept.packed(made), strict=True))
        return {record: texts.get(record, kept.NOTHING) for record in records}
