"""The list of a village and its meeting, that of a commune and its posting: records that stay as they were signed."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from PIL import Image

from fieldapp import cases
from fieldapp.cases import lists, signed
from fieldapp.db import db
from fieldapp.reference.naming import id_of_code
from fieldapp.surveys import SupportList
from fieldapp.today import today
from fieldapp.vietnamese import show_date
from tests.pages import Page, check_page
from tests.postgres import AGAIN_ON_POSTGRESQL, LATER_ON_POSTGRESQL
from tests.statements import counted
from tests.support.conftest import HERE, Cases
from tests.support.test_pages import moved, post

Visitors = Callable[[str], FlaskClient]
Pages = Callable[..., Page]
NOW = today()
TODAY = show_date(NOW.isoformat())
GNBV = id_of_code("programme", "gnbv_2022")
MERIT = id_of_code("programme", "ncc_2024")
HEADING = {"held_on": TODAY, "chair": "Triệu Văn Hiền", "secretary": "Lý Thị Sao", "present": "20"}


class Village:
    """The list of one village, driven through its page as the commune's officer drives it."""

    def __init__(self, support: Cases, client: FlaskClient) -> None:
        self.support, self.client, self.address = support, client, ""

    def propose(self, name: str, poor: str = "ngheo", programme: str = "gnbv_2022", **home: Any) -> str:
        """A proposed case of a household with this head."""
        about = {"poverty_class": poor, "members": 4, "village": HERE, "head_name": name, **home}
        household = self.support.save("household", about)
        asked = {"has_house": "nha_rieng", "need_type": "xay_moi", "visited_on": "2026-08-01"}
        need = self.support.save("housing_need", {"household": household, **asked})
        said = {"household": household, "need": need, "programme": id_of_code("programme", programme)}
        more = {"need_type": "xay_moi", "proposed_on": "2026-08-02", "state": "proposed", "state_on": "2026-08-02"}
        return self.support.save("support_case", {**said, **more}, cases.case_id(need, programme))

    def draw_up(self, programme: str = GNBV, village: str = HERE) -> Page:
        answer = self.client.post("/cases/lists/", data={"programme": programme, "village": village})
        self.address = answer.headers["Location"]
        return self.page()

    def page(self) -> Page:
        return check_page(self.client.get(self.address, follow_redirects=True).get_data(as_text=True), "vi")

    def fields(self, page: Page | None = None) -> dict[str, str]:
        """What the form of the list holds, by the name of each field."""
        found = {}
        for field in (page or self.page()).all(".//form[@enctype]//*[@name]"):
            chosen = [each.get("value") for each in field.iter("option") if each.get("selected") is not None]
            found[field.get("name", "")] = (chosen[0] if chosen else field.get("value")) or ""
        return {name: value for name, value in found.items() if name not in ("then", "minutes-files")}

    def names(self) -> list[str]:
        return [(each.find(".//a").text or "").strip() for each in self.page().all(".//table//tbody//th")]

    def send(self, votes: dict[str, str], status: int = 200, **more: Any) -> Page:
        """Fill in the votes by the name of the head, and whatever else."""
        form: dict[str, Any] = {**self.fields(), **HEADING, **more}
        lines = [each.rsplit("-", 5)[1:] for each in form if each.startswith(("agreed-", "outcome-"))]
        ids = dict(zip(self.names(), ("-".join(parts) for parts in lines), strict=True))
        for name, vote in votes.items():
            form |= dict(zip((f"agreed-{ids[name]}", f"objections-{ids[name]}"), vote.split("|"), strict=False))
        return post(self.client, self.address, status, **form)

    def sign(self, votes: dict[str, str], status: int = 200, **more: Any) -> Page:
        return self.send(votes, status, then="sign", **more)

    def paper(self, change: str = "") -> str:
        return check_page(self.client.get(f"{self.address}/paper?signed={change}").get_data(as_text=True), "vi").text

    def signings(self) -> list[str]:
        return re.findall(r"paper\?signed=(\w+)", self.page().html)


@pytest.fixture
def village(support: Cases, as_: Visitors) -> Village:
    return Village(support, as_("binh"))


def state(support: Cases, case: str) -> str:
    return str(support.fact(case)["state"])


