"""People: accounts and roles, what each may see and do, and the devices they carry."""

from fieldapp.people.accounts import (
    add_account,
    by_username,
    change_password,
    disable,
    find_account,
    hash_password,
    hear_of,
    session_account,
    sign_in,
)
from fieldapp.people.devices import device_of, enrol, enrolment_code, find_device, revoke, seen, with_loss
from fieldapp.people.models import ROLES, Account, Attempt, Device, EnrolmentCode, Grant
from fieldapp.people.roles import ACTIONS, areas_of, may, sees, sees_all

__all__ = [
    "ACTIONS",
    "ROLES",
    "Account",
    "Attempt",
    "Device",
    "EnrolmentCode",
    "Grant",
    "add_account",
    "areas_of",
    "by_username",
    "change_password",
    "device_of",
    "disable",
    "enrol",
    "enrolment_code",
    "find_account",
    "find_device",
    "hash_password",
    "hear_of",
    "may",
    "revoke",
    "seen",
    "sees",
    "sees_all",
    "session_account",
    "sign_in",
    "with_loss",
]
