"""People and tablets by command: what it prints, what it leaves, and one sentence for each failure."""

from __future__ import annotations

import re

import pytest

from fieldapp.config import Config
from sync.sealing import SealingKey
from tests.commands.asked import (
    Ask,
    refused,
)
from tests.commands.conftest import Run


def test_an_account_gets_a_password_that_works(run: Run, ask: Ask) -> None:
    made = ask("user", "add", "ha", "--role", "supervisor", "--area", "061@2023", "--name", "Ma Thị Hà")
    assert re.fullmatch(r"[0-9a-z]{4}(-[0-9a-z]{4}){2}", made["password"])
    listed = {row["username"]: row for row in ask("user", "list")}
    assert listed["ha"]["areas"] == ["061@2023"]
    assert "password" not in listed["ha"]


def test_a_given_password_is_never_printed(run: Run) -> None:
    out = run("user", "add", "ha", "--role", "leader", "--area", "06@2023", "--password-stdin", typed="bốn từ dễ nhớ\n")
    assert "bốn từ" not in out.output


def test_an_account_can_have_the_id_it_has_elsewhere(ask: Ask) -> None:
    made = ask("user", "add", "ha", "--role", "leader", "--id", "00112233445566ff")
    assert made["id"] == "00112233445566ff"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("ha", "--role", "minister"), "The roles are"),
        (("lan", "--role", "leader"), "already an account"),
        (("ha", "--role", "leader", "--area", "Ba Bể"), "code@vintage"),
        (("ha", "--role", "leader", "--area", "01930"), "code@vintage"),
        (("ha", "--role", "leader", "--area", "99999@2023"), "No place has the code 99999"),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_a_sentence(run: Run, args: tuple[str, ...], says: str) -> None:
    refused(run, "user", "add", *args, says=says)


def test_an_account_switched_off_is_listed_so(run: Run, ask: Ask) -> None:
    run("user", "disable", "lan")
    assert [row["username"] for row in ask("user", "list") if not row["active"]] == ["lan"]


def test_an_account_is_changed_and_switched_on_again_and_the_last_administrator_stays(run: Run, ask: Ask) -> None:
    run("user", "disable", "lan")
    run("user", "enable", "lan")
    run("user", "change", "lan", "--role", "supervisor", "--area", "01930@2023", "--area", "2023.01924.001")
    run("user", "change", "lan", "--name", "Hoàng Thị Lan Anh")
    [lan] = [row for row in ask("user", "list") if row["username"] == "lan"]
    assert (lan["name"], lan["role"], lan["active"]) == ("Hoàng Thị Lan Anh", "supervisor", True)
    assert lan["areas"] == ["01930@2023", "2023.01924.001"]
    run("user", "change", "lan", "--no-area")
    [lan] = [row for row in ask("user", "list") if row["username"] == "lan"]
    assert lan["areas"] == []
    for words in (("disable", "quan"), ("change", "quan", "--role", "leader")):
        refused = run("user", *words, status=1)
        assert "Triệu Minh Quân is the only administrator" in refused.output


def test_a_new_password_is_made_up_and_shown_once(run: Run) -> None:
    assert re.search(r"[0-9a-z]{4}(-[0-9a-z]{4}){2}", run("user", "password", "lan").stdout)


def test_an_enrolment_code_is_printed_for_programs(ask: Ask) -> None:
    made = ask("tablet", "enrol", "--user", "lan")
    assert made.keys() == {"code", "url", "expires"}
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", made["code"])
    assert made["url"] == "https://nha-o.example.vn/app/"


def test_whose_tablet_it_will_be_is_named_with_the_option_or_without_and_once(run: Run, ask: Ask) -> None:
    ways = [("lan",), ("--user", "lan"), ("lan", "--user", "lan")]
    assert all(re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", ask("tablet", "enrol", *way)["code"]) for way in ways)
    for way in ((), ("lan", "--user", "binh")):
        said = run("tablet", "enrol", *way, status=2).output
        assert "'fieldapp tablet enrol USERNAME'" in said


def test_an_enrolment_code_is_told_to_people_with_the_key_that_the_tablet_shows(run: Run, config: Config) -> None:
    said = run("tablet", "enrol", "--user", "lan").stdout
    kid = SealingKey.load(config.sealing_key).kid
    assert f"{kid[:4]} {kid[4:8]} {kid[8:12]} {kid[12:]}" in said


def test_a_tablet_is_switched_off_by_the_start_of_its_id(run: Run, ask: Ask) -> None:
    device = ask("tablet", "list")[0]["id"]
    run("tablet", "revoke", device[:8])
    assert {row["id"]: row["revoked"] for row in ask("tablet", "list")}[device]
    refused(run, "tablet", "revoke", "zz", says="No device")
