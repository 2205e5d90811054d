"""Which vouchers of a case were entered twice, and of which more was taken back than they say. Pure.

Nobody alters a payment, so a doubt about one goes when another entry makes it good: a payment entered twice when one of
them is taken back, what was taken back too often when the payment is entered again with its voucher.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fieldapp.surveys.payment import BACK

PaymentRow = Mapping[str, Any]
VoucherKey = tuple[str | None, str | None]
"""The number of a voucher and its fund source."""


def is_entered_twice(payments: Iterable[PaymentRow]) -> bool:
    """Whether one voucher was entered twice, and no counter-entry has taken one of them back."""
    paid, back = _apart(payments)
    corrected = {one["corrects"] for one in back}
    count = Counter(_said(one) for one in paid)
    count.subtract(_said(one) for one in paid if one["id"] in corrected)
    return any(number > 1 for number in count.values())


def left(payments: Iterable[PaymentRow]) -> list[PaymentRow]:
    """The payments that were not wholly taken back."""
    paid, back = _apart(payments)
    taken: Counter[str | None] = Counter()
    for one in back:
        taken[one["corrects"]] += one["amount"] or 0
    return [one for one in paid if not one["amount"] or taken[one["id"]] < one["amount"]]


def is_taken_back_twice(payments: Sequence[PaymentRow]) -> bool:
    """Whether counter-entries take back more of a voucher than it says, or one of them was entered twice, or one takes
    back another or no payment of this case and source; and the payment was not entered again for that."""
    paid, back = _apart(payments)
    known = {one["id"]: one for one in payments}
    taken: dict[VoucherKey, list[PaymentRow]] = defaultdict(list)
    for one in back:
        if one["corrects"]:
            taken[_voucher(_at_the_end(one, known))].append(one)
    return any(_is_beyond(entries, [one for one in paid if _voucher(one) == of]) for of, entries in taken.items())


def _at_the_end(entry: PaymentRow, known: Mapping[str, PaymentRow]) -> PaymentRow:
    """The payment that a counter-entry takes back, also where it names another one; itself where there is none."""
    found, seen = entry, {entry["id"]}
    while found["entry"] == BACK and found["corrects"] in known and found["corrects"] not in seen:
        found = known[found["corrects"]]
        seen.add(found["id"])
    return found if found["fund_source"] == entry["fund_source"] and found["entry"] != BACK else entry


def _is_beyond(back: Sequence[PaymentRow], paid: Sequence[PaymentRow]) -> bool:
    """Of one voucher: whether more is taken back than ought to be, and than was entered again since."""
    there = {one["id"] for one in paid}
    named = [one for one in back if one["corrects"] in there]
    corrected, once = {one["corrects"] for one in named}, {(one["corrects"], *_said(one)): one for one in named}
    ought = min(_sum(one for one in paid if one["id"] in corrected), _sum(once.values()))
    since = min(one["created_stamp"] for one in back)
    again = (one for one in paid if one["id"] not in corrected and one["created_stamp"] > since)
    return _sum(back) - ought > _sum(again)


def _apart(payments: Iterable[PaymentRow]) -> tuple[list[PaymentRow], list[PaymentRow]]:
    """Payments, and counter-entries."""
    rows = list(payments)
    return [one for one in rows if one["entry"] != BACK], [one for one in rows if one["entry"] == BACK]


def _voucher(one: PaymentRow) -> VoucherKey:
    return one["voucher"], one["fund_source"]


def _said(one: PaymentRow) -> tuple[Any, ...]:
    return one["voucher"], one["fund_source"], one["amount"], one["paid_on"]


def _sum(rows: Iterable[PaymentRow]) -> int:
    return sum(one["amount"] or 0 for one in rows)
