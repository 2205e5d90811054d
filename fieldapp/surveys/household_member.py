"""One person of a household: a record of its own, so that two people who list one household merge person by person."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Record, Section
from fieldapp.surveys.columns import one_of, reference, text, warning, year, yes_no


class HouseholdMember(Record, Base):
    """A member of a household. The list is optional, and the head may be on it."""

    __tablename__ = survey = "household_member"
    title = _l("Household member")
    plural = _l("Household members")
    reviewed = False
    named_by = ("name",)
    sections = (Section(_l("The member"), "household"),)

    household = reference(_l("Household"), of="household", required=True)
    name = text(
        _l("Full name of the member"),
        short=_l("Full name"),
        longest=80,
        required=True,
        rules=[
            warning(
                "pattern",
                "full_name",
                _l("A full name has a family name and a given name, and no digits. Please look again."),
            )
        ],
    )
    relationship = one_of(_l("Relationship to the head"), "relationship", required=True)
    relationship_other = text(
        _l("Which other relationship?"),
        short=_l("Other relationship"),
        required=True,
        asked_if={"relationship": ["khac"]},
    )
    sex = one_of(_l("Sex"), "sex", required=True)
    birth_year = year(_l("Year of birth"), required=True, not_after="today", private=True)
    ethnic_group = one_of(_l("Ethnic group"), "ethnic_group", private=True)
    disability = one_of(_l("Disability"), "disability", private=True)
    in_school = yes_no(_l("Goes to school now?"), short=_l("In school"))
    works = yes_no(_l("Works and earns now?"), short=_l("Works"))
