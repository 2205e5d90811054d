"""The household: who lives there, where, and what the official poverty review says of it."""

from __future__ import annotations

import sqlalchemy as sa

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Record, Section
from fieldapp.surveys.columns import (
    date,
    integer,
    long_text,
    many_of,
    one_of,
    point,
    text,
    village,
    warning,
    year,
    yes_no,
)

NUMBERED = {"id_document": ["cccd", "cmnd"]}
REVIEWED = {"poverty_class": ["ngheo", "can_ngheo", "moi_thoat_ngheo"]}


class Household(Record, Base):
    """One household, as Decree 07/2021 and Circular 01/2022 need to know it."""

    __tablename__ = survey = "household"
    FORM_VERSION = 2
    title = _l("Household")
    plural = _l("Households")
    named_by = ("head_name", "other_name")
    searched_by = ("citizen_id", "phone", "address_detail")
    sections = (
        Section(_l("Visit and place"), "visited_on"),
        Section(
            _l("Head of household"),
            "head_name",
            _l(
                "These facts are asked for the State's management of housing support, as the law provides; "
                "no consent is needed for that. They are seen only by those whose work it is."
            ),
        ),
        Section(_l("People in the household"), "members"),
        Section(_l("Poverty class and circumstances"), "poverty_class"),
        Section(
            _l("Consent for other uses"),
            "consent_other_uses",
            _l(
                "Only for uses beyond State management, such as showing photos or telling the story to donors or the "
                "press. Read the consent text out. Saying no changes nothing about the support."
            ),
        ),
        Section(_l("Remarks"), "remarks"),
    )

    visited_on = date(_l("Date of the visit"), required=True, not_after="today", not_before="2020-01-01")
    village = village(
        _l("Village"),
        required=True,
        hint=_l("The village the household lives in now, by the communes of the list shown."),
    )
    address_detail = text(
        _l("How to find the house"),
        hint=_l("For example: past the spillway, the stilt house on the left."),
    )
    location = point(
        _l("Position of the house"),
        short=_l("Position"),
        private=True,
        hint=_l("Stand in the yard under open sky and wait until the error is below 20 m."),
    )

    head_name = text(
        _l("Full name of the head of household"),
        short=_l("Full name of the head"),
        longest=80,
        required=True,
        hint=_l("Family name, middle name, given name, as on the papers."),
        rules=[
            warning(
                "pattern",
                "full_name",
                _l("A full name has a family name and a given name, and no digits. Please look again."),
            )
        ],
    )
    other_name = text(
        _l("Name people use every day"),
        longest=80,
        hint=_l("If it is not the name on the papers; leave empty if there is none."),
    )
    head_sex = one_of(_l("Sex of the head"), "sex", required=True)
    birth_date = date(
        _l("Date of birth of the head"),
        required=True,
        year_alone=True,
        not_after="today",
        not_before="1900",
        private=True,
        hint=_l("Day, month and year; if only the year is known, write the year."),
        rules=[
            warning(
                "age_at_least",
                15,
                _l("The head of household would be under 15 years old. Please check the year of birth."),
            )
        ],
    )
    ethnic_group = one_of(
        _l("Ethnic group of the head"), "ethnic_group", short=_l("Ethnic group"), required=True, private=True
    )
    id_document = one_of(_l("Identity number of the head"), "id_document", required=True)
    citizen_id = text(
        _l("Citizen identity number"),
        longest=20,
        pattern="citizen_id",
        required=True,
        private=True,
        asked_if=NUMBERED,
        hint=_l("12 digits on a citizen identity card; 9 on an old card. Spaces do not matter."),
        rules=[
            warning(
                "citizen_id_province",
                None,
                _l("The first three digits are not the code of any province. Please compare with the card."),
            ),
            warning(
                "citizen_id_sex",
                "head_sex",
                _l("The fourth digit does not agree with the sex of the head. Please check both."),
            ),
            warning(
                "citizen_id_year",
                "birth_date",
                _l("The number does not agree with the year of birth. Please check both."),
            ),
            warning(
                "pattern",
                "citizen_id_12",
                _l(
                    "A citizen identity number has 12 digits; this one has 9, as on an old card. Please check the card."
                ),
                when={"id_document": ["cccd"]},
            ),
        ],
    )
    no_id_reason = one_of(
        _l("Why is there no number?"),
        "no_id_reason",
        short=_l("Reason for no number"),
        required=True,
        asked_if={"id_document": ["khong"]},
    )
    no_id_reason_other = text(
        _l("Which other reason for no number?"),
        short=_l("Other reason for no number"),
        required=True,
        asked_if={"no_id_reason": ["khac"]},
    )
    whose_phone = one_of(
        _l("Whose telephone can we call?"),
        "phone_owner",
        short=_l("Whose telephone"),
        required=True,
        hint=_l("One telephone for several households is normal."),
    )
    phone = text(
        _l("Telephone number"),
        longest=20,
        pattern="phone",
        required=True,
        private=True,
        asked_if={"whose_phone": ["chu_ho", "thanh_vien", "ho_hang", "truong_thon"]},
    )
    phone_name = text(
        _l("Name of the person who answers"),
        longest=80,
        private=True,
        asked_if={"whose_phone": ["thanh_vien", "ho_hang", "truong_thon"]},
    )

    members = integer(
        _l("Number of people in the household"),
        short=_l("Number of people"),
        required=True,
        min=1,
        max=30,
        usual=(None, 12),
        hint=_l("Everyone who lives and eats together for six months or more, the head included."),
    )
    women = integer(_l("Women (16 and over)"), required=True, min=0, max=30, at_most="members")
    children_under_16 = integer(
        _l("Children under 16"),
        required=True,
        min=0,
        max=30,
        at_most="members",
        rules=[
            warning(
                "together_at_most",
                {"with": ["women"], "limit": "members"},
                _l("Women and children together are more than the people in the household. Please count again."),
            )
        ],
    )
    elderly_60_plus = integer(
        _l("People of 60 and over"),
        required=True,
        min=0,
        max=30,
        at_most="members",
        rules=[
            warning(
                "together_at_most",
                {"with": ["children_under_16"], "limit": "members"},
                _l("Children and elderly together are more than the people in the household. Please count again."),
            )
        ],
    )
    disabled = integer(_l("People with a disability"), required=True, min=0, max=30, at_most="members", private=True)
    labourers = integer(
        _l("People able to work"),
        required=True,
        min=0,
        max=30,
        at_most="members",
        hint=_l("Of working age and able to work, whether or not they have work."),
    )

    poverty_class = one_of(
        _l("Poverty class"),
        "poverty_class",
        required=True,
        hint=_l("As in the decision of the latest official review, not as it looks."),
    )
    class_year = year(
        _l("Year of that review"),
        short=_l("Review year"),
        not_before="2016",
        not_after="today",
        required=True,
        asked_if=REVIEWED,
    )
    class_standard = one_of(
        _l("Poverty standard of that review"),
        "poverty_standard",
        short=_l("Poverty standard"),
        asked_if=REVIEWED,
        hint=_l("As the decision says; the standard of 2026-2030 is applied from 2027 on."),
    )
    class_paper = text(
        _l("Number of the decision or certificate"),
        longest=60,
        asked_if=REVIEWED,
        hint=_l("For example: 1234/QĐ-UBND."),
    )
    area_type = one_of(
        _l("Is the place urban or rural in the review sheet?"),
        "area_type",
        short=_l("Urban or rural"),
        asked_if=REVIEWED,
        hint=_l("Wards and townships are urban, communes are rural: B1 is at most 175 there and 140 here."),
    )
    b1_score = integer(
        _l("B1 score (income)"),
        min=0,
        max=1000,
        asked_if=REVIEWED,
        hint=_l("Copied from the official review sheet; leave empty if it is not at hand."),
        rules=[
            warning(
                "max",
                175,
                _l("A poor or near-poor household scores at most 140 (rural) or 175 (urban) in B1. Please compare."),
                when={"poverty_class": ["ngheo", "can_ngheo"]},
            ),
            warning(
                "max",
                140,
                _l("In a rural place a poor or near-poor household scores at most 140 in B1. Please compare."),
                when={"poverty_class": ["ngheo", "can_ngheo"], "area_type": ["2"]},
            ),
        ],
    )
    b2_score = integer(
        _l("B2 score (deprivation)"),
        min=0,
        max=120,
        asked_if=REVIEWED,
        hint=_l("10 points for each of the 12 indicators lacking."),
        rules=[
            warning("multiple_of", 10, _l("B2 counts 10 points for each indicator: 0, 10, 20 … Please compare.")),
            warning(
                "min",
                30,
                _l("A poor household has a B2 score of 30 or more. Please compare with the review sheet."),
                when={"poverty_class": ["ngheo"]},
            ),
            warning(
                "max",
                20,
                _l("A near-poor household has a B2 score below 30. Please compare with the review sheet."),
                when={"poverty_class": ["can_ngheo"]},
            ),
        ],
    )
    split_off = yes_no(
        _l("Has the household split off from its parents' household?"),
        short=_l("Split off from the parents"),
        required=True,
    )
    split_off_year = year(
        _l("Year it split off"),
        not_before="1950",
        not_after="today",
        required=True,
        asked_if={"split_off": [True]},
        hint=_l("Circular 01/2022 asks for at least three years as a separate household."),
    )
    vulnerable = many_of(
        _l("Special circumstances of the household"),
        "vulnerable",
        none="khong",
        short=_l("Special circumstances"),
        required=True,
        private=True,
        hint=_l("Choose all that apply; they decide the order of priority."),
    )
    vulnerable_other = text(
        _l("Which other special hardship?"),
        short=_l("Other special hardship"),
        required=True,
        private=True,
        asked_if={"vulnerable": ["khac"]},
    )
    frequent_disaster_area = yes_no(
        _l("Does the household live in an area often hit by natural disaster?"),
        short=_l("Area often hit by disaster"),
        required=True,
        hint=_l("By the list of the commune."),
    )

    consent_other_uses = yes_no(
        _l("Does the household agree to other uses of its photos and facts?"),
        short=_l("Agrees to other uses"),
        hint=_l("Leave empty if it was not asked: silence is not consent."),
    )
    consent_on = date(
        _l("Date of consent"),
        required=True,
        not_after="today",
        not_before="2020-01-01",
        asked_if={"consent_other_uses": [True]},
    )
    consent_given_by = text(_l("Who gave consent"), longest=80, required=True, asked_if={"consent_other_uses": [True]})
    consent_asked_by = text(
        _l("Who asked for consent"),
        longest=80,
        required=True,
        asked_if={"consent_other_uses": [True, False]},
    )
    consent_text = one_of(
        _l("Consent text that was read out"),
        "consent_text",
        short=_l("Consent text"),
        required=True,
        asked_if={"consent_other_uses": [True]},
    )

    remarks = long_text(_l("Remarks"), hint=_l("What the next visitor should know."))

    __table_args__ = (sa.Index("ix_household_citizen_id", "citizen_id"),)