def photo() -> tuple[io.BytesIO, str]:
    kept = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(kept, "JPEG")
    return io.BytesIO(kept.getvalue()), "bien-ban.jpg"


@AGAIN_ON_POSTGRESQL
def test_a_village_votes_in_the_order_of_the_law_and_only_more_than_half_of_those_present_put_a_household_forward(
    support: Cases, village: Village
) -> None:
    near = village.propose("Lường Văn Cận", "can_ngheo")
    kinh = village.propose("Nguyễn Thị Kinh", ethnic_group="kinh")
    tay = village.propose("Nông Thị Tày", ethnic_group="tay")
    village.draw_up()
    assert village.names()[0] == "Nông Thị Tày"  # class a: poor and of an ethnic minority
    assert "Họ và tên chủ hộ" in village.paper()
    assert "Phụ lục I, Thông tư số 01/2022/TT-BXD" in village.paper()
    assert "số người dự: ……" in village.paper()
    votes = {"Nông Thị Tày": "11", "Nguyễn Thị Kinh": "10|Nhà còn tốt", "Lường Văn Cận": "20"}
    found = village.send(votes, **{"minutes-files": photo()})
    assert "2 trên 3 hộ được đề nghị" in found.text
    assert [state(support, each) for each in (tay, kinh, near)] == ["proposed"] * 3
    village.sign(votes)
    assert [state(support, each) for each in (tay, kinh, near)] == ["on_village_list", "proposed", "on_village_list"]
    case = check_page(village.client.get(f"/cases/{tay}").get_data(as_text=True), "vi")
    assert "Số người đồng ý: 11" in case.text
    assert len(support.answer("support_case", tay, "meeting_minutes")) == 1
    assert support.sound()


@LATER_ON_POSTGRESQL
def test_a_signed_list_is_printed_as_it_was_for_ever_and_opened_again_only_for_a_reason(
    support: Cases, village: Village
) -> None:
    case = village.propose("Bàn Thị Mẩy")
    village.draw_up()
    village.sign({"Bàn Thị Mẩy": "15"})
    support.save("household", {"head_name": "Bàn Thị Khác"}, support.answer("support_case", case, "household"))
    assert "Bàn Thị Mẩy" in village.paper()
    assert "Bàn Thị Khác" not in village.paper()
    assert "Hãy ghi lý do mở lại" in post(village.client, f"{village.address}/reopen", 409, reason=" ").text
    assert state(support, case) == "on_village_list"
    again = post(village.client, f"{village.address}/reopen", reason="Ghi sai số người dự")
    assert "Mở lại vì: Ghi sai số người dự" in again.text
    assert state(support, case) == "proposed"
    village.sign({"Bàn Thị Khác": "12"})
    newest, first = village.signings()
    assert "Bàn Thị Mẩy" in village.paper(first)
    assert "Bàn Thị Khác" in village.paper(newest)
    moved(village.client, case, "posting", posted_from=TODAY, posted_until=TODAY)
    refused = post(village.client, f"{village.address}/reopen", 409, reason="Lại sai")
    assert "đã chuyển đi tiếp nên danh sách giữ nguyên: Bàn Thị Khác" in refused.text
    assert state(support, case) == "on_commune_list"
    assert support.sound()


TOMORROW = show_date((NOW + timedelta(days=1)).isoformat())
WRONG: dict[str, tuple[dict[str, str], dict[str, str], str]] = {
    "more agreed than present": ({"A": "21"}, {}, "Số người đồng ý nhiều hơn 20 người dự họp: A"),
    "nobody present": ({"A": "0"}, {"present": "0"}, "Danh sách chưa thay đổi. Số người dự"),
    "nobody counted": ({"A": ""}, {}, "Chưa ghi kết quả bình xét của: A"),
    "no chair": ({"A": "11"}, {"chair": ""}, "Hãy điền: Chủ trì"),
    "a meeting of tomorrow": ({"A": "11"}, {"held_on": TOMORROW}, "ở trong tương lai"),
    "no number": ({"A": "mười"}, {}, "mười"),
}


def test_wrong_numbers_of_a_meeting_are_one_sentence_each_and_nothing_is_half_done(
    support: Cases, village: Village
) -> None:
    case = village.propose("A")
    village.draw_up()
    line = lists.line_id(village.address[-36:], case)
    for what, (votes, heading, sentence) in WRONG.items():
        found = village.sign(votes, 409, **heading)
        assert sentence in (found.text if what != "no number" else found.html), what
        assert (state(support, case), support.answer("list_line", line, "agreed")) == ("proposed", None)


