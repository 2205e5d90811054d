"""Two officers with the same decision open: what one saves is never wiped out by the other, nor what either typed."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from fieldapp.vietnamese import read_money
from tests.again import again
from tests.pages import Page, check_page
from tests.support.conftest import Cases
from tests.support.test_pages import Pages, Visitors

HEAD = {"number": "12/QĐ-UBND", "decided_on": "10/04/2023", "signer": "Nông Văn A", "level": "province"}


def fields_of(page: Page, way: str = "") -> tuple[str, dict[str, Any]]:
    """A form as it stands on a page: its address, and what it would send untouched."""
    forms = [form for form in page.tree.iter("form") if "/decisions/" in (form.get("action") or "")]
    form = next(one for one in forms if (one.get("action") or "").endswith("/withdrawal") == bool(way))
    inputs = [
        one for one in form.iter("input") if one.get("type") not in ("radio", "checkbox") or "checked" in one.attrib
    ]
    found: dict[str, Any] = {}
    for one in inputs:
        name, value = one.get("name") or "", one.get("value") or ""
        found[name] = [*found.get("shown", []), value] if name == "shown" else value
    return form.get("action") or "", found


def sent(client: FlaskClient, opened: Page, status: int, **typed: str) -> Page:
    address, form = fields_of(opened)
    answer = client.post(address, data={**form, **typed}, follow_redirects=True)
    assert answer.status_code == status
    return check_page(answer.get_data(as_text=True), "vi")


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_amounts_of_a_draft_can_be_sent_as_they_stand_in_either_language(
    support: Cases, as_: Visitors, page: Pages, lang: str
) -> None:
    case = support.listed()
    draft = support.draft([case])
    before = support.answer("support_decision", draft, "plan")
    address, form = fields_of(page(f"/decisions/{draft}", "binh", lang))
    assert read_money(form[f"{case}-nstw"]) >= 1_000_000
    assert as_("binh").post(address, data=form).status_code == 302
    assert support.answer("support_decision", draft, "plan") == before


SIGNING = {"sign": "1"}
WAYS = [(field, sign) for field in (*HEAD, "amount") for sign in ({}, SIGNING)]
SHOWN = (("number", {}), ("amount", SIGNING))


@pytest.mark.parametrize(("field", "sign"), [*SHOWN, *(again(*way) for way in WAYS if way not in SHOWN)])
def test_what_a_colleague_saved_in_a_draft_stands_and_what_was_typed_is_told(
    support: Cases, as_: Visitors, page: Pages, field: str, sign: dict[str, str]
) -> None:
    case = support.listed()
    draft = support.draft([case], number=None, decided_on=None, signer=None, level=None)
    name = f"{case}-nstw" if field == "amount" else field
    opened = page(f"/decisions/{draft}")
    theirs = {**HEAD, "amount": "45 triệu"}[field]
    mine = {"number": "99/QĐ", "decided_on": "01/02/2023", "signer": "Lý B", "level": "commune", "amount": "41 triệu"}[
        field
    ]
    sent(as_("binh"), opened, 200, **{name: theirs})
    saved = fields_of(page(f"/decisions/{draft}"))[1][name]
    told = sent(as_("binh"), opened, 409, **{name: mine, "office": "UBND xã Ngân Sơn"}, **sign)
    _address, now = fields_of(told)
    assert now[name] == saved, "what is saved is what the page shows"
    assert now["office"] == "UBND xã Ngân Sơn", "and what nobody else touched is still as it was typed"
    if field != "level":
        assert mine in told.text
    assert support.answer("support_decision", draft, "state") == "draft"
    assert sent(as_("binh"), told, 200, **{name: mine}) is not None


def test_a_draft_sent_twice_is_saved_and_signed_once(support: Cases, as_: Visitors, page: Pages) -> None:
    case = support.listed()
    opened = page(f"/decisions/{support.draft([case], number=None)}")
    for _time in range(2):
        assert "Đã lưu" in sent(as_("binh"), opened, 200, number="12/QĐ-UBND").text
    for _time in range(2):
        assert "Đã ký" in sent(as_("hue"), opened, 200, number="12/QĐ-UBND", sign="1").text
    assert support.fact(case)["state"] == "approved"


def test_what_was_typed_beside_a_wrong_amount_stays_on_the_page(support: Cases, as_: Visitors, page: Pages) -> None:
    right, wrong = support.listed(), support.listed()
    opened = page(f"/decisions/{support.draft([right, wrong])}")
    told = sent(as_("binh"), opened, 409, **{f"{right}-nstw": "45 triệu", f"{wrong}-nstw": "4o triệu"})
    assert (fields_of(told)[1][f"{right}-nstw"], fields_of(told)[1][f"{wrong}-nstw"]) == ("45 triệu", "4o triệu")


@pytest.mark.parametrize("signed", [False, True])
def test_nobody_drops_or_takes_back_what_changed_after_they_opened_it(
    support: Cases, as_: Visitors, page: Pages, signed: bool
) -> None:
    case = support.listed()
    decision = support.decided([case]) if signed else support.draft([case])
    address, form = fields_of(page(f"/decisions/{decision}", "hue"), "withdrawal")
    support.save("support_decision", {"signer": "Người Ký Khác"}, decision)
    answer = as_("hue").post(address, data={**form, "reason": "Gõ lâu mới xong."})
    assert answer.status_code == 409
    assert not support.answer("support_decision", decision, "withdrawn")
    assert "Gõ lâu mới xong." in answer.get_data(as_text=True) or not signed
