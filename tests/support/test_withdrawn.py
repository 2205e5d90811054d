"""A case that one node withdrew while another paid for it, as both are here after they have met: it is seen to on its
page, and nobody withdraws by hand what money hangs on."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic import command
from flask.testing import FlaskClient

from fieldapp import intake, people, review
from fieldapp.db import alembic_config, begin_writing, db, upgrade
from fieldapp.facts.tables import CaseFact, CaseMoney
from fieldapp.reference.naming import id_of_code
from fieldapp.surveys import SURVEYS
from sync import WITHDRAWN
from tests.pages import Page, check_page
from tests.postgres import ON_EACH_DATABASE
from tests.support.conftest import MILLION, Cases
from tests.support.test_counter_entries import entered

Visitors = Callable[[str], FlaskClient]
Pages = Callable[..., Page]
EDITS = {"case": {"state_on": "2023-04-11"}, "household": {"members": 5}, "need": {"visited_on": "2026-08-02"}}
TOLD = "Hồ sơ đã bị rút ở một nơi trong khi nơi khác chi tiền"


@pytest.fixture
def case(support: Cases) -> str:
    made = support.case()
    support.pay(made, 20)
    return made


def withdrawn(support: Cases, case: str) -> None:
    support.save("support_case", {WITHDRAWN: True}, case)


def hrefs(page: Page) -> list[str]:
    return [each.get("href", "") for each in page.all(".//a")]


def test_it_is_told_with_what_to_do_and_its_page_opens_with_its_money(support: Cases, page: Pages, case: str) -> None:
    withdrawn(support, case)
    doubts = page("/cases/doubts")
    assert doubts.text.count(TOLD) == 1
    assert f"/cases/{case}" in hrefs(doubts)
    own = page(f"/cases/{case}")
    assert TOLD in own.text
    assert "20.000.000" in own.text
    assert not [each for each in own.all(".//form") if "/moves" in each.get("action", "")]
    assert not [each for each in hrefs(own) if each.startswith("/records/new/") and "corrects=" not in each]


def test_its_payments_are_taken_back_there_and_then_nothing_of_it_is_left(
    support: Cases, as_: Visitors, page: Pages, case: str
) -> None:
    withdrawn(support, case)
    [address] = [each for each in hrefs(page(f"/cases/{case}")) if "corrects=" in each]
    assert entered(as_("binh"), address, amount="15 triệu") == ""
    assert support.money(case) == {"nstw": (0, 5)}
    assert entered(as_("binh"), address, amount="5 triệu", voucher="D2") == ""
    assert support.fact(case) == {}
    assert TOLD not in page("/cases/doubts").text
    back = as_("binh").get(f"/cases/{case}")
    assert (back.status_code, back.headers["Location"]) == (302, f"/records/{case}")
    again = entered(as_("binh"), address, amount="1 triệu", voucher="D3")
    assert "không còn khoản nào đã chi để đảo lại" in again
    assert support.sound()


def test_its_payments_are_in_the_table_the_file_the_list_and_the_months(
    support: Cases, as_: Visitors, page: Pages, case: str
) -> None:
    before = paid_of_all(as_("quan"), page)
    assert len(before) == 5
    assert len(set(before)) == 1
    withdrawn(support, case)
    assert paid_of_all(as_("quan"), page) == before
    support.pay(case, 1)
    assert paid_of_all(as_("quan"), page) == [each + MILLION for each in before]


def paid_of_all(client: FlaskClient, page: Pages) -> list[int]:
    """What is paid over the province: in a report as a file and as a page, of all months, on the list of cases, and by
    the payments themselves."""
    table, payments = rows_of(client, "/reports/disbursement/file.csv"), rows_of(client, "/reports/records/payment.csv")
    column = next(name for name in table[0] if name.startswith("Số tiền đã giải ngân") and name.endswith("Tổng số"))
    total = next(row[column] for row in table if row["Địa bàn"] == "Tổng cộng")
    shown = [page(address, who="quan").text for address in ("/reports/disbursement", "/figures/vouchers", "/cases/")]
    patterns = (r"([\d.]+) Số tiền đã giải ngân", r"tổng cộng ([\d.]+) đồng", r"đã chi ([\d.]+) đồng")
    found = [re.search(pattern, text) for pattern, text in zip(patterns, shown, strict=True)]
    return [
        int(total),
        *(int(each[1].replace(".", "")) for each in found if each),
        sum(int(row["Số tiền"]) for row in payments),
    ]


def rows_of(client: FlaskClient, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(address).get_data(as_text=True).lstrip("\ufeff"))))


@pytest.mark.parametrize("which", ["case", "household", "need"])
def test_a_dispute_about_withdrawing_is_not_settled_so_that_money_is_out_for_what_is_gone(
    support: Cases, as_: Visitors, case: str, which: str
) -> None:
    survey = {"case": "support_case", "household": "household", "need": "housing_need"}[which]
    record = case if which == "case" else support.answer("support_case", case, which)
    knew = support.answer(survey, record, "heads")
    support.save(survey, EDITS[which], record)
    with support.inside():
        begin_writing()
        intake.save(survey, record, {WITHDRAWN: True}, account=people.find_account("quan"), knowing=knew)
        db.session.commit()
    with support.inside():
        [conflict] = review.conflicts_of(intake.journal().state(record))
        gone = next(head.id for head in conflict.sides if head.value is True)
        form = {"question": WITHDRAWN, "head": gone, "seen": " ".join(conflict.ids)}
    answer = as_("binh").post(f"/records/{record}/settlements", data=form)
    assert answer.status_code == 409
    assert "đảo các khoản chi" in check_page(answer.get_data(as_text=True), "vi").text
    assert support.answer(survey, record, "contested")
    assert support.money(case)["nstw"] == (40, 20)


@pytest.mark.parametrize(("state", "status"), [("approved", 409), ("refused", 409), ("settled", 302)])
@pytest.mark.parametrize("which", ["household", "need"])
def test_what_a_case_with_money_stands_on_is_withdrawn_once_the_case_is_settled(
    support: Cases, as_: Visitors, case: str, which: str, state: str, status: int
) -> None:
    support.save("support_case", {"state": state}, case)
    record = support.answer("support_case", case, which)
    with support.inside():
        model = SURVEYS["household" if which == "household" else "housing_need"]
        seen = " ".join(review.heads_of(db.session.get_one(model, record)))
        last = review.decisions_about(record)
        form = {"gone": "yes", "seen": seen, "decided": last[0].id if last else ""}
    answer = as_("binh").post(f"/records/{record}/withdrawal", data=form)
    assert answer.status_code == status
    assert support.doubts(case) == (["not_approved"] if state == "refused" else ["before_milestone"])


@ON_EACH_DATABASE
def test_an_upgrade_brings_the_money_of_withdrawn_cases_back_into_the_sums(support: Cases, case: str) -> None:
    other = support.case()
    support.save("household", {WITHDRAWN: True}, support.answer("support_case", other, "household"))
    withdrawn(support, case)
    with support.app.app_context():
        intake.catch_up()  # no rule comes with the upgrade, or all cases would be looked at again
        for table in (CaseFact, CaseMoney):
            db.session.execute(sa.delete(table).where(table.record == case))
        db.session.execute(sa.update(CaseFact).values(doubts="", doubted=False))
        db.session.commit()
        command.downgrade(alembic_config(), "0050")
    upgrade(support.app)
    with support.app.app_context():
        intake.catch_up()
    assert (support.money(case), support.doubts(case)) == ({"nstw": (0, 20)}, ["withdrawn_with_money"])
    assert support.doubts(other) == ["household_gone"]


def test_no_decision_is_signed_under_a_programme_that_is_no_rule_any_more(support: Cases, page: Pages) -> None:
    listed = support.listed()
    with support.inside():
        begin_writing()
        intake.take_shipped()
        db.session.commit()
    draft = support.draft([listed])
    gnbv = id_of_code("programme", "gnbv_2022")
    support.save("programme", {WITHDRAWN: True}, gnbv)
    assert (
        "Phải xem ở trang hồ sơ: Đặng Thị Mến. Chương trình của hồ sơ này không còn trong các quy định."
        in support.sign(draft, "Đã họp")
    )
    assert "không còn trong các quy định" in page(f"/cases/{listed}").text
    assert "CTMTQG giảm nghèo bền vững" in page(f"/cases/{listed}").text
    told = page(f"/decisions/{draft}", "quan").text
    assert "Chương trình không còn hoặc chưa mở" in told
    support.save("programme", {WITHDRAWN: False}, gnbv)
    assert support.sign(draft) == ""
