"""Counter-entries: each takes back once what one payment paid, and what goes wrong with them is told until it is made
good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from flask.testing import FlaskClient

from fieldapp import intake
from fieldapp.db import alembic_config, db, upgrade
from fieldapp.facts.tables import CaseFact
from fieldapp.surveys import Payment
from fieldapp.surveys.payment import BACK
from tests.again import a_walk, again
from tests.desk.test_records import filled
from tests.pages import Page, check_page
from tests.postgres import AGAIN_ON_POSTGRESQL
from tests.support.conftest import Cases

Visitors = Callable[[str], FlaskClient]
Pages = Callable[..., Page]
DOUBT = "taken_back_twice"


def take_back(support: Cases, paid: str, millions: int, voucher: str, of: str = "", **more: Any) -> str:
    """A counter-entry as another node may have taken it in, in the case of its payment or another one."""
    case = of or support.answer("payment", paid, "case")
    return support.pay(case, millions, **{"entry": BACK, "corrects": paid, "tranche": None, "voucher": voucher, **more})


def twice_whole(support: Cases, paid: str) -> int:
    take_back(support, paid, 10, "D1"), take_back(support, paid, 10, "D2")
    return 10


def twice_in_part(support: Cases, paid: str) -> int:
    take_back(support, paid, 4, "D1"), take_back(support, paid, 4, "D1")
    return 4


def another_one(support: Cases, paid: str) -> int:
    take_back(support, take_back(support, paid, 4, "D1"), 4, "D2")
    return 4


@pytest.mark.parametrize("wrongly", [twice_whole, twice_in_part, another_one])
def test_what_is_taken_back_too_often_is_a_doubt_until_the_payment_is_entered_again(
    support: Cases, wrongly: Callable[[Cases, str], int]
) -> None:
    case = support.case()
    support.visit(case, "2023-05-20", "5", completed_on="2023-05-20")
    support.pay(case, 20, voucher="CT20")
    paid = support.pay(case, 10, voucher="CT10")
    too_much = wrongly(support, paid)
    assert DOUBT in support.doubts(case)  # though of the source less is taken back than was paid
    support.pay(case, too_much - 1, voucher="CT10")
    assert DOUBT in support.doubts(case)
    support.pay(case, 1, voucher="CT10")
    assert DOUBT not in support.doubts(case)
    assert support.sound()


def test_what_takes_back_a_payment_of_another_case_or_source_is_a_doubt_until_it_is_made_good(support: Cases) -> None:
    case, other = support.case(), support.case()
    for each in (case, other):
        support.visit(each, "2023-05-20", "5", completed_on="2023-05-20")
    support.pay(case, 20), support.pay(case, 8, fund_source="tai_tro")
    take_back(support, support.pay(other, 10), 5, "D1", case)
    take_back(support, support.pay(case, 6), 5, "D2", fund_source="tai_tro")
    assert (support.doubts(other), support.doubts(case)) == ([], [DOUBT])
    support.pay(case, 5, voucher="D1")
    assert support.doubts(case) == [DOUBT]
    support.pay(case, 5, voucher="D2", fund_source="tai_tro")
    assert support.doubts(case) == []


def test_a_payment_taken_back_in_parts_or_entered_right_afterwards_is_no_doubt(support: Cases) -> None:
    case = support.case()
    support.visit(case, "2023-05-20", "5", completed_on="2023-05-20")
    paid = support.pay(case, 20, voucher="CT1")
    take_back(support, paid, 5, "D1"), take_back(support, paid, 5, "D2")
    assert (support.doubts(case), support.money(case)["nstw"]) == ([], (40, 10))
    take_back(support, paid, 10, "D3"), support.pay(case, 28, voucher="CT1")
    assert (support.doubts(case), support.money(case)["nstw"]) == ([], (40, 28))


def test_the_day_of_a_counter_entry_is_no_day_on_which_anything_was_paid(support: Cases) -> None:
    case = support.case()
    support.visit(case, "2023-05-20", "2")
    take_back(support, support.pay(case, 20), 5, "D1", paid_on="2023-01-05")
    assert support.doubts(case) == []


def entry_of(support: Cases, case: str, corrects: str) -> str:
    home = support.answer("support_case", case, "household")
    return f"/records/new/payment?household={home}&case={case}&corrects={corrects}"


def entered(client: FlaskClient, address: str, **typed: str) -> str:
    """The page that answers a counter-entry, as text; "" where it was entered."""
    form = filled(check_page(client.get(address).get_data(as_text=True), "vi"))
    for name, value in {"voucher": "D1", "reason": "Ghi nhầm", "paid_on": "02/06/2023", **typed}.items():
        form.setlist(name, [value])
    answer = client.post("/records/new/payment", data=form)
    page = answer.get_data(as_text=True)
    return "" if answer.status_code == 302 else check_page(page, "vi").text


def test_a_counter_entry_that_is_none_says_why_and_keeps_what_was_typed(support: Cases, as_: Visitors) -> None:
    case, binh = support.case(), as_("binh")
    address = entry_of(support, case, support.pay(case, 20, paid_on="2023-06-01"))
    early = entered(binh, address, amount="8 triệu", paid_on="31/05/2023")
    assert "Khoản chi ngày 01/06/2023: chỉ đảo được từ ngày đó trở đi." in early
    assert entered(binh, address, amount="8 triệu") == ""
    assert "Bút toán đảo này đã được nhập" in entered(binh, address, amount="8 triệu")
    assert support.money(case)["nstw"] == (40, 12)
    [back] = [one.id for one in rows(support, case) if one.entry == BACK]
    of_itself = entered(binh, entry_of(support, case, back), amount="8 triệu", voucher="D2")
    assert "Đây cũng là bút toán đảo nên không đảo lại được." in of_itself
    assert support.money(case)["nstw"] == (40, 12)


def rows(support: Cases, case: str) -> list[Any]:
    with support.inside():
        found = db.session.query(Payment).filter_by(case=case).all()
        db.session.expunge_all()
        return found


@pytest.mark.parametrize("state", ["on_commune_list", again("refused")])
def test_what_hangs_on_a_case_that_is_approved_no_more_is_taken_back_from_its_page(
    support: Cases, as_: Visitors, page: Pages, state: str
) -> None:
    case = support.case()
    paid = support.pay(case, 20)
    support.save("support_case", {"state": state}, case)
    assert support.doubts(case) == ["not_approved"]
    links = [each.get("href", "") for each in page(f"/cases/{case}").all(".//a")]
    [address] = [each for each in links if f"corrects={paid}" in each]
    assert (
        f"/records/new/payment?household={support.answer('support_case', case, 'household')}&case={case}" not in links
    )
    assert entered(as_("binh"), address, amount="20 triệu") == ""
    assert (support.doubts(case), support.fact(case)["paid"]) == ([], 0)


@a_walk
@AGAIN_ON_POSTGRESQL
def test_an_upgrade_sees_what_was_taken_back_too_often_before_it(support: Cases) -> None:
    case = support.case()
    support.pay(case, 20)
    twice_whole(support, support.pay(case, 10))
    with support.app.app_context():
        intake.catch_up()  # no rule comes with the upgrade, or all cases would be looked at again
        db.session.execute(sa.update(CaseFact).values(doubts="", doubted=False))
        db.session.commit()
        command.downgrade(alembic_config(), "0048")
    upgrade(support.app)
    with support.app.app_context():
        intake.catch_up()
    assert DOUBT in support.doubts(case)
    assert support.sound()
