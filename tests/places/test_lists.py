"""Official lists as offices send them: read where they can be, refused or asked about where they cannot be meant."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp import people, places
from fieldapp.db import db
from fieldapp.facts import ranking
from fieldapp.people import ApiToken, Grant
from fieldapp.places import Place, PlaceMapping, Village
from fieldapp.places import lists as lists_of
from fieldapp.problems import (
    NoCommunesYet,
    NoPlaceHeadings,
    OtherPlaceList,
    PlaceImportInUse,
    Problem,
    UnknownPlaceImport,
)
from fieldapp.surveys import SURVEYS, Record, questions
from fieldapp.surveys.household import Household
from tests.conftest import PASSWORD

HEAD = "code,name,level,parent_code\n"
PROVINCE = "06,Tỉnh Bắc Kạn,tinh,\n"
DISTRICT = f"{PROVINCE}060,Huyện Pác Nặm,huyen,06\n"
COMMUNE = f"{DISTRICT}01858,Xã Bằng Thành,xa,060\n"
NOW = datetime(2026, 8, 1, tzinfo=UTC)
YEAR_BEFORE_ALL = 2020


def file(folder: Path, content: str | bytes) -> Path:
    path = folder / "danh-sach.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def everything() -> list[list[tuple[object, ...]]]:
    return [
        sorted(tuple(row) for row in db.session.execute(sa.select(*table.__table__.c)))
        for table in (Place, PlaceMapping, Village)
    ]


SAME_LIST = {
    "as it is": f"{HEAD}{COMMUNE}",
    "semicolons, as Excel in Vietnam writes": f"{HEAD}{COMMUNE}".replace(",", ";"),
    "copied cells": f"{HEAD}{COMMUNE}".replace(",", "\t"),
    "a byte order mark and line ends of Windows": f"\ufeff{HEAD}{COMMUNE}".replace("\n", "\r\n"),
    "Unicode text of Excel": f"{HEAD}{COMMUNE}".replace(",", "\t").encode("utf-16"),
    "a title above, blank lines below": f"DANH SÁCH ĐƠN VỊ,,,\n\n{HEAD}{COMMUNE},,,\n\n",
    "headings in Vietnamese, one column more": f"TT,Mã,Tên,Cấp,Mã cấp trên\n1,{COMMUNE[:-1]}\n".replace("\n0", "\n2,0"),
    "levels in words": f"{HEAD}{COMMUNE}".replace(",xa,", ",Xã,").replace(",huyen,", ",HUYỆN,"),
    "letters taken apart, spaces of all kinds": f"{HEAD}{COMMUNE}".replace("ằ", "a\u0306\u0300").replace(
        " ", "\u00a0 "
    ),
    "numbers of Excel": f"{HEAD}{COMMUNE}".replace("060,", "060.0,").replace("01858", "'01858"),
}


@pytest.mark.parametrize("content", SAME_LIST.values(), ids=SAME_LIST.keys())
def test_one_list_is_read_as_the_same_however_it_was_saved(lists: Flask, tmp_path: Path, content: str | bytes) -> None:
    draft = places.draft_places(file(tmp_path, content), YEAR_BEFORE_ALL)
    found = [(row["code"], row["name"], row["level"], row["parent_code"]) for row in draft.rows]
    assert found == [
        ("06", "Tỉnh Bắc Kạn", "tinh", None),
        ("060", "Huyện Pác Nặm", "huyen", "06"),
        ("01858", "Xã Bằng Thành", "xa", "060"),
    ]
    assert draft.questions == []


REFUSED = {
    "a workbook": (b"PK\x03\x04\x14", "tệp Excel"),
    "letters of an old font": (f"{HEAD}06,TØnh B¾c K¹n,tinh,\n", "không đọc được"),
    "letters of an old code page": (
        f"{HEAD}".encode() + "06,Tỉnh Bắc Kạn,tinh,\n".encode("utf-16-le")[:40],
        "không đọc được",
    ),
    "letters read as another encoding": (f"{HEAD}06,Tá»‰nh Báº¯c Káº¡n,tinh,\n", "không đọc được"),
    "letters that became question marks": (f"{HEAD}06,T?nh B?c K?n,tinh,\n", "không đọc được"),
    "a zero byte": (f"{HEAD}06,Tỉnh\0,tinh,\n", ""),
    "no name": (f"{HEAD}06,,tinh,\n", "dòng 2"),
    "a name of no letters": (f"{HEAD}06,123,tinh,\n", "dòng 2"),
    "a name too long": (f"{HEAD}06,{'Dài ' * 40},tinh,\n", "dòng 2"),
    "a level nobody knows": (f"{HEAD}06,Tỉnh Bắc Kạn,vùng,\n", "dòng 2"),
    "a code that Excel rounded": (f"{HEAD}{DISTRICT}1.8E+03,Xã Bằng Thành,xa,060\n", "dòng 4"),
    "a code of letters": (f"{HEAD}O6,Tỉnh Bắc Kạn,tinh,\n", "dòng 2"),
    "a code too long": (f"{HEAD}006,Tỉnh Bắc Kạn,tinh,\n", "dòng 2"),
    "in nothing": (f"{HEAD}{PROVINCE}060,Huyện Pác Nặm,huyen,\n", "dòng 3"),
    "in what is in no list": (f"{HEAD}{PROVINCE}060,Huyện Pác Nặm,huyen,07\n", "dòng 3"),
    "in a place of its own level": (f"{HEAD}{COMMUNE}01930,Xã Nhạn Môn,xa,01858\n", "dòng 5"),
    "one code, two names": (f"{HEAD}{COMMUNE}01858,Xã Khác,xa,060\n", "dòng 5"),
}


@pytest.mark.parametrize(("content", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_meant_is_refused_with_its_line_and_changes_nothing(
    lists: Flask, tmp_path: Path, content: str | bytes, says: str
) -> None:
    before = everything()
    with pytest.raises(Problem) as refused:
        places.draft_places(file(tmp_path, content), 2030)
    assert says in refused.value.message
    assert everything() == before


KINDS_GIVEN: dict[lists_of.PlaceListKind, str] = {
    "places": f"{HEAD}{PROVINCE}",
    "villages": "Mã xã,STT,Tên thôn\n01858,1,Thôn Nà Vài\n",
    "mapping": "old_commune_code,new_commune_code,whole_or_part\n01858,01840,whole\n",
}


@pytest.mark.parametrize("chosen", KINDS_GIVEN)
@pytest.mark.parametrize("given", KINDS_GIVEN)
def test_a_list_of_another_kind_than_was_chosen_is_told_to_be_that(
    lists: Flask, tmp_path: Path, given: lists_of.PlaceListKind, chosen: lists_of.PlaceListKind
) -> None:
    path = file(tmp_path, f"Danh mục năm 2025\n\n{KINDS_GIVEN[given]}")
    if given == chosen:
        assert len(lists_of.read(path, chosen)) == 1
        return
    with pytest.raises(OtherPlaceList) as told:
        lists_of.read(path, chosen)
    assert str(lists_of.KINDS[given]) in told.value.message


def test_a_list_of_households_given_as_one_of_places_is_sent_to_its_page(lists: Flask, tmp_path: Path) -> None:
    with pytest.raises(NoPlaceHeadings, match="Nhập danh sách"):
        lists_of.read(file(tmp_path, "Họ và tên,Năm sinh,Thôn\nLý A,1970,Nà Vài\n"), "villages")


ASKED = {
    "lost zeros": (f"{HEAD}{COMMUNE}".replace("\n0", "\n").replace(",06", ",6"), 2030, "số 0 ở đầu"),
    "a second province": (f"{HEAD}19,Tỉnh Thái Nguyên,tinh,\n", 2023, "Tỉnh Thái Nguyên"),
    "names that change": (f"{HEAD}{COMMUNE}".replace("Bằng Thành", "Bằng Thanh"), 2023, "Xã Bằng Thành"),
    "communes left out": (f"{HEAD}{COMMUNE}", 2023, "Phường Đức Xuân"),
    "another district": (
        f"{HEAD}{COMMUNE}061,Huyện Ba Bể,huyen,06\n".replace("xa,060", "xa,061"),
        2023,
        "Xã Bằng Thành",
    ),
    "a line twice": (f"{HEAD}{COMMUNE}01858,Xã Bằng Thành,xa,060\n", 2030, "1 dòng"),
    "one name twice in a place": (f"{HEAD}{COMMUNE}01930,Xã bằng thành,xa,060\n", 2030, "bằng thành"),
    "capitals only": (f"{HEAD}06,TỈNH BẮC KẠN,tinh,\n", 2030, "TỈNH BẮC KẠN"),
}


@pytest.mark.parametrize(("content", "vintage", "says"), ASKED.values(), ids=ASKED.keys())
def test_what_is_probably_a_slip_is_asked_about(
    lists: Flask, tmp_path: Path, content: str, vintage: int, says: str
) -> None:
    before = everything()
    draft = places.draft_places(file(tmp_path, content), vintage)
    assert any(says in question for question in draft.questions), draft.questions
    assert everything() == before


def test_the_packaged_lists_raise_no_refusal_and_lost_zeros_bring_no_second_province(
    lists: Flask, tmp_path: Path
) -> None:
    source = Path(places.__file__).parent / "data/bac_kan_2023.csv"
    stripped = "\n".join(
        ",".join(cell.lstrip("0") if cell.isdigit() else cell for cell in line.split(","))
        for line in source.read_text(encoding="utf-8").splitlines()
    )
    draft = places.draft_places(file(tmp_path, stripped), 2023)
    assert places.foresee(draft) == (0, 0, 117)
    assert len(draft.questions) == 1


def test_a_year_of_new_communes_says_that_no_household_lies_in_them_until_a_mapping_leads_there(
    lists: Flask, tmp_path: Path
) -> None:
    new = file(tmp_path, f"{HEAD}{COMMUNE}")
    asked = places.draft_places(new, 2030).questions
    assert len(asked) == 1
    assert "2030" in asked[0]
    with pytest.raises(NoCommunesYet, match="2030"):
        places.draft_mapping(file(tmp_path, f"{MAPPING}01840,01858,whole\n"), 2025, 2030)
    with pytest.raises(NoCommunesYet, match="2030"):
        places.draft_villages(file(tmp_path, f"{VILLAGES}01858,1,Bản Cám\n"), 2030)
    new = file(tmp_path, f"{HEAD}{COMMUNE}")
    places.import_places(new, 2030)
    db.session.add(PlaceMapping(from_vintage=2025, from_code="01840", to_vintage=2030, to_code="01858", whole=True))
    db.session.commit()
    assert places.draft_places(new, 2030).questions == []


def test_names_that_differ_by_a_mark_alone_are_two(lists: Flask, tmp_path: Path) -> None:
    names = f"{HEAD}{DISTRICT}02001,Xã Văn Lang,xa,060\n02002,Xã Văn Lăng,xa,060\n"
    assert places.draft_places(file(tmp_path, names), YEAR_BEFORE_ALL).questions == []


VILLAGES = "commune_code,number,name\n"


@pytest.mark.parametrize("number", ["-1", "0", "1000", "1,5", "một", ""])
def test_a_village_number_no_form_takes_is_refused(lists: Flask, tmp_path: Path, number: str) -> None:
    with pytest.raises(Problem, match="dòng 2"):
        places.draft_villages(file(tmp_path, f'{VILLAGES}01930,"{number}",Bản Cám\n'), 2023)


@pytest.mark.parametrize(
    "rows",
    ["01930,1,\n", "99999,1,Bản Cám\n", "01930,1,Bản Cám\n1930,1,Bản Khác\n"],
    ids=["nameless", "nowhere", "two"],
)
def test_villages_that_cannot_be_meant_are_refused(lists: Flask, tmp_path: Path, rows: str) -> None:
    with pytest.raises(Problem, match="dòng"):
        places.draft_villages(file(tmp_path, VILLAGES + rows), 2023)


def live_in(village: str) -> None:
    """A household in this village, as the fold would leave it."""
    at = NOW.replace(tzinfo=None)
    who = {"id": "0198a6c2-0000-7000-8000-000000000001", "area": village, "author": "a", "device": "d"}
    when = {"created_stamp": "0", "changed_stamp": "0", "created_at": at, "changed_at": at}
    folded = {"heads": {}, "conflicts": {}, "contested": False, "withdrawn": False, "extra": {}, "version": ""}
    db.session.add(Household(**who, **when, **folded, form_version=1, search_key="", sort_key=""))
    db.session.flush()


def test_a_village_with_households_that_would_be_renamed_or_is_left_out_is_asked_about(
    lists: Flask, tmp_path: Path
) -> None:
    live_in("2023.01930.001")
    was = places.village_name("2023.01930.001")
    renamed = places.draft_villages(file(tmp_path, f"{VILLAGES}01930,1,Bản Cám\n01930,2,Bản Ó\n"), 2023)
    assert any(was in question and "Bản Cám" in question for question in renamed.questions)
    left_out = places.draft_villages(file(tmp_path, f"{VILLAGES}01930,7,Bản Cám\n"), 2023)
    assert any(f"{was} (1 hộ)" in question for question in left_out.questions)


MAPPING = "old_commune_code,new_commune_code,whole_or_part\n"


@pytest.mark.parametrize(
    "rows",
    ["01930,99999,whole\n", "99999,01840,whole\n", "01930,01840,all\n", "01930,01840,whole\n01930,01843,part\n"],
    ids=["into nothing", "from nothing", "neither whole nor part", "whole and part"],
)
def test_a_mapping_that_cannot_be_meant_is_refused(lists: Flask, tmp_path: Path, rows: str) -> None:
    with pytest.raises(Problem, match="dòng"):
        places.draft_mapping(file(tmp_path, MAPPING + rows), 2023, 2025)


def test_another_fate_of_a_commune_than_told_before_is_asked_about(lists: Flask, tmp_path: Path) -> None:
    draft = places.draft_mapping(file(tmp_path, f"{MAPPING}1834,1843,Toàn bộ\n"), 2023, 2025)
    assert any("Phường Đức Xuân" in question and "Phường Bắc Kạn" in question for question in draft.questions)


def test_an_import_is_undone_to_the_letter_and_only_while_nothing_stands_on_it(lists: Flask, tmp_path: Path) -> None:
    before = everything()
    content = f"{HEAD}{COMMUNE}".replace("Bằng Thành", "Bằng Thanh") + "09999,Xã Mới,xa,060\n"
    first = places.take(places.draft_places(file(tmp_path, content), 2023), None, NOW)
    villages = places.take(places.draft_villages(file(tmp_path, f"{VILLAGES}09999,1,Bản Mới\n"), 2023), None, NOW)
    db.session.flush()
    assert [each.id for each in places.taken()] == [villages.id, first.id]
    with pytest.raises(PlaceImportInUse):
        places.undo(first.id)
    live_in("2023.09999.001")
    with pytest.raises(PlaceImportInUse):
        places.undo(villages.id)
    db.session.execute(sa.delete(Household))
    places.undo(villages.id)
    places.undo(first.id)
    assert everything() == before
    with pytest.raises(UnknownPlaceImport):
        places.undo(first.id)


def test_what_any_answer_account_program_or_other_list_names_is_not_taken_away(lists: Flask, tmp_path: Path) -> None:
    """Each alone. A new kind of answer that is a place is tried here by itself."""
    db.session.commit()
    who = people.add_account("bay", "Hà Văn Bảy", "supervisor", PASSWORD, [(2025, "01840")]).id
    db.session.commit()
    new = places.take(places.draft_places(file(tmp_path, f"{HEAD}{COMMUNE}"), 2030), None, NOW)
    villages = places.take(places.draft_villages(file(tmp_path, f"{VILLAGES}01858,1,Bản Mới\n"), 2030), None, NOW)
    db.session.flush()
    naming_villages = [an_answer("household", "area", NEW_VILLAGE), an_answer("support_list", "village", NEW_VILLAGE)]
    naming_villages += [an_answer("place_status", "place", NEW_VILLAGE)]
    naming_villages += [Grant(account_id=who, vintage=2030, code=NEW_VILLAGE), a_token(who, NEW_VILLAGE)]
    assert_each_keeps(villages.id, naming_villages)
    places.undo(villages.id)
    naming = [an_answer(survey, name, "01858@2030") for survey, name in answers_that_are_places()]
    naming += [Grant(account_id=who, vintage=2030, code="060"), a_token(who, "06")]
    naming += [PlaceMapping(from_vintage=2025, from_code="01840", to_vintage=2030, to_code="01858", whole=True)]
    naming += [PlaceMapping(from_vintage=2030, from_code="01858", to_vintage=2035, to_code="01858", whole=True)]
    naming += [Place(vintage=2030, code="01861", name="Xã Khác", level="xa", parent_code="060", search_key="xa khac")]
    assert_each_keeps(new.id, naming)
    places.undo(new.id)


NEW_VILLAGE = "2030.01858.001"


def assert_each_keeps(number: int, naming: list[Any]) -> None:
    for each in naming:
        with db.session.begin_nested() as tried:
            db.session.add(each)
            db.session.flush()
            with pytest.raises(PlaceImportInUse):
                places.undo(number)
            tried.rollback()


def answers_that_are_places() -> list[tuple[str, str]]:
    """Every question, of any survey, whose answer is a place of a list."""
    return [
        (survey, name) for survey, kind in SURVEYS.items() for name in {"place", "commune"} & questions(kind).keys()
    ]


def a_token(account: str, code: str) -> ApiToken:
    said = {"scopes": ["places"], "token_hash": "0", "made_at": NOW.replace(tzinfo=None), "ends_on": NOW.date()}
    return ApiToken(name="Excel", account_id=account, grants=[[2030, code]], exact=False, **said)


def an_answer(survey: str, name: str, value: str) -> Record:
    """A record of which nothing is known but this answer."""
    at = NOW.replace(tzinfo=None)
    who = {"id": "0198a6c2-0000-7000-8000-000000000001", "author": "a", "device": "d"}
    when = {"created_stamp": "0", "changed_stamp": "0", "created_at": at, "changed_at": at}
    folded = {"heads": {}, "conflicts": {}, "contested": False, "withdrawn": False, "extra": {}, "version": ""}
    made = SURVEYS[survey](**{"area": None, **who, **when, **folded, "form_version": 1, name: value})
    if survey == "household":
        made.search_key = made.sort_key = ""
    return made


def test_a_list_taken_in_place_of_another_is_seen_by_who_did_not_ask_in_between(lists: Flask, tmp_path: Path) -> None:
    """Another worker of the server, say; and the two lists are as long as each other."""
    other = COMMUNE.replace("060", "061")
    for content, district in ((COMMUNE, "060@2030"), (other, "061@2030")):
        taken = places.take(places.draft_places(file(tmp_path, f"{HEAD}{content}"), 2030), None, NOW)
        db.session.commit()
        assert district in ranking.lineage_here().known("01858@2030")
        at = places.Gazetteer(db.session(), 2030).everywhere[2030, "01858"]
        assert f"{at.parent_code}@2030" == district
        places.undo(taken.id)
        db.session.commit()


def test_an_import_that_a_later_one_changed_waits_for_that_one_to_be_undone(lists: Flask, tmp_path: Path) -> None:
    before = everything()
    taken = [
        places.take(places.draft_places(file(tmp_path, f"{HEAD}06,{name},tinh,\n"), 2023), None, NOW)
        for name in ("Tỉnh Bắc Cạn", "Tỉnh Bắc-cạn")
    ]
    db.session.flush()
    with pytest.raises(PlaceImportInUse):
        places.undo(taken[0].id)
    for each in reversed(taken):
        places.undo(each.id)
    assert everything() == before