def test_a_case_that_somebody_else_has_moved_on_keeps_the_whole_list_from_being_signed(
    support: Cases, village: Village
) -> None:
    first, second = village.propose("Bàn Thị A"), village.propose("Bàn Thị B")
    village.draw_up()
    moved(village.client, second, "refuse", state_note="Đã có nhà")
    refused = village.sign({"Bàn Thị A": "15", "Bàn Thị B": "15"}, 409)
    assert "Người khác đã chuyển trạng thái: Bàn Thị B (Không được hỗ trợ)" in refused.text
    assert (state(support, first), state(support, second)) == ("proposed", "refused")
    third = village.propose("Bàn Thị C")
    post(village.client, village.address, **village.fields(), then="again")
    assert village.names() == ["Bàn Thị A", "Bàn Thị C"]
    village.sign({"Bàn Thị A": "15", "Bàn Thị C": "9"})
    assert (state(support, first), state(support, third)) == ("on_village_list", "proposed")


def test_what_two_people_counted_differently_is_chosen_by_a_person_and_never_settled_by_saving_the_page(
    support: Cases, village: Village
) -> None:
    case = village.propose("Bàn Thị A")
    village.draw_up()
    record = village.address[-36:]
    line, meeting = lists.line_id(record, case), lists.meeting_id(record)
    for who, agreed, present in (("lan", 15, 20), ("binh", 9, 22)):
        support.apart("list_line", {"agreed": agreed}, line, who)
        support.apart("village_meeting", {"present": present}, meeting, who)
    fields = village.fields()
    assert (fields[f"agreed-{line}"], fields["present"]) == ("", "")
    post(village.client, village.address, **{**fields, **{k: v for k, v in HEADING.items() if k != "present"}})
    assert support.conflicts("list_line", line) == {"agreed": [9, 15]}
    assert support.conflicts("village_meeting", meeting) == {"present": [20, 22]}
    assert "Hai người ghi khác nhau" in village.page().text
    refused = post(village.client, village.address, 409, **village.fields(), then="sign")
    assert "Bàn Thị A" in refused.text
    assert state(support, case) == "proposed"
    village.sign({"Bàn Thị A": "15"}, present="20")
    assert support.conflicts("list_line", line) == support.conflicts("village_meeting", meeting) == {}
    assert (state(support, case), support.answer("list_line", line, "agreed")) == ("on_village_list", 15)
    assert support.sound()


@pytest.mark.parametrize("then", ["", "sign"])
def test_what_a_colleague_saved_in_a_list_meanwhile_stands_and_nothing_typed_is_lost(
    support: Cases, village: Village, then: str
) -> None:
    cases = [village.propose(name) for name in ("Bàn Thị A", "Bàn Thị B")]
    village.draw_up()
    one, other = (lists.line_id(village.address[-36:], case) for case in cases)
    opened = village.fields()
    post(village.client, village.address, **{**opened, f"objections-{one}": "theirs", "chair": "Lý", "present": "20"})
    typed = {
        f"objections-{one}": "mine",
        f"objections-{other}": "too",
        "chair": "",
        "secretary": "Sao",
        "present": "20",
    }
    told = post(village.client, village.address, 409, **{**opened, **typed, "then": then})
    shown = village.fields(told)
    assert (shown[f"objections-{one}"], shown["chair"]) == ("theirs", "Lý"), "what is saved is what the page shows"
    assert (shown[f"objections-{other}"], shown["secretary"]) == ("too", "Sao"), "the rest is still as it was typed"
    assert "Bàn Thị A, Ý kiến thắc mắc: mine" in told.text
    assert "Số người dự họp: 20" not in told.text, "where both wrote the same, nothing has to be looked at"
    post(village.client, village.address, **shown)
    saved = [support.answer("list_line", line, "objections") for line in (one, other)]
    assert [*saved, support.answer("village_meeting", lists.meeting_id(village.address[-36:]), "chair")] == [
        "theirs", "too", "Lý",
    ]  # fmt: skip
    assert state(support, cases[0]) == "proposed"


