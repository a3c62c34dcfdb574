"""Everything that is computed about payouts, in the order in which each needs the other.

| table | what it holds |
|---|---|
| payout_sum | a payout beside its lines, the day by which it should be booked, a posting that may be it |
| payout_entry, payout_booking | what stands in the books under its id, by the part that an account plays |
| payout_period | payouts over the end of a period |
| payout_fee | what was kept beside what the contract says |
| payout_bank | which line of the bank's statement a payout is, and whether the statements reach that far |
| payout_item, payout_order, settled_order | lines -> orders and refunds -> documents of B1 |
| payout_allocation | the amount of each line on the invoices and credit memos that it settles, for own checks |
| clearing_day, clearing_account | the clearing account item by item |
| settlement_open, settlement_lag, settlement_held | orders whose money is still out; needs delivery_package |
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from auditor.checking.facts.payout_bank import find_at_bank
from auditor.checking.facts.payout_sums import sum_payouts
from auditor.checking.facts.statements import run
from auditor.store.connection import Connection

_CLEARING = ("clearing_day", "clearing_account")
_BOOKED = ("payout_entry", "payout_booking", "payout_period", "payout_sum", "payout_bank", *_CLEARING)
_ORDERS = ("payout_item", "payout_item_traced", "payout_order", "settled_order")
_ALLOCATION = ("payout_allocation",)
_OPEN = ("settlement_open", "settlement_lag")
_HELD = ("settlement_held",)
_Steps = tuple[tuple[tuple[str, ...], Callable[[Connection], None]], ...]
BOOKED_STEPS: _Steps = (
    (_BOOKED, partial(run, name="payout_booking")),
    (("payout_sum", "payout_bank", *_CLEARING), sum_payouts),
    (("payout_period",), partial(run, name="payout_period")),
    (("payout_fee",), partial(run, name="payout_fees")),
    (("payout_bank",), find_at_bank),
    (_CLEARING, partial(run, name="payout_clearing")),
)
"""Payouts beside the books and the bank."""
SETTLED_STEPS: _Steps = (
    ((*_ORDERS, *_OPEN, *_HELD, *_ALLOCATION), partial(run, name="payout_items")),
    ((*_ORDERS, *_OPEN, *_HELD), partial(run, name="payout_orders")),
    (_ALLOCATION, partial(run, name="payout_allocation")),
    (_OPEN, partial(run, name="payout_settlement")),
    (_HELD, partial(run, name="payout_held")),
)
"""What payouts hold of each order, and what they still owe; after `delivery_package`."""
