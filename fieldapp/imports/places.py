"""Which village, commune and programme the words of a list mean."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import NamedTuple

from fieldapp.db import db
from fieldapp.imports.values import LEFT_EMPTY
from fieldapp.places import Gazetteer
from fieldapp.places.models import Village
from fieldapp.reference.current import current_rules
from fieldapp.reference.naming import id_of_code
from fieldapp.vietnamese import search_key

_VILLAGE = r"(thon|ban|xom|to dan pho|tdp|khu pho|khu dan cu|khu|to|tieu khu)"
_COMMUNE = r"(xa|phuong|thi tran|tt|p|x)"
_DISTRICT = r"(huien|thanh pho|tp|thi xa|quan)"


class FoundVillage(NamedTuple):
    """The village a row means; or why none, with what it said, as a word that a person can explain."""

    village: str = ""
    why: str = ""
    value: str = ""
    commune: str = ""
    word: str = ""
    shown: str = ""


class Hamlet(NamedTuple):
    """A village: its id, its name, its search key, and the commune people know it by."""

    id: str
    name: str
    key: str
    commune: str


class ListedCommune(NamedTuple):
    """A commune of a list of places that has villages."""

    code: str
    name: str
    vintage: int


class Villages:
    """Every village by the communes it has lain in. ``words``: what a person said that a name means."""

    def __init__(self, commune: str, words: Mapping[str, str]) -> None:
        self.words = words
        self._all: dict[str, Hamlet] = {}
        self._communes: dict[str, set[Hamlet]] = defaultdict(set)
        self._districts: dict[str, set[Hamlet]] = defaultdict(set)
        self._names: set[str] = set()
        self._listed: set[ListedCommune] = set()
        gazetteer = Gazetteer(db.session())
        for village in gazetteer.villages.values():
            self._note(village, gazetteer)
        self.only = self._communes.get(commune, set()) if commune else None
        self._programmes = _programmes()
        self._find = lru_cache(maxsize=20_000)(self._look)

    def _note(self, village: Village, here: Gazetteer) -> None:
        known = here.known(village.id)
        hamlet = Hamlet(village.id, village.name, village.search_key, known.name if known else "")
        self._all[village.id] = hamlet
        for place in (here.everywhere.get((village.vintage, village.commune_code)), here.commune(village.id)):
            if place is None:
                continue
            whole = f"{place.code}@{place.vintage}"
            for key in (search_key(place.name), _bare(place.name, _COMMUNE), place.code, whole):
                self._communes[key].add(hamlet)
            self._listed.add(ListedCommune(whole, place.name, place.vintage))
            if above := here.above(place):
                self._districts[_bare(above.name, _DISTRICT)].add(hamlet)
        self._names |= {hamlet.key, _bare(hamlet.name, _VILLAGE)}

    @property
    def communes(self) -> list[ListedCommune]:
        """The communes of today and of every earlier list that have villages, the newest first."""
        return sorted(self._listed, key=lambda place: (-place.vintage, search_key(place.name), place.code))

    def within(self, commune: str) -> list[Hamlet]:
        """The villages of a commune, by its name or code; those of the whole list, where it is not known."""
        keys = (search_key(commune), _bare(commune, _COMMUNE))
        found = next((self._communes[key] for key in keys if key in self._communes), None)
        return sorted(found or self.only or self._all.values(), key=lambda each: (each.commune, each.key, each.id))

    def name(self, village: str) -> str:
        """``Thôn Nà Vài, Xã Ba Bể``."""
        found = self._all.get(village)
        return ", ".join(filter(None, (found.name, found.commune))) if found else village

    def is_like(self, text: str) -> bool:
        """Whether a title between the rows names a village or a commune."""
        key = search_key(text)
        key = re.sub(r"^([0-9]+|[ivx]+|[a-h]) ", "", key)
        return bool(re.match(rf"({_VILLAGE}|{_COMMUNE}) ", key)) or _bare(text, _VILLAGE) in self._names

    def is_commune(self, text: str) -> bool:
        """Whether a title names a commune."""
        return bool(re.match(r"(xa|phuong|thi tran) ", re.sub(r"^([0-9]+|[ivx]+|[a-h]) ", "", search_key(text))))

    def find(self, *, village: str, commune: str, district: str, address: str) -> FoundVillage:
        """The village that these texts of a row mean."""
        return self._find(village, commune, district, address)

    def _look(self, village: str, commune: str, district: str, address: str) -> FoundVillage:
        if address and not village:
            village, said_commune = _split(address)
            commune = commune or said_commune
        shown = ", ".join(filter(None, (village, commune)))
        word = search_key(shown)
        if (meant := self.words.get(word)) and meant != LEFT_EMPTY:
            return FoundVillage(meant)
        inside = self._inside(commune, district)
        if inside is None:
            return FoundVillage("", "unknown_commune", commune or village, "", word, shown)
        if not village:
            return FoundVillage("", "no_village")
        return self._among(inside, village, commune, word, shown)

    def _inside(self, commune: str, district: str) -> Collection[Hamlet] | None:
        if not commune:
            return self.only if self.only is not None else set(self._all.values())
        digits = re.sub(r"\D", "", commune) if re.fullmatch(r"[0-9. ]{4,7}", commune.strip()) else ""
        keys = (digits.zfill(5), search_key(commune), _bare(commune, _COMMUNE))
        found = next((self._communes[key] for key in keys if key in self._communes), None)
        in_district = self._districts.get(_bare(district, _DISTRICT)) if district else None
        narrowed = found & in_district if found and in_district else None
        return narrowed or found

    def _among(self, inside: Collection[Hamlet], village: str, commune: str, word: str, shown: str) -> FoundVillage:
        key, bare = search_key(village), _bare(village, _VILLAGE)
        exact = [each for each in inside if each.key == key]
        found = exact or [each for each in inside if _bare(each.name, _VILLAGE) == bare]
        if len(found) == 1:
            return FoundVillage(found[0].id)
        why = "several_villages" if found else "unknown_village"
        return FoundVillage("", why, village, commune, word, shown)

    def programme(self, text: str, words: Mapping[str, str]) -> str | None:
        """The id of the programme that a text means, by its code or its name."""
        key = search_key(text)
        code = words.get(key) or self._programmes.get(key)
        return id_of_code("programme", code) if code and code != LEFT_EMPTY else None


def _programmes() -> dict[str, str]:
    found: dict[str, str] = {}
    for each in current_rules(db.session()).programmes:
        found |= {search_key(each.code): each.code, search_key(each.name): each.code}
    return found


def _bare(text: str, kind: str) -> str:
    """A name without its level and without a number before it, for comparing."""
    key = re.sub(r"^([0-9]+|[ivx]+) (?=[a-z])", "", search_key(text))
    return re.sub(rf"^{kind} (?=\S)", "", key)


def _split(address: str) -> tuple[str, str]:
    """The village and the commune of ``Thôn Nà Vài, xã Ba Bể, huyện Ba Bể``, or of ``Nà Vài - Ba Bể``."""
    parts = [part.strip() for part in re.split(r"[,;\n]| - |–", address) if part.strip()]
    commune = next((part for part in parts if re.match(r"(xa|phuong|thi tran|tt) ", search_key(part))), "")
    village = next((part for part in parts if re.match(rf"{_VILLAGE} ", search_key(part))), "")
    rest = [part for part in parts if part not in (commune, village) and not re.match(_DISTRICT, search_key(part))]
    village = village or (rest.pop(0) if rest else "")
    return village, commune or (rest[0] if rest and len(parts) > 1 else "")
