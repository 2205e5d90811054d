"""A table adds up whatever it is filled with, and says by its column numbers how."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.facts import figures
from fieldapp.i18n import speaking
from fieldapp.reports.housing_need import columns, notes
from fieldapp.reports.table import Group, Row, Table, column_numbers, parted, roman, rows
from tests.reports.tables import Case, tally

VILLAGES = ["2023.01930.001", "2023.01930.002", "2023.01933.001", "2023.01960.001"]

cases = st.lists(
    st.builds(
        Case,
        village=st.sampled_from(VILLAGES),
        poverty_class=st.sampled_from(["ngheo", "can_ngheo", "khac", None]),
        difficulty=st.sampled_from(["no_house", "area", "quality", "both", "none", None]),
        wanted=st.sampled_from(["new", "repair", None]),
        status=st.sampled_from(["waiting", "approved", "refused"]),
        stage=st.sampled_from(["not_started", "building", "complete"]),
        contested=st.booleans(),
    ),
    max_size=40,
)


def _rows(given_cases: list[Case]) -> tuple[Row, ...]:
    counts = tally(given_cases)
    items = tuple((village, village, counts.get(village, {})) for village in VILLAGES)
    groups = (Group("Huyện A", "060", items[:2]), Group("Huyện B", "061", items[2:]))
    return rows(columns(), groups, "Tổng cộng")


@settings(max_examples=60, deadline=None)
@given(cases)
def test_every_count_of_the_total_is_the_sum_of_the_groups_and_of_the_places(given_cases: list[Case]) -> None:
    lines = _rows(given_cases)
    for place, column in enumerate(columns()):
        if column.rate is None:
            for level in ("group", "item"):
                assert lines[0].values[place] == sum(line.values[place] for line in lines if line.level == level)


@settings(max_examples=60, deadline=None)
@given(cases)
def test_every_formula_of_the_column_numbers_holds_on_every_line(given_cases: list[Case]) -> None:
    numbers = column_numbers(columns())
    for line in _rows(given_cases):
        for number, value in zip(numbers, line.values, strict=True):
            _, equals, formula = number.partition("=")
            if "+" in formula:
                assert value == sum(line.values[int(part) - 1] for part in formula.split("+"))
            elif equals:
                part, whole = (line.values[int(place) - 1] for place in formula.split("/"))
                assert value == (Fraction(part, whole) if 0 <= part <= whole and whole else None)


@settings(max_examples=30, deadline=None)
@given(cases)
def test_each_household_is_counted_exactly_once(given_cases: list[Case]) -> None:
    values = dict(zip((column.key for column in columns()), _rows(given_cases)[0].values, strict=True))
    assert values["households"] == len(given_cases)
    assert values["surveyed"] == sum(case.difficulty is not None for case in given_cases)
    assert values["complete"] == sum(case.stage == "complete" for case in given_cases)


sizes = st.lists(st.integers(1, 12), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(sizes, st.booleans(), st.integers(1, 15))
def test_the_parts_of_a_table_hold_each_line_once_under_its_total_and_tear_no_group(
    sizes: list[int], named: bool, most: int
) -> None:
    groups = tuple(Group(f"Xã {n}" * named, str(n), tuple([("Thôn", "", {})] * size)) for n, size in enumerate(sizes))
    lines = rows((), groups, "Tổng cộng")
    parts = parted(lines, most)
    assert tuple(row for part in parts for row in part.rows[1:]) == lines[1:]
    assert [part.first for part in parts[1:]] == [part.last + 1 for part in parts[:-1]]
    for part in parts:
        assert part.rows[0] == lines[0]
        assert part.rows[1:] == lines[part.first : part.last + 1]
        assert len(part.rows) <= most + (1 + max(sizes) if named else 1)
        assert not named or part.rows[1].level == "group"


@settings(max_examples=60, deadline=None)
@given(cases)
def test_the_sum_of_packed_households_is_their_counts(given_cases: list[Case]) -> None:
    for village, counted in tally(given_cases).items():
        own = [figures.packed(tally([case])[village]) for case in given_cases if case.village == village]
        assert figures.unpacked([sum(numbers) for numbers in zip(*own, strict=True)]) == counted


def test_column_numbers_name_the_parts_of_a_sum_and_of_a_rate() -> None:
    assert column_numbers(columns())[3] == "4=5+6+7+8+9"
    assert column_numbers(columns())[-1] == "19=18/13"


def test_headings_cover_every_column_of_every_heading_row_exactly_once() -> None:
    table = _empty_table()
    covered = [
        (row, column)
        for cell in table.headings()
        for row in range(cell.row, cell.row + cell.rows)
        for column in range(cell.column, cell.column + cell.columns)
    ]
    width = len(table.columns) + 2
    assert sorted(covered) == [(row, column) for row in range(table.depth) for column in range(width)]


def test_groups_are_numbered_in_roman_and_their_places_from_one() -> None:
    assert [line.ordinal for line in _rows([])] == ["", "I", "1", "2", "II", "1", "2"]
    assert [roman(n) for n in (4, 9, 14, 40, 99)] == ["IV", "IX", "XIV", "XL", "XCIX"]


def test_contested_answers_and_early_starts_are_stated_under_the_table() -> None:
    with speaking("en"):
        said = notes({"contested": 3, "started_unapproved": 1})
    assert "3 households have answers that do not agree yet; the newest answer is counted." in said
    assert "1 household started without an approval that holds." in said
    with speaking("en"):
        silent = notes({})
    assert not [each for each in silent if "do not agree" in each or "without an approval" in each]


def _empty_table() -> Table:
    from datetime import date

    from fieldapp.reports.table import Signature

    return Table(
        name="t", title="t", issuer=("a", "b"), motto=("c", "d"), place_and_date="", scope="", unit="",
        place_heading="B", ordinal_heading="A", columns=columns(), rows=_rows([]),
        signatures=(Signature("x", "y"),), made_on=date(2026, 8, 23),
    )  # fmt: skip