def test_people_of_merit_come_in_their_own_order_on_their_own_form(support: Cases, village: Village) -> None:
    merit = {"vulnerable": ["nguoi_co_cong"], "programme": "ncc_2024"}
    village.propose("Hà Văn Trẻ", ethnic_group="kinh", elderly_60_plus=0, **merit)
    village.propose("Hà Văn Già", ethnic_group="kinh", elderly_60_plus=2, **merit)
    village.draw_up(MERIT)
    assert village.names() == ["Hà Văn Già", "Hà Văn Trẻ"]
    assert "Mẫu số 02, Phụ lục IX, Nghị định số 131/2021/NĐ-CP" in village.paper()


def test_a_commune_posts_what_its_villages_signed_and_says_of_each_objection_what_became_of_it(
    support: Cases, village: Village
) -> None:
    stays, goes = village.propose("Lý Văn Ở"), village.propose("Lý Văn Đi")
    village.draw_up()
    village.sign({"Lý Văn Ở": "15", "Lý Văn Đi": "15"})
    commune = _commune_of(village)
    village.address = village.client.post(
        "/cases/lists/", data={"programme": GNBV, "village": "", "commune": commune}
    ).headers["Location"]
    ids = {name: lists.line_id(village.address[-36:], case) for name, case in (("goes", goes), ("stays", stays))}
    posted = {"posted_from": TODAY, "posted_until": TODAY}
    backwards = village.sign({}, 409, posted_from=TODAY, posted_until="01/01/2020")
    assert "trước" in backwards.text
    objected = {f"objections-{ids['goes']}": "Đã có nhà ở Thái Nguyên", f"objections-{ids['stays']}": "Không nghèo"}
    assert "Hãy ghi kết quả xử lý ý kiến về" in village.sign({}, 409, **posted, **objected).text
    off = {f"outcome-{ids['goes']}": "rut_khoi", f"outcome_note-{ids['goes']}": "Xác minh đúng là đã có nhà"}
    village.sign({}, **posted, **objected, **off, **{f"outcome-{ids['stays']}": "giu_lai"})
    assert (state(support, stays), state(support, goes)) == ("on_commune_list", "returned")
    assert "Không nghèo" in support.answer("support_case", stays, "objections")
    assert support.answer("support_case", goes, "state_note") == "Xác minh đúng là đã có nhà"
    assert "Lý Văn Ở" in village.paper()
    assert "Lý Văn Đi" not in village.paper()
    assert support.sound()


def test_a_case_that_no_signed_village_list_put_forward_stays_on_a_commune_list_only_for_a_reason_that_is_kept(
    support: Cases, village: Village
) -> None:
    heard, unheard = village.propose("Lý Văn Nghe"), village.propose("Lý Văn Sót")
    village.draw_up()
    village.sign({"Lý Văn Nghe": "15", "Lý Văn Sót": "9"})
    more = {"meeting_on": TODAY, "meeting_present": "20", "meeting_agreed": "19"}
    moved(village.client, unheard, "meeting", **more)
    where = {"programme": GNBV, "village": "", "commune": _commune_of(village)}
    village.address = village.client.post("/cases/lists/", data=where).headers["Location"]
    posted = {"posted_from": TODAY, "posted_until": TODAY}
    told = "Không có trong danh sách thôn nào đã ký mà được quá nửa đồng ý (TT 01/2022/TT-BXD, Phụ lục I): Lý Văn Sót."
    assert told in village.page().text
    assert told in village.sign({}, 409, **posted).text
    assert [state(support, each) for each in (heard, unheard)] == ["on_village_list"] * 2
    village.sign({}, **posted, reason="Thôn họp lại ngày 05/8, biên bản giấy")
    assert [state(support, each) for each in (heard, unheard)] == ["on_commune_list"] * 2
    assert support.answer("support_case", heard, "overridden") is None
    assert support.answer("support_case", unheard, "overridden") == ["not_put_forward"]
    case = check_page(village.client.get(f"/cases/{unheard}").get_data(as_text=True), "vi")
    assert "Thôn họp lại ngày 05/8, biên bản giấy" in case.text
    assert support.sound()


def _commune_of(village: Village) -> str:
    page = check_page(village.client.get("/cases/lists/").get_data(as_text=True), "vi")
    return next(each.get("value", "") for each in page.all(".//select[@id='commune']/option") if each.get("value"))


