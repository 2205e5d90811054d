"""Support cases: proposed from a need, moved on by those who may, paid by vouchers. ``states`` is the one table."""

from fieldapp.cases.moving import move, warnings_of_move
from fieldapp.cases.paying import begun_with, faults
from fieldapp.cases.proposing import ASIDE, Offer, case_id, offers, offers_by, propose, warnings_of
from fieldapp.housing.states import MOVES, Move, moves_from

__all__ = [
    "ASIDE",
    "MOVES",
    "Move",
    "Offer",
    "begun_with",
    "case_id",
    "faults",
    "move",
    "moves_from",
    "offers",
    "offers_by",
    "propose",
    "warnings_of",
    "warnings_of_move",
]
