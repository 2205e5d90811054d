"""Support of earlier years from a list: cases with decisions, progress and money, found by their households."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from openpyxl import Workbook

from fieldapp import imports
from fieldapp.db import db
from fieldapp.facts.tables import CaseFact, CaseMoney
from fieldapp.surveys import Payment, SupportCase
from tests.imports.conftest import Looked, Village, admin
from tests.imports.test_households import dump, fates

HEADINGS = (
    "TT", "Họ và tên chủ hộ", "Năm sinh", "Số CCCD", "Thôn", "Xã", "Xây mới", "Sửa chữa", "Số quyết định",
    "Ngày quyết định", "NSTW", "Ngân sách tỉnh", "Giải ngân đợt 1", "Ngày giải ngân đợt 1", "Số chứng từ đợt 1",
    "Giải ngân", "Tiến độ", "Ngày hoàn thành",
)  # fmt: skip


def workbook(path: Path, *rows: tuple[Any, ...]) -> Path:
    book = Workbook()
    book.active.append(["KẾT QUẢ HỖ TRỢ NHÀ Ở NĂM 2023"])
    book.active.append(["Đơn vị tính: triệu đồng"])
    book.active.append(HEADINGS)
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def known(village: Village) -> tuple[Any, ...]:
    year = int(village.known["birth_date"][:4])
    number = int(village.known["citizen_id"])
    return (1, village.known["head_name"], year, number, village.name, village.commune)


def test_a_case_comes_with_its_decision_its_progress_and_its_money(
    look: Looked, village: Village, tmp_path: Path
) -> None:
    whole = (*known(village), "x", None, "12/QĐ-UBND", "05/03/2023", 40, None, 28, "01/06/2023", "PC12", None,
             "Hoàn thành", "20/10/2023")  # fmt: skip
    two = (2, "Hoàng Văn Mới", 1970, 6070012345, village.name, village.commune, None, 1, "12/QĐ-UBND", "05/03/2023",
           20, 2, None, None, None, 22, "Đang xây dựng", None)  # fmt: skip
    before = dump()
    each = look(workbook(tmp_path / "a.xlsx", whole, two), "cases", every={"support_case.programme": "gnbv_2022"})
    assert fates(each) == {4: "new", 5: "new"}, [imports.sentences(row.told) for row in imports.rows_of(each.id)]
    imports.take(each.id, admin())
    case = db.session.scalars(sa.select(SupportCase).where(SupportCase.decision_number == "12/QĐ-UBND").where(
        SupportCase.household == village.known["id"])).one()  # fmt: skip
    fact = db.session.get_one(CaseFact, case.id)
    assert (fact.state, fact.since, fact.approved, fact.paid) == ("complete", "2023-10-20", 40_000_000, 28_000_000)
    [paid] = db.session.scalars(sa.select(Payment).where(Payment.case == case.id))
    assert (paid.tranche, paid.voucher, paid.paid_on, paid.fund_source) == ("1", "PC12", "2023-06-01", "nstw")
    other = db.session.scalars(sa.select(SupportCase).where(SupportCase.need_type == "sua_chua",
        SupportCase.decision_number == "12/QĐ-UBND")).one()  # fmt: skip
    shares = sa.select(CaseMoney.source, CaseMoney.paid).where(CaseMoney.record == other.id)
    assert dict(map(tuple, db.session.execute(shares))) == {"nstw": 20_000_000, "nsdp_tinh": 2_000_000}
    again = look(workbook(tmp_path / "a.xlsx", whole, two), "cases", every={"support_case.programme": "gnbv_2022"})
    assert fates(again) == {4: "known", 5: "known"}
    imports.undo(each.id, admin())
    assert dump() == before


def test_a_case_without_programme_or_household_says_so(look: Looked, village: Village, tmp_path: Path) -> None:
    strange = (1, "Hoàng Văn Lạ", 1970, None, village.name, village.commune, "x", *[None] * 11)
    path = workbook(tmp_path / "a.xlsx", strange)
    each = look(path, "cases", every={"support_case.programme": "gnbv_2022"}, households=False)
    assert fates(each) == {4: "wrong"}
    each = look(path, "cases", every={"support_case.programme": "no such"})
    assert "unknown_word" in [told[0] for row in imports.rows_of(each.id, "wrong") for told in row.told]
