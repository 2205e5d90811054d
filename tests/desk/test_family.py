"""The whole family on one page: decided about in one go, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.desk.conftest import Desk
from tests.pages import Page, check_page

As = Callable[[str], Any]


def family(desk: Desk) -> dict[str, str]:
    """A household that waits and a survey of it that waits, by survey."""
    for need in desk.all("housing_need", "waiting"):
        home = desk.answer("housing_need", need, "household")
        if desk.status("household", home) == "waiting":
            return {"household": home, "housing_need": need}
    raise AssertionError("no such family")


def post(desk: Desk, as_: As, found: dict[str, str], verdicts: dict[str, str], **comments: str) -> Any:
    form: dict[str, str] = {}
    for survey, verdict in verdicts.items():
        record = found[survey]
        form |= {f"verdict.{record}": verdict, f"comment.{record}": comments.get(survey, "")}
        form[f"seen.{record}"] = " ".join(desk.heads(survey, record))
    return as_("binh").post(f"/review/family/{found['household']}", data=form)


def test_the_family_stands_on_one_page_from_whichever_record_it_is_opened(
    desk: Desk, page: Callable[..., Page]
) -> None:
    found = family(desk)
    pages = [page(f"/review/family/{record}") for record in found.values()]
    for each in pages:
        offered = {(field.get("name") or "").removeprefix("seen.") for field in each.all(".//input[@type='hidden']")}
        assert set(found.values()) <= offered
        assert each.all(".//ol[@class='shots']/li"), "photos of the survey"


def test_each_record_gets_its_own_decision_in_one_go(desk: Desk, as_: As) -> None:
    found = family(desk)
    answer = post(desk, as_, found, {"household": "approve", "housing_need": "return"}, housing_need="Đo lại.")
    assert answer.status_code == 302
    assert desk.status("household", found["household"]) == "approved"
    assert desk.status("housing_need", found["housing_need"]) == "returned"
    assert desk.last_decision(found["housing_need"])["comment"] == "Đo lại."


def test_where_one_decision_cannot_be_made_none_is_and_what_was_chosen_stays(desk: Desk, as_: As) -> None:
    found = family(desk)
    answer = post(desk, as_, found, {"household": "approve", "housing_need": "refuse"})
    assert answer.status_code == 400
    told = check_page(answer.get_data(as_text=True), "vi")
    assert "Hãy nêu lý do từ chối" in told.text
    chosen = {field.get("value") for field in told.all(".//input[@type='radio'][@checked]")}
    assert {"approve", "refuse"} <= chosen
    assert (
        desk.status("household", found["household"]) == desk.status("housing_need", found["housing_need"]) == "waiting"
    )


def test_a_family_that_changed_meanwhile_or_lies_elsewhere_is_not_decided_about(desk: Desk, as_: As) -> None:
    found = family(desk)
    seen = " ".join(desk.heads("household", found["household"]))
    desk.save("household", found["household"], {"phone": "0912345678"})
    form = {f"verdict.{found['household']}": "approve", f"seen.{found['household']}": seen}
    assert as_("binh").post(f"/review/family/{found['household']}", data=form).status_code == 409
    assert as_("binh").post(f"/review/family/{found['household']}", data={}).status_code == 400
    assert as_("binh").get(f"/review/family/{desk.elsewhere('household')}").status_code == 404
    assert as_("lan").get(f"/review/family/{found['household']}").status_code == 403


def test_the_way_through_the_queue_goes_on_behind_the_family(desk: Desk, as_: As) -> None:
    found = family(desk)
    home = found["household"]
    form = {f"verdict.{home}": "approve", f"seen.{home}": " ".join(desk.heads("household", home))}
    answer = as_("binh").post(f"/review/family/{home}?queue=1&survey=household", data=form)
    assert "queue=1&survey=household" in answer.location
    assert home not in answer.location


def test_the_houses_next_to_this_one_are_told_with_their_metres(desk: Desk, page: Callable[..., Page]) -> None:
    home = desk.one("household", "approved")
    other = next(
        id
        for id in desk.all("household", "approved")
        if desk.answer("household", id, "area") == desk.answer("household", home, "area") and id != home
    )
    spot = {"lon": "105.834800", "accuracy_m": 5, "at": "2026-08-01T00:00:00.000Z", "source": "gps"}
    desk.save("household", home, {"location": {**spot, "lat": "22.147000"}})
    desk.save("household", other, {"location": {**spot, "lat": "22.148000"}})
    assert "111 m" in page(f"/records/{home}").text
