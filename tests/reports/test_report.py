"""The report on the tiny province: its figures are those of the records, whoever asks and however it is cut."""

from __future__ import annotations

import csv
import io
from datetime import date
from itertools import pairwise

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp import intake, people, places, reports, review
from fieldapp.db import begin_writing, db
from fieldapp.facts.counting import needs_that_count
from fieldapp.facts.household import kind_of
from fieldapp.facts.standing import Standing
from fieldapp.housing import Difficulty
from fieldapp.i18n import speaking
from fieldapp.problems import NoDistricts, UnknownPlace, UnknownReport, UnknownVintage
from fieldapp.reference.naming import id_of, id_of_code
from fieldapp.reports.geography import Geography
from fieldapp.reports.issuer import issuer
from fieldapp.reports.scope import Options
from fieldapp.reports.table import Table
from fieldapp.surveys.household import Household
from fieldapp.surveys.housing_need import HousingNeed
from fieldapp.surveys.other_support import OtherSupport
from sync import WITHDRAWN

DAY = date(2026, 8, 23)
CUTS = [("district", "2023"), ("commune", "2023"), ("village", "2023"), ("commune", "2025"), ("village", "2025")]


def report(by: str = "commune", vintage: str = "2025", within: str = "", areas: frozenset[str] | None = None) -> Table:
    with speaking("vi"):
        options = Options.read(db.session(), by, vintage, within)
        return reports.find("housing-need").build(db.session(), options, areas, DAY)


@pytest.mark.parametrize(("by", "vintage"), CUTS)
def test_every_cut_has_the_same_total_and_adds_up(context: Flask, by: str, vintage: str) -> None:
    table = report(by, vintage)
    assert table.total.values == report().total.values
    for place, column in enumerate(table.columns):
        if column.rate is None:
            items = [row.values[place] for row in table.rows if row.level == "item"]
            assert sum(items) == table.total.values[place]  # type: ignore[arg-type]


def _approved() -> list[str]:
    """The housing surveys of which an approval holds."""
    row = Standing
    query = sa.select(row.record).where(row.survey == "housing_need", row.status == "approved")
    return list(db.session.scalars(query.order_by(row.record)))


def test_the_totals_are_those_of_the_records(context: Flask) -> None:
    totals = report().totals()
    households = db.session.scalars(sa.select(Household).where(sa.not_(Household.withdrawn))).all()
    assert totals["households"] == len(households)
    assert totals["poor"] == sum(each.poverty_class == "ngheo" for each in households)
    assert totals["near_poor"] == sum(each.poverty_class == "can_ngheo" for each in households)
    assert totals["approved"] == len(_approved())
    kinds = [totals[kind] or 0 for kind in ("no_house", "area", "quality", "both", "none")]
    assert totals["surveyed"] == sum(kinds)


@pytest.mark.parametrize(
    ("met", "open_", "kind"),
    [
        (("no_house",), (), "no_house"),
        (("area",), ("quality",), "area"),
        (("area", "quality"), (), "both"),
        ((), ("quality",), None),
        ((), (), "none"),
    ],
)
def test_a_household_counts_in_one_column_and_without_a_house_in_its_own(
    met: tuple[str, ...], open_: tuple[str, ...], kind: str | None
) -> None:
    assert kind_of(Difficulty(met, open_)) == kind


def test_communes_of_2023_stand_under_their_districts_with_subtotals(context: Flask) -> None:
    table = report("commune", "2023")
    assert [(row.ordinal, row.name) for row in table.rows if row.level == "group"] == [
        ("I", "Huyện Ba Bể"),
        ("II", "Huyện Chợ Đồn"),
    ]
    assert {row.level for row in report("commune", "2025").rows} == {"total", "item"}


def test_villages_of_one_name_in_a_merged_commune_are_told_apart(context: Flask) -> None:
    before = Geography(db.session(), 2025)
    first, second = next(
        (one, other)
        for section in before.sections("village", before.villages)
        for one, other in pairwise(line.code for line in section.lines)
        if before.villages[one].commune_code != before.villages[other].commune_code
    )
    merged = Geography(db.session(), 2025)
    listed = [before.villages[each] for each in (first, second)]
    merged.villages = {
        each.id: places.Village(id=each.id, vintage=each.vintage, commune_code=each.commune_code, name="Nà Mẩu")
        for each in listed
    }
    told = [line.name for section in merged.sections("village", [first, second]) for line in section.lines]
    known = places.Gazetteer(db.session()).everywhere
    communes = [known[village.vintage, village.commune_code].name for village in listed]
    assert told == [f"Nà Mẩu (trước đây: {commune})" for commune in communes]
    alone = [line.name for section in merged.sections("village", [first]) for line in section.lines]
    assert alone == ["Nà Mẩu"]


