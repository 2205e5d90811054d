"""The commands speak Vietnamese, and English to those who ask for it: their help, and what they say to wrong words."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from fieldapp.cli import base, main
from fieldapp.cli.words import PLACES, plain
from fieldapp.i18n import speaking
from fieldapp.reports import REPORTS
from tests.again import again
from tests.commands.tree import below


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    for name, each in below(command):
        yield from commands(each, (*path, name))


def said(*words: str, lang: str = "vi", status: int = 0) -> str:
    """What is printed, on one line."""
    env = {"FIELDAPP_LANG": lang, "FIELDAPP_INSTANCE": "none"}
    result = CliRunner().invoke(main, words, env=env, terminal_width=10_000)
    assert result.exit_code == status, result.output
    return " ".join(result.output.split())


def _takes_a_number(param: click.Parameter) -> bool:
    return isinstance(param.type, click.types.IntParamType)


ALL = dict(commands(main))
STANDING_FOR = {"OPTIONS", "COMMAND", "ARGS", *PLACES}


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_is_vietnamese_and_english_where_it_is_asked_for(path: tuple[str, ...]) -> None:
    english = said(*path, "--help", lang="en")
    sources = [" ".join(each.help.split()) for each in (ALL[path], *ALL[path].params) if getattr(each, "help", None)]
    assert english.startswith("Usage: ")
    assert all(source in english for source in sources)
    vietnamese = said(*path, "--help")
    assert vietnamese.startswith("Cách dùng: ")
    assert [source for source in sources if source in vietnamese and len(source.split()) > 5] == []
    assert "Hiện hướng dẫn này rồi thoát." in vietnamese
    assert STANDING_FOR.intersection(re.findall(r"[\w@]+", vietnamese)) == set()
    assert said(*path, "--help", lang="en") == english


LITERAL = {"URL", "URL|status"}
"""What stands for what is to be typed and is the same in each language."""


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_what_stands_for_what_is_to_be_typed_is_a_word_of_the_language(path: tuple[str, ...]) -> None:
    said(*path, "--help", lang="en")
    context = click.Context(ALL[path])
    typed = [each for each in ALL[path].params if not (isinstance(each, click.Option) and each.is_flag)]
    stand = {each.make_metavar(context).strip("[].") for each in typed if not isinstance(each.type, click.Choice)}
    assert stand - LITERAL <= {str(english) for english in PLACES}
    assert "%" not in said(*path, "--help")


@pytest.mark.parametrize("lang", ["vi", again("en")])
@pytest.mark.parametrize("path", [path for path, each in ALL.items() if isinstance(each, click.Group)], ids=" ".join)
def test_no_list_of_commands_breaks_off_in_a_sentence(path: tuple[str, ...], lang: str) -> None:
    result = CliRunner().invoke(main, [*path, "--help"], env={"FIELDAPP_LANG": lang}, terminal_width=80)
    listed = result.output.split("\n\n")[-1]
    assert listed.count(".\n") >= len(list(below(ALL[path])))
    assert "..." not in listed


@pytest.mark.parametrize("lang", ["vi", again("en")])
def test_the_help_of_report_names_every_report(lang: str) -> None:
    text = said("report", "--help", lang=lang)
    with speaking(lang):
        assert [each.name for each in REPORTS.values() if f"{each.name} {each.title}" not in text] == []


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_option_says_what_it_does(path: tuple[str, ...]) -> None:
    options = [each for each in ALL[path].params if isinstance(each, click.Option)]
    assert [each.name for each in options if not each.help] == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("user", "add"), "Lỗi: Thiếu tham số 'TÊN_ĐĂNG_NHẬP'."),
        (("place", "import", "none.csv"), "Tệp 'none.csv' không tồn tại."),
        (("usr",), "Lỗi: Không có lệnh 'usr'."),
        (("serve", "--prt"), "Lỗi: Không có tùy chọn"),
        (("serve", "--port", "x"), "Lỗi: Giá trị của '--port' không hợp lệ"),
        (("doctor", "--format", "pdf"), "'pdf' không nằm trong 'table', 'json'"),
        (("place", "reorganise", __file__), "Lỗi: Thiếu tùy chọn '--date'"),
        *(
            (("report", "progress", day, "nonsense"), "“nonsense” không phải là một ngày")
            for day in ("--since", "--until", "--as-of")
        ),
        (("doctor", "twice"), "Lỗi: Thừa tham số (twice)"),
    ],
    ids=lambda each: " ".join(each)[:30] if isinstance(each, tuple) else "",
)
def test_wrong_words_are_answered_in_vietnamese(words: tuple[str, ...], says: str) -> None:
    assert says in said(*words, status=2)


NUMBERS = [(path, each) for path, command in ALL.items() for each in command.params if _takes_a_number(each)]


@pytest.mark.parametrize(
    ("path", "number"), NUMBERS, ids=lambda each: each.name if isinstance(each, click.Parameter) else " ".join(each)
)
def test_what_is_no_number_is_answered_in_the_language_of_the_person(
    path: tuple[str, ...], number: click.Parameter
) -> None:
    for lang, says in (("vi", "'x' không phải số nguyên hợp lệ"), ("en", "'x' is not a valid whole number")):
        said(*path, "--help", lang=lang)
        with pytest.raises(click.BadParameter, match=says):
            number.type_cast_value(click.Context(ALL[path]), ["x"] * number.nargs if number.multiple else "x")


DAYS = [
    (path, each) for path, command in ALL.items() for each in command.params if isinstance(each.type, base.DayParam)
]


def test_no_command_takes_a_day_in_a_way_of_its_own() -> None:
    others = click.types.DateTime
    assert [
        (path, each.name) for path, command in ALL.items() for each in command.params if isinstance(each.type, others)
    ] == []
    told = {" ".join((*path, each.opts[0])) for path, each in DAYS}
    assert told >= {"place reorganise --date", "report --since", "report --as-of", "import households --day"}
    called = {"--date", "--day", "--since", "--until", "--as-of"}
    assert {each.name for _path, each in DAYS} == {
        each.name for command in ALL.values() for each in command.params if called & set(each.opts)
    }


@pytest.mark.parametrize(("path", "day"), DAYS, ids=lambda each: each.name if isinstance(each, click.Option) else "")
def test_a_day_is_read_however_it_is_typed_and_what_is_none_is_refused_in_words(
    path: tuple[str, ...], day: click.Option
) -> None:
    context = click.Context(ALL[path])
    read = {day.process_value(context, typed) for typed in ("31/01/2026", "2026-01-31", "31.1.2026")}
    assert read == {"2026-01-31"}
    for typed in ("31/02/2026", "2026", "nonsense", "01/31/2026"):
        with speaking("en"), pytest.raises(click.BadParameter, match=r"is no day\. Write it as 31/01/2026") as refused:
            day.process_value(context, typed)
        assert typed in refused.value.message
        assert "%" not in refused.value.message


def test_a_help_text_has_its_paragraphs_each_on_one_line() -> None:
    assert plain("One\n    two.\n\n    Three\n    four.\n    ") == "One two.\n\nThree four."


def test_progress_without_an_end_says_a_line_every_few_seconds_in_a_pipe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = iter(n * 0.5 for n in range(100))
    monkeypatch.setattr(base.time, "monotonic", lambda: next(seconds))
    progress = base.ProgressLine("Exchanged")
    for done in range(1, 41):
        progress(done)
    progress.done()
    assert capsys.readouterr().err.splitlines() == [f"Exchanged: {done}" for done in (10, 20, 30, 40)]
