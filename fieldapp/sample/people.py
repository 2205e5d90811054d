"""The accounts and tablets of the sample: five named people, and as many others as its communes need."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

import sqlalchemy as sa

from fieldapp import places
from fieldapp.db import db
from fieldapp.people import Account, Device, Grant, hash_password
from fieldapp.places import Place, lineage, village_id
from fieldapp.sample.names import person, some_people
from fieldapp.sample.sizes import HOME, JOINED, OFFICE
from fieldapp.sample.writer import drawn_id

PASSWORD = "thu-nghiem-2026"  # noqa: S105  everybody's password in a sample, printed by the demo
LAN_VILLAGES = tuple(village_id(2023, HOME, number) for number in (1, 2, 3))


@dataclass
class Staff:
    """Who works where: enumerators and their tablets by commune, supervisors by commune."""

    seed: int
    enrolled_at: datetime
    password_hash: str = field(default_factory=lambda: hash_password(PASSWORD))
    lan: Device = field(init=False)
    enumerators: dict[str, Device] = field(default_factory=dict)
    supervisors: dict[str, Account] = field(default_factory=dict)

    def hire(self, communes: list[Place]) -> None:
        """Everyone the sample needs, with a tablet for each enumerator."""
        lan = self._account("lan", "Hoàng Thị Lan", "enumerator", [(2023, village) for village in LAN_VILLAGES])
        self.lan = self._tablet(lan)
        binh = self._account("binh", "Nông Văn Bình", "supervisor", [(2023, code) for code in (*OFFICE, JOINED)])
        self._account("hue", "Ma Thị Huệ", "supervisor", [(2023, "06")])
        self._account("quan", "Triệu Minh Quân", "admin", [(2023, "06")])
        self._account("dung", "Đặng Thị Dung", "leader", [(2023, "06")])
        for district in sorted({commune.parent_code for commune in communes if commune.parent_code}):
            self._staff_district(district, [commune for commune in communes if commune.parent_code == district])
        self.supervisors.update(dict.fromkeys(OFFICE, binh))
        db.session.flush()

    def _staff_district(self, district: str, communes: list[Place]) -> None:
        others = _of_both_lists(commune.code for commune in communes if commune.code not in OFFICE)
        supervisor = self._account(f"duyet.{district}", self._name(district), "supervisor", others) if others else None
        for commune in communes:
            if supervisor and commune.code not in OFFICE:
                self.supervisors[commune.code] = supervisor
            name = f"khaosat.{commune.code}"
            surveyor = self._account(name, self._name(commune.code), "enumerator", [(2023, commune.code)])
            self.enumerators[commune.code] = self._tablet(surveyor)

    def _name(self, where: str) -> str:
        rng = Random(f"{self.seed}/staff/{where}")
        return person(rng, some_people(rng), rng.choice(["nam", "nu"]))

    def _account(self, username: str, name: str, role: str, grants: list[tuple[int, str]]) -> Account:
        account = Account(
            id=drawn_id(self.seed, "account", username),
            username=username,
            name=name,
            role=role,
            password_hash=self.password_hash,
            active=True,
            language="vi",
            grants=[Grant(vintage=vintage, code=code) for vintage, code in grants],
        )
        db.session.add(account)
        return account

    def _tablet(self, account: Account) -> Device:
        device = Device(
            id=drawn_id(self.seed, "tablet", account.username),
            kind="tablet",
            name=f"Máy tính bảng của {account.name}",
            token_hash=_nobodys_token(account.username),
            enrolled_at=self.enrolled_at,
            report={},
            account=account,
        )
        db.session.add(device)
        return device


def _nobodys_token(username: str) -> str:
    """A hash that no token has: the tablets of the sample are not there to be used."""
    return hashlib.sha256(f"sample tablet of {username}, no token".encode()).hexdigest()[:56] + "-" * 8


def is_there() -> bool:
    """Whether somebody has an account already."""
    return db.session.scalar(sa.select(Account.id).limit(1)) is not None


def _of_both_lists(communes: Iterable[str]) -> list[tuple[int, str]]:
    """These communes of 2023, and those of 2025 that they have become: their offices take the steps since then."""
    before = list(communes)
    become = {place for code in before for place in lineage.current().of(f"{code}@2023")}
    after = [each.code for each in places.communes(2025) if f"{each.code}@2025" in become]
    return [*((2023, code) for code in before), *((2025, code) for code in after)]
