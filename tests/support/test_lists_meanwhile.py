"""What becomes of the households of a list between its drawing up and its signing: nobody is listed twice, elsewhere,
or without a case."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from fieldapp import intake, people, review
from fieldapp.db import begin_writing, db
from fieldapp.places import village_id
from fieldapp.review import pairs
from fieldapp.sample.sizes import ELSEWHERE
from fieldapp.surveys import SURVEYS, Household
from sync import WITHDRAWN
from tests.pages import Page, check_page
from tests.support.conftest import Cases
from tests.support.test_lists import GNBV, TODAY, Village, _commune_of, moved, post, state, village

__all__ = ["village"]

Visitors = Callable[[str], FlaskClient]
NAMES = ("Lý Văn Chín", "Lý Văn Mười")
POSTED = {"posted_from": TODAY, "posted_until": TODAY}


def withdrawn(support: Cases, case: str, _other: str) -> None:
    support.save("support_case", {WITHDRAWN: True}, case)


def moved_away(support: Cases, case: str, _other: str) -> None:
    home = support.answer("support_case", case, "household")
    support.save("household", {"village": village_id(2023, ELSEWHERE, 1)}, home)


def joined(support: Cases, case: str, other: str) -> None:
    homes = [support.answer("support_case", each, "household") for each in (other, case)]
    with support.inside():
        begin_writing()
        one, two = (db.session.get_one(Household, home) for home in homes)
        pairs.say(one, two, "same", account=people.find_account("binh"), seen=[])
        db.session.commit()


def drawn_up(village: Village, level: str) -> tuple[str, str]:
    """The cases of two households on the open list of their village, or of its commune."""
    cases = village.propose(NAMES[0]), village.propose(NAMES[1])
    village.draw_up()
    if level == "commune":
        village.sign(dict.fromkeys(NAMES, "15"))
        where = {"programme": GNBV, "village": "", "commune": _commune_of(village)}
        village.address = village.client.post("/cases/lists/", data=where).headers["Location"]
    return cases


def signed(village: Village, level: str, status: int = 200) -> Page:
    """Sign the list as its page shows it, each household with enough votes."""
    form = {name: "15" if name.startswith("agreed-") else text for name, text in village.fields().items()}
    heading = POSTED if level == "commune" else {"held_on": TODAY, "chair": "Triệu Văn Hiền", "present": "20"}
    return post(village.client, village.address, status, **{**form, **heading, "then": "sign"})


SIGNED = {"village": "on_village_list", "commune": "on_commune_list"}


@pytest.mark.parametrize("level", ["village", "commune"])
@pytest.mark.parametrize(
    ("happens", "told"),
    [
        (withdrawn, "Hồ sơ đã bị rút: Lý Văn Chín."),
        (moved_away, "Hộ nay thuộc địa bàn khác: Lý Văn Chín."),
    ],
)
def test_whoever_is_on_a_list_no_more_is_named_and_never_signed_with_it(
    support: Cases, village: Village, happens: Callable[[Cases, str, str], None], told: str, level: str
) -> None:
    gone, stays = drawn_up(village, level)
    happens(support, gone, stays)
    before = support.answer("support_case", gone, "state")
    assert "Lưu và cập nhật danh sách" in village.page().text
    refused = signed(village, level, 409)
    assert told in refused.text
    assert support.answer("support_case", stays, "state") == before
    village.send({})  # what is filled in of the others is saved all the same
    post(village.client, village.address, **village.fields(), then="again")
    assert village.names() == [NAMES[1]]
    signed(village, level)
    assert state(support, stays) == SIGNED[level]
    assert support.answer("support_case", gone, "state") == before
    assert NAMES[0] not in village.paper()
    assert support.sound()


@pytest.mark.parametrize("level", ["village", "commune"])
def test_two_entries_that_are_one_household_are_not_signed_as_two(support: Cases, village: Village, level: str) -> None:
    one, other = drawn_up(village, level)
    joined(support, one, other)
    assert (
        "Có hai hồ sơ trong danh sách vì hai bản ghi đã được nhập làm một hộ: Lý Văn Mười."
        in signed(village, level, 409).text
    )
    moved(village.client, one, "refuse", state_note="Trùng hộ")
    post(village.client, village.address, **village.fields(), then="again")
    signed(village, level)
    assert (state(support, one), state(support, other)) == ("refused", SIGNED[level])
    assert village.paper().count(NAMES[1]) == 1


def test_a_household_that_moves_within_its_commune_stays_on_the_list_of_the_commune(
    support: Cases, village: Village
) -> None:
    one, other = drawn_up(village, "commune")
    home = support.answer("support_case", one, "household")
    support.save("household", {"village": village_id(2023, "01930", 2)}, home)
    signed(village, "commune")
    assert [state(support, each) for each in (one, other)] == ["on_commune_list"] * 2


def test_no_case_is_withdrawn_while_money_is_out(support: Cases, as_: Visitors) -> None:
    case, binh = support.case(), as_("binh")
    support.pay(case, 20)
    refused = binh.post(f"/records/{case}/withdrawal", data=withdrawal(support, case))
    assert refused.status_code == 409
    assert "Hồ sơ này đã có khoản chi nên chưa rút được." in check_page(refused.get_data(as_text=True), "vi").text
    assert support.fact(case)["paid"] == 20_000_000
    support.pay(case, 20, entry="but_toan_dao")
    assert binh.post(f"/records/{case}/withdrawal", data=withdrawal(support, case)).status_code == 302
    assert support.fact(case) == {}


def withdrawal(support: Cases, case: str) -> dict[str, str]:
    """What the form sends that withdraws a case, as its page stands."""
    with support.inside():
        return {"gone": "yes", "seen": " ".join(review.heads_of(db.session.get_one(SURVEYS["support_case"], case)))}


def test_nothing_is_approved_by_a_programme_that_was_closed_meanwhile_unless_somebody_says_why(
    support: Cases, as_: Visitors
) -> None:
    with support.inside():
        intake.take_shipped()
    many, alone = support.listed(), support.listed()
    decision = support.draft([many])
    support.save("programme", {"ends_on": "2023-04-09"}, GNBV)
    assert "Có cảnh báo" in support.sign(decision)
    said = {"decision_number": "9/QĐ", "decision_on": "10/04/2023", "decision_signer": "Nông Văn A"}
    said |= {"decision_level": "province", "approved_nstw": "40 triệu"}
    told = moved(as_("hue"), alone, "decision", 409, **said)
    assert "Chương trình không còn hoặc chưa mở" in told.text
    moved(as_("hue"), alone, "decision", **said, known="programme_closed", reason="Chuyển nguồn theo NQ 12")
    assert support.sign(decision, "Chuyển nguồn theo NQ 12") == ""
    for case in (many, alone):
        assert support.fact(case)["state"] == "approved"
        assert support.answer("support_case", case, "overridden") == ["programme_closed"]
        assert support.answer("support_case", case, "override_reason") == "Chuyển nguồn theo NQ 12"
