"""The roles: what each is called, which home page it begins at, and which duties it has.

A duty is a word under which the table of rights (:mod:`fieldapp.people.rights`) grants its acts, so a role is added
here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

from fieldapp.i18n import _l


@dataclass(frozen=True)
class Role:
    """One role. ``home``: the page its people begin at; several roles may share one."""

    label: str
    home: str
    duties: frozenset[str]


def _duties(text: str) -> frozenset[str]:
    return frozenset(text.split())


ROLES: dict[str, Role] = {
    "enumerator": Role(_l("Enumerator"), "enumerator", _duties("look fill answer")),
    "supervisor": Role(_l("Supervisor"), "supervisor", _duties("look fill decide read support")),
    "admin": Role(_l("Administrator"), "admin", _duties("look fill answer read rule")),
    "leader": Role(_l("Leader"), "leader", _duties("look read")),
}
"""Every role by its name, in the order in which pages list them. A name is kept with accounts and never changed.

The duties: ``look`` at records; ``fill`` forms; ``answer`` a supervisor's comments; ``decide`` about records; ``read``
reports and take figures away; ``support`` households: keep their cases and pay;
``rule`` over what comes in, over people and this server.
"""


def with_duty(duty: str) -> frozenset[str]:
    """The names of the roles that have a duty.

    :raises KeyError: no role has it.
    """
    found = frozenset(name for name, role in ROLES.items() if duty in role.duties)
    if not found:
        raise KeyError(duty)
    return found
