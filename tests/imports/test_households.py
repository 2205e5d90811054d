"""Lists of households: the fate of each row, taken as one batch, and taken back whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldapp import imports, intake
from fieldapp.db import begin_writing, db
from fieldapp.imports import ListImport
from fieldapp.imports.models import ListImport as Import
from fieldapp.imports.models import ListRow, ListShape
from fieldapp.intake.areas import Leaning
from fieldapp.surveys import SURVEYS, Household, HousingNeed
from fieldapp.surveys.base import Base
from tests.imports.conftest import Looked, Village, admin
from tests.imports.lists import in_tcvn3
from tests.statements import counted

Listed = Callable[..., Path]
NEW = (1, "NGUYỄN VĂN TÂN", 1975, None, "Tày", 6075012345, "5", "Nghèo", "x", None)


def fates(each: ListImport) -> dict[int, str]:
    return {row.row: row.fate for row in imports.rows_of(each.id) if row.fate != "aside"}


def row_of(village: Village, **other: Any) -> tuple[Any, ...]:
    """The household that is known here, as a list says it."""
    known = {**village.known, **other}
    man = known["head_sex"] == "nam"
    born = "/".join(reversed(known["birth_date"].split("-")))
    return (
        7, known["head_name"].upper(), born if man else None, None if man else born, None,
        int(known["citizen_id"]), known["members"], None, None, None,
    )  # fmt: skip


def test_a_real_list_is_read_with_all_that_is_odd_in_it(look: Looked, listed: Listed, village: Village) -> None:
    old = (2, in_tcvn3("Hoàng Thị Đào"), None, 27395, in_tcvn3("Dao Tiền"), None, 4, in_tcvn3("Cận nghèo"), None, "x")
    each = look(listed(NEW, old, row_of(village)))
    assert fates(each) == {9: "new", 10: "new", 11: "known"}
    assert each.counts["aside"] == 5  # the numbers of the columns, two titles, the sum, the signature
    imports.take(each.id, admin())
    found = db.session.scalars(sa.select(Household).where(Household.citizen_id == "006075012345")).one()
    assert (found.head_name, found.head_sex, found.birth_date, found.members) == ("Nguyễn Văn Tân", "nam", "1975", 5)
    assert (found.village, found.id_document) == (village.id, "cccd")
    daughter = db.session.scalars(sa.select(Household).where(Household.head_name == "Hoàng Thị Đào")).one()
    assert (daughter.ethnic_group, daughter.birth_date, daughter.poverty_class) == ("dao", "1975-01-01", "can_ngheo")
    needs = sa.select(HousingNeed.need_type).where(HousingNeed.household.in_((found.id, daughter.id)))
    assert sorted(map(str, db.session.scalars(needs))) == ["sua_chua", "xay_moi"]


def test_a_code_that_two_households_of_a_village_have_is_told_and_both_come_in(look: Looked, listed: Listed) -> None:
    other = (1, "LÝ THỊ HOA", None, 1980, "Dao", None, 4, "Nghèo", None, None)
    each = look(listed(NEW, other))
    assert fates(each) == {9: "new", 10: "new"}
    assert [row.told for row in imports.rows_of(each.id, "new")] == [[], [["same_code", {"value": "1", "row": 9}]]]
    assert imports.sentences(imports.rows_of(each.id, "new")[1].told)


def test_a_long_list_of_needs_asks_no_more_than_a_short_one(look: Looked, listed: Listed) -> None:
    asked = {}
    for many in (3, 40):
        rows = [(at, f"Hoàng Văn {chr(65 + at % 26)}{many}{at}", 1950 + at, None, "Tày", None, 4, "Nghèo", "x", None)
                for at in range(many)]  # fmt: skip
        with counted() as statements:
            each = look(listed(*rows))
        assert each.counts["new"] == many
        asked[many] = len([said for said, _values in statements if "housing_need" in said])
    assert asked[40] == asked[3] > 0


def test_the_same_list_again_brings_nothing_new(look: Looked, listed: Listed, village: Village) -> None:
    imports.take(look(listed(NEW, row_of(village))).id, admin())
    again = look(listed(NEW, row_of(village)))
    assert fates(again) == {9: "known", 10: "known"}


def test_an_answer_given_after_the_day_of_the_list_is_asked_about_and_never_overwritten(
    look: Looked, listed: Listed, village: Village
) -> None:
    more = village.known["members"] + 1
    late = look(listed(row_of(village, members=more), day="31/12/2015"))
    assert fates(late) == {9: "doubt"}
    [row] = imports.rows_of(late.id, "doubt")
    assert row.differs == [["household", "members", more - 1, more]]
    imports.choose(late.id, {9: "take"})
    assert fates(late) == {9: "changes"}
    early = look(listed(row_of(village, members=more)), day="2099-01-01")
    assert fates(early) == {9: "changes"}


def test_what_a_tablet_says_between_looking_and_taking_is_a_conflict_and_not_lost(
    look: Looked, listed: Listed, village: Village
) -> None:
    more = village.known["members"] + 1
    each = look(listed(row_of(village, members=more)), day="2099-01-01")
    begin_writing()
    intake.save("household", village.known["id"], {"members": more + 1}, account=admin())
    db.session.commit()
    imports.take(each.id, admin())
    held = db.session.get_one(Household, village.known["id"])
    assert sorted(held.conflicts["members"]) == [more, more + 1]


def test_a_household_that_is_only_alike_is_asked_about(look: Looked, listed: Listed, village: Village) -> None:
    number = "006" + village.known["citizen_id"][3:-2] + "77"
    alike = row_of(village, citizen_id=number)
    each = look(listed(alike, NEW, NEW))
    assert fates(each) == {9: "doubt", 10: "new", 11: "doubt"}
    imports.choose(each.id, {9: village.known["id"], 11: "out"})
    assert fates(each)[11] == "doubt"
    row = imports.rows_of(each.id)[3]
    assert (row.row, row.record) == (9, village.known["id"])
    imports.choose(each.id, {9: "new"})
    assert fates(each)[9] == "new"
    assert imports.take(each.id, admin()).counts["new"] == 2


def test_a_row_that_is_wrong_says_where_and_stays_out(look: Looked, listed: Listed) -> None:
    wrong = (3, "Lý Văn B", "31/02/1980", None, "Klingon", None, 3, "Nghèo", None, None)
    each = look(listed(wrong, NEW))
    assert fates(each) == {9: "wrong", 10: "new"}
    [row] = imports.rows_of(each.id, "wrong")
    told = " ".join(imports.sentences(row.told))
    assert "Năm sinh" in told
    assert "31/02/1980" in told
    assert "Klingon" in told
    meant = look(listed(wrong, NEW), words={"household.ethnic_group": {"klingon": "kinh"}}, lenient=True)
    assert fates(meant) == {9: "new", 10: "new"}


def test_how_a_list_was_read_is_remembered_by_its_headings(look: Looked, listed: Listed) -> None:
    look(listed(NEW), words={"household.ethnic_group": {"klingon": "kinh"}})
    other = (3, "Lý Văn B", 1980, None, "Klingon", None, 3, "Nghèo", None, None)
    assert fates(look(listed(other))) == {9: "new"}


def dump() -> dict[str, list[Any]]:
    """Every table but the journal, what is known of lists, and where that lies which was taken back."""
    own = {each.__tablename__ for each in (Import, ListRow, ListShape, Leaning)}
    tables = [table for name, table in sorted(Base.metadata.tables.items()) if name not in own]
    return {table.name: sorted(map(repr, db.session.execute(sa.select(table)))) for table in tables}


ROWS = st.lists(
    st.builds(
        lambda name, born, number, members, work: (
            1,
            name,
            born,
            None,
            "Tày",
            number,
            members,
            "Nghèo",
            "x" if work else None,
            None if work else "x",
        ),
        st.sampled_from(["Lý A", "Nông Văn B", "Hoàng C"]),
        st.integers(1950, 2000),
        st.one_of(st.none(), st.integers(6_050_000_000, 6_099_999_999)),
        st.integers(1, 12),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(rows=ROWS, more=st.integers(1, 3))
def test_importing_and_undoing_leaves_every_table_as_it_was(
    look: Looked, listed: Listed, village: Village, rows: list[tuple[Any, ...]], more: int
) -> None:
    before = dump()
    changed = row_of(village, members=village.known["members"] + more)
    each = imports.take(look(listed(*rows, changed), day="2099-01-01").id, admin())
    after = dump()
    assert after != before
    imports.undo(each.id, admin())
    assert dump() == before
    imports.redo(each.id, admin())
    assert dump() == after
    imports.undo(each.id, admin())


def test_nothing_is_in_before_it_is_confirmed(look: Looked, listed: Listed, village: Village) -> None:
    before = dump()
    look(listed(NEW, row_of(village, members=12)))
    assert dump() == before


def test_what_is_told_of_surveys_fits_their_questions() -> None:
    for kind in imports.KINDS:
        for field in imports.fields(kind).values():
            assert field.group not in SURVEYS or field.question is not None or field.group == "payment"