def test_the_issuer_is_the_office_of_the_day_on_which_the_paper_is_made_whatever_list_its_rows_are_of(
    context: Flask,
) -> None:
    for by, vintage in (("district", "2023"), ("commune", "2025")):
        assert report(by, vintage).issuer == ("ỦY BAN NHÂN DÂN TỈNH THÁI NGUYÊN", "SỞ XÂY DỰNG")
    assert report("district", "2023").place_and_date == "Thái Nguyên, ngày 23 tháng 8 năm 2026"
    assert report().signatures[1].title == "GIÁM ĐỐC"
    last, first = (issuer(db.session(), "housing-need", date(2025, *day), None) for day in ((6, 30), (7, 1)))
    assert (last.lines[0], last.seat) == ("ỦY BAN NHÂN DÂN TỈNH BẮC KẠN", "Bắc Kạn")
    assert (first.lines[0], first.seat) == ("ỦY BAN NHÂN DÂN TỈNH THÁI NGUYÊN", "Thái Nguyên")


def test_a_commune_prints_its_own_head_by_the_name_it_has_on_the_day(context: Flask) -> None:
    village = db.session.scalars(sa.select(Household.area).where(Household.area.is_not(None)).limit(1)).one()
    for vintage, day in ((2023, date(2025, 6, 30)), (2025, date(2026, 8, 23))):
        commune = places.commune_of(village or "", vintage)
        assert commune is not None
        found = issuer(db.session(), "housing-need", day, {village or ""})
        assert found.lines == ("ỦY BAN NHÂN DÂN", commune.name.upper())
        assert found.signature.title == "TM. ỦY BAN NHÂN DÂN – CHỦ TỊCH"


def test_an_office_or_signer_that_an_administrator_writes_down_is_printed_from_its_day_on(context: Flask) -> None:
    intake.take_shipped()
    quan = people.find_account("quan")
    seat = id_of_code("office", "so_xay_dung")
    intake.save("office", seat, {"to_on": "2026-08-22"}, account=quan)
    new = {"code": "so_moi", "name": "SỞ MỚI", "above": "UBND TỈNH", "level": "province", "papers": ["housing-need"]}
    office = id_of_code("office", "so_moi")
    intake.save("office", office, {**new, "from_on": "2026-08-23"}, account=quan)
    signer = {"office": office, "name": "Hà Thị Ký", "position": "PHÓ GIÁM ĐỐC", "mode": "kt"}
    intake.save("signer", id_of("signer", signer), signer, account=quan)
    db.session.commit()
    made = report("district", "2023")
    assert made.issuer == ("UBND TỈNH", "SỞ MỚI")
    assert (made.signatures[1].title, made.signatures[1].hint) == ("KT. PHÓ GIÁM ĐỐC", "Hà Thị Ký")
    assert issuer(db.session(), "housing-need", date(2026, 8, 22), None).lines[1] == "SỞ XÂY DỰNG"


def test_households_that_were_withdrawn_are_in_no_figure_and_told_of(context: Flask) -> None:
    before = report().totals()["households"]
    home = db.session.scalars(sa.select(Household).where(sa.not_(Household.withdrawn)).limit(1)).one()
    gone = db.session.scalar(sa.select(sa.func.count()).select_from(Household).where(Household.withdrawn)) or 0
    intake.save("household", home.id, {WITHDRAWN: True}, account=people.find_account("quan"))
    db.session.commit()
    after = report()
    assert after.totals()["households"] == (before or 0) - 1
    assert any(note.startswith(f"{gone + 1} hộ đã rút") for note in after.notes)


def test_each_person_sees_only_the_figures_of_her_area(context: Flask) -> None:
    areas = people.areas_of(people.find_account("binh"))
    assert areas is not None
    own, everything = report(areas=areas), report()
    counted = sa.select(sa.func.count()).select_from(Household).where(sa.not_(Household.withdrawn))
    count = counted.where(Household.area.in_(areas))
    assert own.totals()["households"] == db.session.scalar(count)
    assert own.totals()["households"] < everything.totals()["households"]  # type: ignore[operator]
    assert "Phạm vi: toàn tỉnh" not in own.scope


def test_a_place_can_be_chosen_and_one_outside_the_area_cannot(context: Flask) -> None:
    areas = people.areas_of(people.find_account("binh"))
    district = report("commune", "2023", within="061")
    assert {row.level for row in district.rows} == {"total", "group", "item"}
    assert district.totals()["households"] < report().totals()["households"]  # type: ignore[operator]
    with pytest.raises(UnknownPlace):
        report("commune", "2023", within="064", areas=areas)


@pytest.mark.parametrize(
    ("by", "vintage", "problem"),
    [("district", "2025", NoDistricts), ("commune", "1999", UnknownVintage), ("commune", "nay", UnknownVintage)],
)
def test_what_does_not_exist_is_said(context: Flask, by: str, vintage: str, problem: type[Exception]) -> None:
    with pytest.raises(problem):
        report(by, vintage)
    with pytest.raises(UnknownReport):
        reports.find("budget")


