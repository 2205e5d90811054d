"""The housing need: the house as it stands, the land, what is wanted, and what was had before.

The four parts of the house are asked one by one, because the laws group them differently: Decree 07/2021 looks at
walls, posts and roof; Circular 01/2022 and Decision 55/2025 at floor and foundation, frame and walls, roof. What
follows from the answers (durable parts, area per person, criteria, priority) is computed, never typed.
"""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Record, Section
from fieldapp.surveys.columns import (
    date,
    decimal,
    integer,
    long_text,
    many_of,
    money,
    one_of,
    photo,
    point,
    reference,
    text,
    warning,
    year,
    yes_no,
)

HOUSE = {"has_house": ["nha_rieng", "leu_tam"]}
REPAIR = {"need_type": ["sua_chua"]}
WANTS = {"need_type": ["xay_moi", "sua_chua", "di_chuyen"]}
"""A household without a need is asked no more about it."""


class HousingNeed(Record, Base):
    """The state of one household's housing on one day, and what it needs."""

    __tablename__ = survey = "housing_need"
    FORM_VERSION = 3
    title = _l("Housing need")
    plural = _l("Housing needs")
    sections = (
        Section(_l("The visit"), "household"),
        Section(
            _l("The house as it stands"),
            "area_m2",
            _l("Look at each part yourself before you ask: floor, posts, walls, roof."),
        ),
        Section(_l("Safety and natural hazards"), "leaning_or_cracked"),
        Section(_l("Kitchen, latrine, water, electricity"), "kitchen"),
        Section(_l("The land"), "land_status"),
        Section(_l("What the household needs"), "need_type"),
        Section(
            _l("Support received before"),
            "supported_before",
            _l("A household already helped with its house by any programme is not helped a second time."),
        ),
        Section(_l("Photos, position and remarks"), "photo_front"),
    )

    household = reference(_l("Household"), of="household", required=True)
    visited_on = date(_l("Date of the visit"), required=True, not_after="today", not_before="2020-01-01")
    respondent = one_of(_l("Who answered the questions?"), "respondent", short=_l("Respondent"), required=True)
    has_house = one_of(
        _l("Where does the household live?"),
        "has_house",
        short=_l("Dwelling"),
        required=True,
    )
    host_name = text(
        _l("Whose house is it?"),
        short=_l("Owner of the house"),
        longest=80,
        private=True,
        asked_if={"has_house": ["cung_cha_me", "o_nho_thue"]},
    )

    area_m2 = decimal(
        _l("Usable floor area"),
        required=True,
        min="1",
        max="500",
        usual=("8", "150"),
        unit="m²",
        asked_if=HOUSE,
        hint=_l("Where people live and sleep; without the separate kitchen, the cattle shed and the yard."),
    )
    house_form = one_of(_l("Form of the house"), "house_form", required=True, asked_if=HOUSE)
    floor_material = one_of(
        _l("Floor and foundation: main material"),
        "floor_material",
        short=_l("Floor material"),
        required=True,
        asked_if=HOUSE,
        hint=_l("The material of more than half of the floor; for a house on stilts, the floor people live on."),
    )
    floor_other = text(
        _l("Which other floor material?"),
        short=_l("Other floor material"),
        required=True,
        asked_if={"floor_material": ["khac"]},
    )
    floor_condition = one_of(
        _l("Condition of the floor and foundation"),
        "condition",
        short=_l("Condition of the floor"),
        required=True,
        asked_if=HOUSE,
    )
    post_material = one_of(
        _l("Posts and frame: main material"),
        "frame_material",
        short=_l("Post material"),
        required=True,
        asked_if=HOUSE,
    )
    post_other = text(
        _l("Which other post material?"),
        short=_l("Other post material"),
        required=True,
        asked_if={"post_material": ["khac"]},
    )
    post_condition = one_of(
        _l("Condition of the posts and frame"),
        "condition",
        short=_l("Condition of the posts"),
        required=True,
        asked_if=HOUSE,
    )
    wall_material = one_of(
        _l("Walls: main material"),
        "wall_material",
        short=_l("Wall material"),
        required=True,
        asked_if=HOUSE,
    )
    wall_other = text(
        _l("Which other wall material?"),
        short=_l("Other wall material"),
        required=True,
        asked_if={"wall_material": ["khac"]},
    )
    wall_condition = one_of(_l("Condition of the walls"), "condition", required=True, asked_if=HOUSE)
    roof_material = one_of(
        _l("Roof: main material"),
        "roof_material",
        short=_l("Roof material"),
        required=True,
        asked_if=HOUSE,
        hint=_l("Metal sheets count as durable only on iron, steel or durable wood, tied to the walls or posts."),
    )
    roof_other = text(
        _l("Which other roof material?"),
        short=_l("Other roof material"),
        required=True,
        asked_if={"roof_material": ["khac"]},
    )
    roof_frame = one_of(
        _l("What holds the roof up?"),
        "roof_frame",
        short=_l("Support of the roof"),
        required=True,
        asked_if={"roof_material": ["ngoi", "ton_chac", "ton_tam", "fibro", "la_co", "bat", "khac"]},
        hint=_l("Rafters and purlins: a roof is durable only when its support and its covering both are."),
    )
    roof_frame_other = text(
        _l("Which other support of the roof?"),
        short=_l("Other support of the roof"),
        required=True,
        asked_if={"roof_frame": ["khac"]},
    )
    roof_condition = one_of(_l("Condition of the roof"), "condition", required=True, asked_if=HOUSE)
    built_year = year(
        _l("Year the house was built"),
        not_after="visited_on",
        required=True,
        asked_if=HOUSE,
        hint=_l("If nobody remembers, ask what happened that year: a wedding, a birth, a flood."),
    )
    was_repaired = yes_no(
        _l("Has the house ever been repaired in a big way?"),
        short=_l("Ever repaired"),
        required=True,
        asked_if=HOUSE,
        hint=_l("The floor, the frame, the walls or the roof renewed; small mending does not count."),
    )
    last_repair_year = year(
        _l("Year of the last big repair"),
        short=_l("Year of the last repair"),
        not_before="built_year",
        not_after="visited_on",
        required=True,
        asked_if={"was_repaired": [True]},
    )

    leaning_or_cracked = yes_no(
        _l("Is the house leaning, sunken or cracked?"),
        short=_l("Leaning or cracked"),
        required=True,
        asked_if=HOUSE,
    )
    leaks = yes_no(
        _l("Does rain come in?"),
        short=_l("Leaks"),
        required=True,
        asked_if=HOUSE,
        rules=[
            warning(
                "none_of",
                [False],
                _l("The roof is said to be broken and yet no rain comes in. Please look at the roof again."),
                when={"roof_condition": ["hu_hong"]},
            )
        ],
    )
    in_danger_of_collapse = yes_no(
        _l("Could the house collapse?"),
        short=_l("In danger of collapse"),
        required=True,
        asked_if=HOUSE,
        hint=_l("Rotten or broken posts, a loose frame, walls parting: a house in which it is not safe to sleep."),
        rules=[
            warning(
                "none_of",
                [True],
                _l("The posts are said to be good and yet the house could collapse. Please check both."),
                when={"post_condition": ["tot"], "roof_condition": ["tot"], "wall_condition": ["tot"]},
            )
        ],
    )
    must_be_demolished = yes_no(
        _l("Is there a decision that this house must be demolished?"),
        short=_l("Must be demolished"),
        asked_if=HOUSE,
        hint=_l(
            "Land to be cleared, a forbidden zone, built against the plan, or encroaching. A house that is merely "
            "unsafe is not meant."
        ),
    )
    disaster_damage = one_of(
        _l("What did a natural disaster or a fire do to the house?"),
        "disaster_damage",
        short=_l("Damage by disaster"),
        hint=_l("Emergency support goes by this (Decree 20/2021, Article 15)."),
    )
    hazards = many_of(
        _l("What natural hazards threaten the place?"),
        "hazard",
        none="khong",
        short=_l("Natural hazards"),
        required=True,
        hint=_l("Choose all that have happened here or that the commune warns of."),
    )
    hazards_other = text(
        _l("Which other danger?"), short=_l("Other danger"), required=True, asked_if={"hazards": ["khac"]}
    )

    kitchen = one_of(_l("Kitchen"), "kitchen", required=True, asked_if=HOUSE)
    toilet = one_of(_l("Latrine"), "toilet", required=True)
    water = one_of(_l("Main source of water for drinking and cooking"), "water", short=_l("Water"), required=True)
    water_other = text(
        _l("Which other source of water?"),
        short=_l("Other source of water"),
        required=True,
        asked_if={"water": ["khac"]},
    )
    electricity = one_of(_l("Electricity"), "electricity", required=True)

    land_status = one_of(
        _l("The land for the house"),
        "land_status",
        required=True,
        hint=_l("The land the house stands on, or is to be built on."),
    )
    has_land_dispute = yes_no(
        _l("Is there a dispute about this land?"),
        short=_l("Land dispute"),
        required=True,
        asked_if={
            "land_status": ["co_gcn", "chua_gcn", "dat_khac", "dat_rung", "quy_hoach", "tranh_chap", "nguoi_khac"]
        },
        rules=[
            warning(
                "none_of",
                [False],
                _l("The land was called disputed above. Please check both answers."),
                when={"land_status": ["tranh_chap"]},
            )
        ],
    )
    land_confirmed = yes_no(
        _l("Has the commune confirmed that a house may stand on this land as residential land?"),
        short=_l("Land confirmed by the commune"),
        asked_if={"land_status": ["dat_khac", "nguoi_khac"]},
        hint=_l("Garden, farm and lent land count only once the commune has confirmed it; leave empty until then."),
    )
    can_build_here = yes_no(
        _l("Can a house be built here?"),
        short=_l("Can build here"),
        required=True,
        hint=_l("As the commune's land officer says; if you do not know, ask before you answer."),
        rules=[
            warning(
                "none_of",
                [True],
                _l("This land usually may not be built on. Please ask the commune's land officer."),
                when={"land_status": ["dat_rung", "quy_hoach", "tranh_chap", "khong_co"]},
            )
        ],
    )
    cannot_build_reason = text(
        _l("What stands in the way?"),
        short=_l("Obstacle to building"),
        longest=300,
        required=True,
        asked_if={"can_build_here": [False]},
    )

    need_type = one_of(
        _l("What does the household need?"),
        "need_type",
        short=_l("Kind of need"),
        required=True,
        rules=[
            warning(
                "none_of",
                ["sua_chua"],
                _l("A household without a house of its own cannot repair one. Please check both answers."),
                when={"has_house": ["cung_cha_me", "o_nho_thue", "khong"]},
            )
        ],
    )
    repair_parts = many_of(
        _l("Which parts need repair?"), "repair_part", short=_l("Parts to repair"), required=True, asked_if=REPAIR
    )
    wanted_year = year(
        _l("Year the work is wanted"),
        not_before="visited_on",
        not_after="2045",
        required=True,
        asked_if=WANTS,
    )
    own_money = money(
        _l("Money the household has for it"),
        short=_l("Own money"),
        required=True,
        asked_if=WANTS,
        max=2_000_000_000,
        hint=_l("Savings and what can be sold; 0 if none. “20 triệu” can be typed."),
    )
    kin_money = money(
        _l("Money from kin and neighbours"),
        short=_l("Money from kin"),
        required=True,
        asked_if=WANTS,
        max=2_000_000_000,
    )
    loan_wanted = money(
        _l("Loan wanted from the Social Policy Bank"),
        short=_l("Loan wanted"),
        required=True,
        asked_if=WANTS,
        max=2_000_000_000,
        rules=[
            warning(
                "max",
                40_000_000,
                _l("The Social Policy Bank lends at most 40.000.000 đồng for a house (Decree 28/2022). Please check."),
            )
        ],
    )
    labour_days = integer(
        _l("Labour-days the household and kin can give"),
        short=_l("Labour-days"),
        required=True,
        asked_if=WANTS,
        min=0,
        max=2000,
        usual=(None, 500),
        unit=_l("labour-days"),
    )
    materials_in_kind = many_of(
        _l("Materials already at hand"), "material_in_kind", none="khong", required=True, asked_if=WANTS
    )
    materials_other = text(
        _l("Which other materials?"),
        short=_l("Other materials"),
        required=True,
        asked_if={"materials_in_kind": ["khac"]},
    )
    wants_model_house = yes_no(
        _l("Would the household build one of the province's model houses?"),
        short=_l("Wants a model house"),
        asked_if={"need_type": ["xay_moi", "di_chuyen"]},
    )
    refuses = yes_no(
        _l("Does the household refuse the support?"),
        short=_l("Refuses the support"),
        required=True,
        asked_if=WANTS,
    )
    refuse_reason = one_of(
        _l("Why does it refuse?"),
        "refuse_reason",
        short=_l("Reason for refusing"),
        required=True,
        asked_if={"refuses": [True]},
    )
    refuse_other = text(
        _l("Which other reason for refusing?"),
        short=_l("Other reason for refusing"),
        required=True,
        asked_if={"refuse_reason": ["khac"]},
    )
    commitment_signed = yes_no(
        _l("Has the household signed that it refuses and will not complain?"),
        short=_l("Commitment signed"),
        required=True,
        asked_if={"refuses": [True]},
    )
    photo_commitment = photo(
        _l("Photo of the signed commitment"), at_least=1, at_most=2, asked_if={"commitment_signed": [True]}
    )

    supported_before = yes_no(
        _l("Has the household ever had housing support from any programme?"),
        short=_l("Supported before"),
        required=True,
        rules=[
            warning(
                "none_of",
                [True],
                _l("As a rule nobody is helped a second time. Write down which support it was, so it can be judged."),
            )
        ],
    )
    support_programme = one_of(
        _l("Which programme?"),
        "programme",
        short=_l("Programme of earlier support"),
        required=True,
        asked_if={"supported_before": [True]},
    )
    support_programme_other = text(
        _l("Which other programme?"),
        short=_l("Other programme"),
        required=True,
        asked_if={"support_programme": ["khac"]},
    )
    supported_year = year(
        _l("Year of that support"),
        short=_l("Year of earlier support"),
        not_before="1975",
        not_after="visited_on",
        required=True,
        asked_if={"supported_before": [True]},
    )
    supported_amount = money(
        _l("Amount of that support"),
        short=_l("Amount of earlier support"),
        max=500_000_000,
        asked_if={"supported_before": [True]},
        hint=_l("Leave empty if nobody knows."),
    )
    earlier_house_lost = yes_no(
        _l("Was the house built with that support swept away, burnt down or destroyed since?"),
        short=_l("Earlier house lost"),
        asked_if={"supported_before": [True]},
        hint=_l("Who lost such a house may be helped again."),
    )

    photo_front = photo(
        _l("Photos of the front of the house"),
        short=_l("Photos: front"),
        at_least=1,
        asked_if=HOUSE,
        hint=_l("The whole house from the front, from floor to roof."),
    )
    photo_inside = photo(
        _l("Photos of the inside"),
        short=_l("Photos: inside"),
        at_least=1,
        asked_if=HOUSE,
        hint=_l("Where people sleep, with floor, posts and walls to be seen; no faces, no papers."),
        rules=[warning("not_also_in", ["photo_front"])],
    )
    photo_roof = photo(
        _l("Photos of the roof"),
        short=_l("Photos: roof"),
        asked_if=HOUSE,
        rules=[warning("not_also_in", ["photo_front", "photo_inside"])],
    )
    photo_damage = photo(
        _l("Photos of damage"),
        short=_l("Photos: damage"),
        at_most=6,
        asked_if=HOUSE,
        hint=_l("Cracks, rotten posts, leaks, parts that lean."),
        rules=[warning("not_also_in", ["photo_front", "photo_inside", "photo_roof"])],
    )
    photo_land = photo(
        _l("Photos of the land for the house"),
        short=_l("Photos: land"),
        rules=[warning("not_also_in", ["photo_front", "photo_inside", "photo_roof", "photo_damage"])],
    )
    location = point(
        _l("Position of the house or of the land"),
        short=_l("Position"),
        private=True,
        hint=_l("Stand in the yard under open sky and wait until the error is below 20 m."),
    )
    photo_signature = photo(
        _l("Photo of the signature or thumb mark of the household"),
        short=_l("Signature or thumb mark"),
        at_most=1,
        private=True,
        hint=_l("On the printed sheet, if the household wishes; no identity papers."),
    )
    remarks = long_text(_l("Remarks"), hint=_l("What the figures do not say."))