def test_what_was_signed_is_told_by_its_hash_alone() -> None:
    paper = signed.Paper((("A",), ("B",)), "T", (), ("1",), (("x",),), (), ())
    said = signed.Signed("2026-08-01", paper, (signed.ListOutcome("c", True, 3, 5, "ồn"),))
    content, digest = signed.packed(said)
    assert signed.unpacked(content, digest) == said
    for other in (None, "", "x", content[:-4], content[4:], "AAAA"):
        assert signed.unpacked(other, digest) is None
    assert signed.unpacked(content, digest[::-1]) is None


def test_a_list_of_five_hundred_households_fits_into_one_change() -> None:
    rows = tuple((str(i), f"Hoàng Văn Nhân {i}", "Thôn Nà Vài", "Hộ nghèo", "Xây mới", "") for i in range(500))
    fates = tuple(signed.ListOutcome(lists.line_id("c", str(i)), True, i, 500, None) for i in range(500))
    paper = signed.Paper(((), ()), "T", (), (), rows, (), ())
    content, _digest = signed.packed(signed.Signed("2026-08-01", paper, fates))
    assert len(content) < 50_000


def test_what_stands_in_the_fields_of_a_thousand_households_can_be_sent_with_the_photo_of_the_minutes(
    support: Cases, village: Village
) -> None:
    village.propose("Bàn Thị A")
    village.draw_up()
    many = {f"{name}-{at:036}": "" for at in range(1000) for name in ("objections", "outcome", "outcome_note")}
    post(village.client, village.address, **village.fields(), **many, **{"minutes-files": photo()})
    assert len(support.answer("village_meeting", lists.meeting_id(village.address[-36:]), "minutes")) == 1


def test_what_a_list_of_a_village_takes_in_is_one_query_by_an_index(support: Cases, village: Village) -> None:
    for name in ("Một", "Hai", "Ba"):
        village.propose(name)
    with support.inside(), counted() as asked:
        assert len(lists.due(SupportList(level="village", programme=GNBV), [HERE])) == 3
        [(statement, parameters)] = asked
        explained = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", literal(parameters))
        assert "ix_case_fact_list" in str(explained.all())


def test_the_page_of_a_list_asks_as_often_for_many_households_and_reads_none_of_them_whole(
    support: Cases, village: Village
) -> None:
    asked: list[list[str]] = []
    for names in (("Một", "Hai"), ("Ba", "Bốn", "Năm", "Sáu", "Bảy")):
        for name in names:
            village.propose(name)
        village.draw_up()
        village.client.post(village.address, data={**village.fields(), "then": "again"})
        with support.app.app_context(), counted() as found:
            assert len(village.names()) >= len(names)
        asked.append([statement for statement, _values in found])
    assert len(asked[0]) == len(asked[1])
    assert not [
        statement for statement in asked[1] if "household.heads" in statement or "housing_need.heads" in statement
    ]


def test_the_class_on_a_list_is_the_one_that_follows_from_the_answers(support: Cases, village: Village) -> None:
    for name, poor in (("Một", "ngheo"), ("Hai", "can_ngheo")):
        village.propose(name, poor, ethnic_group="tay")
    village.draw_up()
    with support.inside():
        there = [line.case for line in lists.lines_of(db.session.scalars(sa.select(SupportList)).one(), whole=True)]
        kept, judged = lists._kept_places(there, GNBV), lists._places(there, "general")
        assert {id: place[:3] for id, place in kept.items()} == {id: place[:3] for id, place in judged.items()}
        assert len(kept) == 2


def literal(parameters: str) -> Any:
    return ast.literal_eval(parameters)


def test_a_photo_chosen_in_a_list_that_somebody_else_saved_meanwhile_is_named_to_be_chosen_again(
    support: Cases, village: Village
) -> None:
    village.propose("Nông Thị Tày")
    village.draw_up()
    opened = village.fields()
    village.send({"Nông Thị Tày": "11"})
    late = {**opened, "chair": "Bà Mai", "minutes-files": photo()}
    answer = village.client.post(village.address, data=late, headers={"Origin": "http://localhost"})
    assert answer.status_code == 409
    assert "hãy chọn lại: bien-ban.jpg" in check_page(answer.get_data(as_text=True), "vi").text