def test_a_contested_answer_is_counted_once_and_stated_under_the_table(context: Flask) -> None:
    before = report()
    record = db.session.scalars(sa.select(Household).where(sa.not_(Household.contested)).limit(1)).one()
    begin_writing()
    account, heads = people.find_account("quan"), record.heads["members"]
    for members in (9, 11):
        intake.save("household", record.id, {"members": members}, account=account, knowing={"members": heads})
    assert db.session.get_one(Household, record.id, populate_existing=True).contested
    after = report()
    assert after.totals()["households"] == before.totals()["households"]
    assert any("chỗ chưa khớp" in note for note in after.notes)


def test_an_approved_record_that_is_changed_is_no_longer_counted_as_approved(context: Flask) -> None:
    before = report().totals()["approved"]
    need = _approved()[0]
    begin_writing()
    intake.save("housing_need", need, {"remarks": "Đã đo lại"}, account=people.find_account("quan"))
    assert report().totals()["approved"] == before - 1  # type: ignore[operator]


def test_a_withdrawn_household_is_counted_no_more(context: Flask) -> None:
    before = report().totals()["households"]
    record = db.session.scalars(sa.select(Household.id).limit(1)).one()
    begin_writing()
    intake.save("household", record, {"_withdrawn": True}, account=people.find_account("quan"))
    assert report().totals()["households"] == before - 1  # type: ignore[operator]


def test_a_household_without_a_known_village_is_not_left_out_of_the_whole(context: Flask) -> None:
    from sync import new_record_id

    before = report().totals()["households"]
    begin_writing()
    intake.save("household", new_record_id(), {"head_name": "Lý Văn Lạ"}, account=people.find_account("quan"))
    table = report()
    assert table.totals()["households"] == before + 1  # type: ignore[operator]
    assert table.rows[-1].name == "Thôn không có trong danh mục địa bàn này"


def test_a_moving_household_needs_a_new_house_and_one_that_refuses_needs_none(context: Flask) -> None:
    before = report().totals()
    needs = db.session.scalars(sa.select(HousingNeed).where(HousingNeed.need_type == "xay_moi")).all()
    begin_writing()
    account = people.find_account("quan")
    wanted = [need.id for need in needs if not need.refuses][:2]
    intake.save("housing_need", wanted[0], {"need_type": "di_chuyen"}, account=account)
    intake.save("housing_need", wanted[1], {"refuses": True}, account=account)
    after = report().totals()
    assert after["need_new"] == before["need_new"] - 1  # type: ignore[operator]
    assert after["surveyed"] == before["surveyed"]


def test_every_format_says_the_same_figures(context: Flask) -> None:
    table = report("commune", "2023")
    with speaking("vi"):
        lines = list(csv.reader(io.StringIO(reports.WRITERS["csv"].write(table).decode("utf-8-sig"))))
    assert [line[3] for line in lines[1:]] == [str(row.values[0]) for row in table.rows]


def test_other_support_is_counted_and_summed_by_year_and_policy(context: Flask) -> None:
    given = db.session.scalars(sa.select(OtherSupport)).all()
    with speaking("vi"):
        options = Options.read(db.session())
        table = reports.find("other-support").build(db.session(), options, None, DAY)
        nowhere = reports.find("other-support").build(db.session(), options, frozenset(), DAY)
    totals = table.totals()
    assert totals["times"] == len(given)
    assert totals["amount"] == sum(each.amount or 0 for each in given)
    assert totals["in_kind"] == sum(each.amount is None for each in given)
    assert [row.name for row in table.rows if row.level == "group"] == ["Năm 2025"]
    cards = next(row for row in table.rows if row.name == "Thẻ bảo hiểm y tế")
    assert cards.values[0] == sum(each.policy == "the_bhyt" for each in given) > 0
    for unit in ("nguoi", "luot", "ho", "trieu_dong"):
        assert totals[f"unit_{unit}"] == sum(each.quantity or 0 for each in given if each.unit == unit)
    assert nowhere.totals()["times"] == 0
    assert reports.file_name(table, "csv") == "other-support-2025-20260823.csv"


def test_what_a_refused_survey_asks_for_is_no_need_and_the_report_says_so(context: Flask) -> None:
    before = report()
    needs = needs_that_count(columns=[HousingNeed.need_type, HousingNeed.refuses]).values()
    asking = next(need for need in needs if need["need_type"] == "xay_moi" and not need["refuses"])
    need = db.session.get(HousingNeed, asking["id"])
    assert need
    begin_writing()
    why = {"seen": review.heads_of(need), "comment": "Hộ đã có nhà ở nơi khác."}
    review.decide(need, "refuse", account=people.find_account("binh"), **why)
    db.session.commit()
    after = report()
    assert (after.totals()["need"], after.totals()["surveyed"]) == (
        before.totals()["need"] - 1,
        before.totals()["surveyed"],
    )  # type: ignore[operator]
    assert any("bị cán bộ duyệt từ chối" in note for note in after.notes)
    assert not any("bị cán bộ duyệt từ chối" in note for note in before.notes)
