"""Vietnamese text as old files hold it: which encoding bytes are in, and what the fonts of TCVN3 (ABC) and VNI meant.

Pure. A file of such a font looks like ``NguyÔn V¨n ¸nh`` or ``Nguyeãn Vaên AÙnh`` to every program of today.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal

Font = Literal["tcvn3", "vni", ""]

_TCVN3 = dict(
    zip(
        "¡¢£¤¥¦§¨©ª«¬\xad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
        "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        strict=True,
    )
)
_SURE = frozenset("¡¢£¤¥¦§¨©ª«¬\xad®µ¶·¸¹»¼½¾ÇÐ×ÝÞßç÷þ")
"""What no text of today and no text of VNI holds."""
_MARKS = {
    "ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323",
    "â": "\u0302", "á": "\u0302\u0301", "à": "\u0302\u0300", "å": "\u0302\u0309", "ã": "\u0302\u0303",
    "ä": "\u0302\u0323", "ê": "\u0306", "é": "\u0306\u0301", "è": "\u0306\u0300", "ú": "\u0306\u0309",
    "ü": "\u0306\u0303", "ë": "\u0306\u0323",
}  # fmt: skip
"""What a letter after a vowel means in VNI."""
_ALONE = {"ñ": "đ", "ö": "ư", "ô": "ơ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_PAIR = re.compile("[aeouyôö][ùøûõïâáàåãäêéèúüë]", re.IGNORECASE)
_LATIN, _PIECE = 0x100, re.compile("(.)([ùøûõïâáàåãäêéèúüëÙØÛÕÏÂÁÀÅÃÄÊÉÈÚÜË]?)", re.DOTALL)
_ODD = re.compile("[äåæçëîïñöøûüÄÅÆÇËÎÏÑÖØÛÜß]|[a-z][À-Þ]")


def decode(data: bytes) -> str:
    """The text in bytes: UTF-8 and UTF-16 with or without their mark, Windows-1258, or Latin letters of an old font."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if data[:200].count(0) > len(data[:200]) // 4:
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _of_one_byte(data)


def _of_one_byte(data: bytes) -> str:
    """Windows-1258 has vowels followed by marks; a text of an old font has signs that are no letters."""
    marked = len(re.findall(rb"[AEIOUYaeiouy\xc2\xca\xd4\xd5\xdd\xe2\xe3\xea\xf4\xf5\xfd][\xcc\xd2\xde\xec\xf2]", data))
    latin = data.decode("latin-1")
    signs = sum(latin.count(sign) for sign in _SURE - set("ÐÝÞ÷"))
    if marked > signs:
        return unicodedata.normalize("NFC", data.decode("cp1258", "replace"))
    return latin


def font_of(texts: Sequence[str]) -> Font:
    """The old font that most of these texts of one column are written in; "" for text of today."""
    tcvn3 = sum(not _SURE.isdisjoint(text) for text in texts if not is_of_today(text))
    vni = sum(bool(_PAIR.search(text)) or "ñ" in text.lower() for text in texts if not is_of_today(text))
    today = sum(is_of_today(text) for text in texts)
    if max(tcvn3, vni) <= today:
        return ""
    return "tcvn3" if tcvn3 >= vni else "vni"


def is_odd(text: str) -> bool:
    """Whether a text holds letters that no Vietnamese word of today has, or a capital with a mark inside a word."""
    return not is_of_today(text) and _ODD.search(text) is not None


def is_of_today(text: str) -> bool:
    """Whether a text has a letter that no old font has."""
    return not text.isascii() and any(ord(letter) >= _LATIN for letter in text)


def repaired(text: str, font: Font) -> str:
    """A text of an old font as text of today; any other as it is."""
    if not font or text.isascii() or is_of_today(text):
        return text
    return "".join(_TCVN3.get(letter, letter) for letter in text) if font == "tcvn3" else _from_vni(text)


def _from_vni(text: str) -> str:
    found = []
    for letter, after in _PIECE.findall(text):
        plain = _cased(_ALONE.get(letter.lower(), letter), letter)
        if after and letter.lower() in "aeouyôö":
            found.append(plain + _MARKS[after.lower()])
        else:
            found += [plain, _cased(_ALONE.get(after.lower(), after), after)]
    return unicodedata.normalize("NFC", "".join(found))


def _cased(letter: str, like: str) -> str:
    return letter.upper() if like.isupper() else letter
