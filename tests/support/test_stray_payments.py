"""Money that was paid for a case which is not here: it is in no sum, and so it is told until the case is back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from flask.testing import FlaskClient

from fieldapp import intake, people
from fieldapp.cases.strays import incomplete
from fieldapp.db import alembic_config, begin_writing, db, upgrade
from fieldapp.facts.tables import CasePart, StrayPayment
from fieldapp.i18n import speaking
from fieldapp.surveys import questions
from sync import new_record_id
from tests.pages import Page
from tests.postgres import AGAIN_ON_POSTGRESQL, ON_EACH_DATABASE
from tests.support.conftest import MILLION, Cases

Pages = Callable[..., Page]
TOLD = "Khoản đã chi mà hồ sơ hỗ trợ không có ở đây"


@pytest.fixture
def case(support: Cases) -> str:
    made = support.case()
    support.pay(made, 20, voucher="UNC 7")
    return made


def ruled(support: Cases, record: str, verdict: str) -> None:
    """An administrator decides about every change of a record."""
    with support.inside():
        changes = [entry.change.id for entry in intake.journal().history(record)]
        begin_writing()
        intake.rule(changes, verdict, account=people.find_account("quan"))
        db.session.commit()


def strays(support: Cases) -> dict[str, list[int]]:
    """The millions that are out, by the case that is not here."""
    found: dict[str, list[int]] = {}
    with support.inside():
        for record, amount in db.session.execute(sa.select(StrayPayment.record, StrayPayment.amount)):
            found.setdefault(record, []).append(amount // MILLION)
    return {record: sorted(amounts) for record, amounts in found.items()}


@ON_EACH_DATABASE
def test_it_is_told_to_who_sees_its_village_as_long_as_the_case_is_not_here(
    support: Cases, page: Pages, case: str
) -> None:
    support.pay(case, 5, voucher="UNC 8")
    assert TOLD not in page("/cases/doubts").text
    whole = support.money(case)
    for _again in range(2):
        ruled(support, case, "exclude")
        assert strays(support) == {case: [5, 20]}
        told = page("/cases/doubts")
        assert TOLD in told.text
        assert "chứng từ UNC 7, 20.000.000 đồng" in told.text
        assert "Đặng Thị Mến" in told.text
        assert "/cases/doubts" in [each.get("href", "") for each in page("/").all(".//a")]
        assert support.sound()
        ruled(support, case, "include")
        assert strays(support) == {}
        assert TOLD not in page("/cases/doubts").text
        assert support.money(case) == whole
        assert support.sound()


def test_what_was_taken_back_wholly_is_not_told(support: Cases, case: str) -> None:
    [payment] = support.payments(case)
    support.pay(case, 20, entry="but_toan_dao", corrects=payment, tranche=None, voucher="D1")
    ruled(support, case, "exclude")
    assert strays(support) == {}
    assert support.sound()


def test_it_goes_with_its_payment_too_and_comes_back_with_it(support: Cases, case: str) -> None:
    [payment] = support.payments(case)
    ruled(support, case, "exclude")
    for verdict, expected in (("exclude", {}), ("include", {case: [20]})):
        ruled(support, payment, verdict)
        assert strays(support) == expected
        assert support.sound()


@ON_EACH_DATABASE
def test_an_upgrade_finds_those_that_are_there_already(support: Cases, case: str) -> None:
    ruled(support, case, "exclude")
    with support.app.app_context():
        intake.catch_up()
        db.session.execute(sa.delete(CasePart).where(CasePart.record == case))
        db.session.commit()
        command.downgrade(alembic_config(), "0052")
    upgrade(support.app)
    with support.app.app_context():
        intake.catch_up()
    assert strays(support) == {case: [20]}


LACKING: dict[str, dict[str, Any]] = {
    "case": {"case": None},
    "source": {"fund_source": None},
    "amount": {"amount": None},
    "day": {"paid_on": None},
}


@AGAIN_ON_POSTGRESQL
@pytest.mark.parametrize("lacking", LACKING.values(), ids=list(LACKING))
def test_one_that_does_not_say_all_is_told_with_what_is_missing_to_who_sees_its_village(
    support: Cases, page: Pages, case: str, lacking: dict[str, Any]
) -> None:
    whole = support.money(case)
    said = {"household": support.answer("support_case", case, "household"), "case": case, "entry": "chi"}
    said |= {"fund_source": "nstw", "amount": 5 * MILLION, "paid_on": "2023-06-01", "voucher": "UNC 8"}
    payment = support.save("payment", {**said, **lacking})
    if "paid_on" not in lacking:
        assert support.money(case) == whole
    [name] = lacking
    with support.inside():
        [one] = incomplete(None, 9)
        assert (one.record, one.told) == (payment, "UNC 8")
        assert incomplete({one.area or ""}, 9) == [one]
        assert incomplete({"2023.01840.001"}, 9) == []
        with speaking("vi"):
            asked = str(questions("payment")[name].short)
    told = page("/cases/doubts").text
    assert "Khoản chi chưa ghi đủ để cộng vào tổng" in told
    assert f"chưa trả lời: {asked}" in told
    assert "/cases/doubts" in [each.get("href", "") for each in page("/").all(".//a")]
    ruled(support, payment, "exclude")
    assert "Khoản chi chưa ghi đủ" not in page("/cases/doubts").text
    assert support.sound()


def without_an_amount(support: Cases, case: str) -> str:
    """A payment that a file brought, in one batch with another that is whole."""
    said = {"household": support.answer("support_case", case, "household"), "case": case, "entry": "chi"}
    said |= {"fund_source": "nstw", "paid_on": "2023-06-01"}
    payments = [(new_record_id(), {**said, "voucher": "UNC 8"}), (new_record_id(), {**said, "amount": 5 * MILLION})]
    with support.inside():
        begin_writing()
        edits = [("payment", record, answers) for record, answers in payments]
        intake.save_all(edits, account=people.find_account("quan"))
        db.session.commit()
    return payments[0][0]


@AGAIN_ON_POSTGRESQL
def test_one_is_taken_out_alone_and_counted_again_and_of_two_who_do_it_at_once_the_second_is_told_who_was_first(
    support: Cases, page: Pages, as_: Callable[[str], FlaskClient], case: str
) -> None:
    """Its batch stays as it is, and so does what else came with it."""
    payment = without_an_amount(support, case)
    whole, address = support.money(case), f"/cases/doubts/payments/{payment}"
    assert f'href="{address}"' in page("/cases/doubts", "quan").html
    assert f'href="{address}"' not in page("/cases/doubts", "binh").html
    assert as_("binh").post(address, data={"verdict": "exclude"}).status_code == 403
    assert "UNC 8" in page(address, "quan").text
    answers = [as_("quan").post(address, data={"verdict": "exclude"}) for _who in range(2)]
    assert [each.status_code for each in answers] == [302, 409]
    with support.inside():
        name = people.find_account("quan").name
    assert f"{name} đã quyết định về khoản chi này trước" in answers[1].get_data(as_text=True)
    assert "Khoản chi chưa ghi đủ" not in page("/cases/doubts").text
    assert (support.money(case), support.sound()) == (whole, True)
    again = as_("quan").get(f"/records/{payment}", follow_redirects=True).get_data(as_text=True)
    assert "UNC 8" in again
    assert again.count(name) >= 3
    assert as_("quan").post(address, data={"verdict": "include"}).status_code == 302
    assert f'href="{address}"' in page("/cases/doubts", "quan").html
    assert support.sound()


def test_a_payment_that_is_in_the_sums_is_taken_out_by_nobody(
    support: Cases, as_: Callable[[str], FlaskClient], case: str
) -> None:
    [payment] = support.payments(case)
    refused = as_("quan").post(f"/cases/doubts/payments/{payment}", data={"verdict": "exclude"})
    assert refused.status_code == 409
    assert "bút toán đảo" in refused.get_data(as_text=True)
    assert support.payments(case) == [payment]
    assert as_("quan").get(f"/cases/doubts/payments/{case}").status_code == 404


def test_one_whose_case_is_not_here_is_taken_out_alone_too(
    support: Cases, page: Pages, as_: Callable[[str], FlaskClient], case: str
) -> None:
    support.pay(case, 5, voucher="UNC 8")
    ruled(support, case, "exclude")
    first, _second = sorted(support.payments(case))
    assert as_("quan").post(f"/cases/doubts/payments/{first}", data={"verdict": "exclude"}).status_code == 302
    assert len(strays(support)[case]) == 1
    assert TOLD in page("/cases/doubts").text
    assert support.sound()
