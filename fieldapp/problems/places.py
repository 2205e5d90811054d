"""Lists of places and their import."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.problems.base import Problem


class NoDistricts(Problem):
    code, status = "no_districts", 400
    sentence = _l(
        "There are no districts in the list of places of %(vintage)s. Choose communes, or the places of 2023."
    )


class UnknownVintage(Problem):
    code, status = "unknown_vintage", 404
    sentence = _l("There is no list of places of %(vintage)s. The lists are: %(vintages)s.")


class UnknownPlace(Problem):
    code, status = "unknown_place", 404
    sentence = _l(
        "No place has the code %(code)s in the list of %(vintage)s, or it is outside the area you look after."
    )


class NotAPlaceList(Problem):
    code, status = "not_a_place_list", 400
    sentence = _l("%(file)s is not a list of places that can be read; look at line %(line)s. Nothing was changed.")


class OtherPlaceList(Problem):
    code, status = "other_place_list", 400
    sentence = _l(
        "%(file)s is a list of another kind. It holds: “%(found)s”. You chose: “%(chosen)s”. Choose the kind that it "
        "is, then look at it again. Nothing was changed."
    )


class NoPlaceHeadings(Problem):
    code, status = "no_place_headings", 400
    sentence = _l(
        "No line near the top of %(file)s has the headings of “%(chosen)s”. Look whether it is the right file. A list "
        "of households, of support or of indicators is imported on the page “Import lists”. Nothing was changed."
    )


class NoListFile(Problem):
    code, status = "no_list_file", 400
    sentence = _l("Choose the file with the list first.")


class WorkbookNotList(Problem):
    code, status = "workbook_not_list", 400
    sentence = _l(
        "%(file)s is a workbook of Excel. Open it, save it as “CSV UTF-8”, and import that. Nothing was changed."
    )


class UnreadableLetters(Problem):
    code, status = "unreadable_letters", 400
    sentence = _l(
        "The letters in line %(line)s of %(file)s cannot be read as Vietnamese: it was saved with an old font or"
        " another encoding. Convert it to Unicode and save it as “CSV UTF-8”. Nothing was changed."
    )


class ImpossiblePlaceList(Problem):
    code, status = "impossible_place_list", 400
    sentence = _l("%(file)s cannot be meant as it stands, so nothing was changed:\n%(reasons)s")


class NoCommunesYet(Problem):
    code, status = "no_communes_yet", 409
    sentence = _l(
        "Nothing was changed: there is no list of the communes of %(vintage)s yet. "
        "Import that one first, then this one again."
    )


class QuestionsOfPlaceList(Problem):
    code, status = "questions_of_place_list", 409
    sentence = _l(
        "Nothing was changed yet. %(file)s raises questions:\n%(questions)s\n"
        "If all of this is meant, import it again with --yes."
    )


class UnknownPlaceImport(Problem):
    code, status = "unknown_place_import", 404
    sentence = _l("There is no import of a list with the number %(number)s, or it was undone already.")


class PlaceImportInUse(Problem):
    code, status = "place_import_in_use", 409
    sentence = _l("The import of this list cannot be undone any more: %(reason)s. Nothing was changed.")
