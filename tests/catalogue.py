"""The catalogues: current, their placeholders the same, the Vietnamese one complete. ``python -m tests.catalogue``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel import Locale
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from fieldapp.i18n import DEFAULT, LANGUAGES, SOURCE
from fieldapp.packaged import VERSION

ROOT = Path(__file__).parent.parent
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
TRANSLATED = [code for code in LANGUAGES if code != SOURCE]
OTHER_WORDS = {"tệp sao lưu": "tệp dự phòng", "người quản trị": "quản trị viên"}
"""A word of which people think that it means another thing than the one all other sentences use."""
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def extract() -> Catalog:
    """Every message of the source: Python, templates and JavaScript."""
    with (ROOT / "translations/babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = Catalog()
    for _file, _line, message, _comments, context in extract_from_dir(ROOT, methods, options, keywords=KEYWORDS):
        found.add(message, context=context)
    return found


def place(language: str) -> Path:
    """Where the catalogue of a language is."""
    return ROOT / f"translations/{language}/LC_MESSAGES/messages.po"


def read(language: str = DEFAULT) -> Catalog:
    """The catalogue of a language as it stands; an empty one where it was only just named."""
    if not place(language).exists():
        return Catalog(locale=language)
    with place(language).open("rb") as file:
        return read_po(file, locale=language)


def faults() -> Iterator[str]:
    """What keeps the catalogues from being current, and the Vietnamese one from being complete, a sentence each."""
    source = {key(message.id) for message in extract() if message.id}
    for language in TRANSLATED:
        yield from (f"{language}: {fault}" for fault in _faults(language, source))


def _faults(language: str, source: set[str]) -> Iterator[str]:
    held = {key(message.id): message for message in read(language) if message.id}
    yield from (f"not in the catalogue: {text!r}" for text in sorted(source - held.keys()))
    yield from (f"no longer in the source: {text!r}" for text in sorted(held.keys() - source))
    for text in sorted(source & held.keys()):
        translation = key(held[text].string)
        if not translation:
            yield from [f"not translated: {text!r}"] if language == DEFAULT else []
        elif held[text].fuzzy:
            yield f"marked fuzzy: {text!r}"
        elif set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(translation)):
            yield f"other placeholders in the translation of {text!r}"
        yield from (
            f"say {word!r} in {translation!r}" for other, word in OTHER_WORDS.items() if other in translation.lower()
        )


def key(message: str | tuple[str, ...] | list[str]) -> str:
    """The text a message is known by; of a plural, its first form."""
    return message if isinstance(message, str) else message[0]


def update(language: str) -> None:
    """Write a catalogue anew: the messages of the source, with the translations there are."""
    known = {key(message.id): key(message.string) for message in read(language) if message.id}
    fresh = Catalog(
        locale=language,
        project="fieldapp",
        version=VERSION,
        header_comment=f"# {Locale.parse(language).english_name} translations of fieldapp.",
        language_team=language,
        last_translator="fieldapp",
        creation_date=datetime(2026, 1, 1, tzinfo=UTC),
        revision_date=datetime(2026, 1, 1, tzinfo=UTC),
        fuzzy=False,
    )
    for message in sorted((each for each in extract() if each.id), key=lambda each: key(each.id)):
        text = known.get(key(message.id), "")
        forms = (text,) * fresh.num_plurals
        fresh.add(message.id, text if isinstance(message.id, str) else forms, flags=message.flags)
    place(language).parent.mkdir(parents=True, exist_ok=True)
    with place(language).open("wb") as file:
        write_po(file, fresh, width=0, no_location=True, sort_output=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["update"]:
        for code in TRANSLATED:
            update(code)
    found = list(faults())
    sys.exit("\n".join(found) or None)
