"""Histories taken at random: plainer than Hypothesis makes them, and denser, for what must be found soon."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.sync.machine.line import FAULTS
from tests.sync.machine.mission import ANSWERS, GRANTS, HOUSES, JUMPS, SITES, TABLETS, VILLAGES, Mission
from tests.sync.machine.world import LAPTOPS

STEPS = 40


def walk(machine: type[Mission], seed: int, steps: int = STEPS) -> list[str]:
    """One history; the names of its steps. Raises AssertionError where a property does not hold."""
    dice, mission = random.Random(seed), machine()
    mission.start()
    taken = [step(mission, dice) for _ in range(steps)]
    mission.teardown()
    return taken


def step(mission: Mission, dice: random.Random) -> str:
    """Something happens."""
    choices = _choices(mission, dice)
    name = dice.choices(list(choices), [weight for weight, _ in choices.values()])[0]
    choices[name][1]()
    return name


def _choices(m: Mission, dice: random.Random) -> dict[str, tuple[int, Callable[[], None]]]:
    who, where, to = dice.choice(["an", "bao", "chi", "chi", TABLETS[3]]), dice.choice(SITES), dice.choice(SITES)
    record, said, pick = dice.choice([HOUSES[0], *HOUSES]), dice.choice(ANSWERS), dice.randrange(8)
    fault, at, village = dice.choice(FAULTS), dice.randrange(7), dice.choice(VILLAGES)
    owner = dice.choice(["an", "bao", "chi"])
    maybe, rarely = dice.random() < 0.5, dice.random() < 0.1
    return {
        "edit": (10, lambda: m.edit(who, record, said, maybe, rarely)),
        "open a form": (2, lambda: m.open_form(who, record)),
        "finish a form": (2, lambda: m.finish_form(who, said)),
        "need": (2, lambda: m.need(who, pick % 3 + 1)),
        "move": (3, lambda: m.move(who, record, village)),
        "edit in the office": (3, lambda: m.edit_in_office(where, record, said, village if rarely else None)),
        "withdraw": (1, lambda: m.withdraw(where, record, pick > 2)),
        "settle": (3, lambda: m.settle_conflict(dice.choice([*SITES, "an", "bao", "chi"]), pick)),
        "time": (2, lambda: m.pass_time(dice.randrange(10**7))),
        "clock": (2, lambda: m.clock_jumps(dice.choice([*TABLETS, *LAPTOPS]), dice.choice(JUMPS))),
        "sync": (12, lambda: m.sync(who, fault, at)),
        "compare": (1, lambda: m.compare(who, fault, at)),
        "edit while pulling": (1, lambda: m.edit_while_pulling(who, record, said)),
        "die": (2, lambda: m.sync_and_die(who, at)),
        "exchange": (5, lambda: m.exchange(dice.choice(LAPTOPS), fault, at)),
        "carry": (2, lambda: m.carry(dice.choice([*SITES, *TABLETS]), to, dice.randrange(100))),
        "carry a file": (1, lambda: m.carry_file(where, to, pick % 4)),
        "back up": (1, lambda: m.back_up(where)),
        "restore": (1, lambda: m.restore(where)),
        "copy": (1, lambda: m.copy_profile(dice.choice(["an", "chi"]))),
        "lose": (1, lambda: m.lose(owner)),
        "revoke": (1, lambda: m.revoke(owner, maybe)),
        "connect again": (1, lambda: m.connect_again(who)),
        "reorganise": (1, lambda: m.reorganise(owner, dice.choice(sorted(GRANTS)))),
        "decide": (2, lambda: m.decide(where, pick, dice.choice(["release", "refuse"]))),
        "undo": (2, lambda: m.undo(where, pick, dice.choice(["exclude", "exclude", "include"]))),
    }
