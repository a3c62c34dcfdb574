"""The steps of the bridge from channel net sales to B1 revenue to payouts: their order, their kind, their words.

known      what it is by nature: tax, fees, sales that people typed into B1
timing     the other side has it in another month, or not yet, and nothing is late
open       a difference that needs a finding; what no finding explains is the unexplained remainder
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["known", "timing", "open"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step. checks: those whose money at risk is exactly what the step lacks; others explain what is left."""

    name: str
    kind: Kind
    words: str
    checks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Level:
    """A height that is reached after the steps before it; heights: what `fact.bridge_height` adds up to it."""

    name: str
    words: str
    steps: tuple[Step, ...]
    heights: Mapping[str, int]


def _step(name: str, kind: Kind, words: str, *checks: str) -> Step:
    return Step(name, kind, words, frozenset(checks))


LEVELS: tuple[Level, ...] = (
    Level(
        "net_sales",
        "Net sales of the channel, with tax",
        (
            _step("sold", "known", "Orders placed"),
            _step("refunded", "known", "Given back to customers"),
        ),
        {"sold": 1, "refunded": 1},
    ),
    Level(
        "booked",
        "Booked in B1, less credit memos, with tax",
        (
            _step("in_transit", "timing", "On their way into B1"),
            _step(
                "not_in_b1", "open", "Orders that are not in B1", "order_missing_in_b1", "order_blocked_document",
            ),
            _step(
                "booked_differs", "open", "Booked with another amount than sold", "order_total_mismatch",
                "order_line_mismatch", "order_duplicate_in_b1", "order_edited_after_post",
            ),
            _step("rounded_in_b1", "known", "Rounded by B1"),
            _step("refunded_before_booking", "timing", "Given back in full before it was booked"),
            _step("tax_kept_by_channel", "known", "Tax that the channel collects and pays itself"),
            _step("taxed_otherwise", "open", "Booked with the same net and another tax",
                  "tax_amount_error", "tax_rounding_document"),
            _step("booked_of_older_order", "known", "Booked for orders from before the history"),
            _step("credited_of_older_order", "known", "Credited for orders from before the history"),
            _step("credited_for_a_reason", "known", "Credited for a reason that needs no refund"),
            _step("credited_before_refund", "timing", "Credited, the refund may follow"),
            _step("booked_not_sold", "open", "Booked, but called off or never paid on the channel"),
            _step("booked_of_no_order", "open", "Booked for orders that the channel does not have",
                  "order_orphan_in_b1", "order_reference_missing"),
            _step("booked_in_other_month", "timing", "Sold in one month, booked in another"),
            _step("called_off", "timing", "Booked and taken back in another month"),
            _step("refunded_before_invoice", "timing", "Given back before it was invoiced"),
            _step("credit_in_transit", "timing", "Credit memos on their way into B1"),
            _step("not_credited", "open", "Refunds without a credit memo", "refund_without_credit_memo"),
            _step("credited_differs", "open", "Credited with another amount than given back"),
            _step("credited_in_other_month", "timing", "Given back in one month, credited in another"),
            _step("credits_of_no_refund", "open", "Credit memos without a refund", "credit_memo_without_refund"),
            _step("manual_documents", "known", "Sales and credits that people typed into B1"),
        ),
        {"booked": 1},
    ),
    Level(
        "invoiced",
        "Invoiced in B1, less credit memos, with tax",
        (
            _step("not_invoiced_yet", "timing", "Not invoiced yet"),
            _step("invoiced_differs", "open", "Invoiced with another amount than booked", "order_duplicate_in_b1"),
            _step("rounded_on_invoice", "known", "Rounded by B1 on the invoice"),
            _step("invoiced_in_other_month", "timing", "Booked in one month, invoiced in another"),
            _step("strays_not_invoiced", "timing", "Orders that the channel does not have: not invoiced yet"),
        ),
        {"invoiced": 1},
    ),
    Level(
        "revenue",
        "Revenue in B1",
        (
            _step("tax", "known", "Tax"),
            _step("tax_differs", "open", "Tax that the channel saw otherwise",
                  "tax_amount_error", "tax_rounding_document"),
        ),
        {"invoiced": 1, "tax": -1},
    ),
    Level(
        "paid_out",
        "Paid out",
        (
            _step("tax_back", "known", "Tax, which customers paid too"),
            _step("not_paid_out_yet", "timing", "Not paid out yet, or paid another way"),
            _step("strays_not_paid_out", "known", "Documents of no order of the channel"),
            _step("paid_before_invoice", "timing", "Paid out before it is invoiced"),
            _step("taken_and_given_back", "timing", "Taken and given back without a sale"),
            _step("rounding_not_paid", "known", "What B1 rounded"),
            _step("as_the_channel_has_it", "known", "Paid as the channel has it, not as the books"),
            _step("paid_another_way", "known", "Paid with gift cards"),
            _step("paid_without_invoice", "open", "Paid out without an invoice in B1", "payout_order_not_in_b1"),
            _step("returned_without_credit", "open", "Taken back without a credit memo in B1"),
            _step("settled_differs", "open", "Paid out with another amount than invoiced",
                  "payout_component_amount_mismatch"),
            _step("paid_out_in_other_month", "timing", "Invoiced in one month, paid out in another"),
            _step("settled_of_no_order", "known", "Paid out for orders that are not known here"),
            _step("fees", "known", "Fees"),
            _step("disputes", "known", "Disputed payments"),
            _step("reserves", "known", "Held back and released"),
            _step("adjustments", "known", "Adjustments"),
            _step("payout_adds_up_wrong", "open", "Payouts that are not the sum of their movements",
                  "payout_identity_break"),
        ),
        {"paid_out": 1},
    ),
    Level(
        "paid_out_in_books",
        "Payouts in the books",
        (
            _step("posting_in_transit", "timing", "On their way into the books"),
            _step("not_in_books", "open", "Payouts that are not in the books", "payout_not_posted", "payout_failed"),
        ),
        {"paid_out_in_books": 1},
    ),
)  # fmt: skip
STEPS = {step.name: step for level in LEVELS for step in level.steps}
LENIENT = frozenset({"taxed_otherwise", "tax_differs"})
"""Steps whose every item a check of its own has judged: what it let pass (a rate that changed) is tolerated."""
ABOUT_AMOUNTS = frozenset(
    {"shipment_qty_mismatch", "bundle_explosion_mismatch", "sku_unmapped", "bundle_mapping_missing"}
)
"""Checks of other areas that are about amounts of orders all the same."""
TAKES_THE_REST = frozenset({"order_edited_after_post", "order_currency_mismatch", "gift_card_revenue", "payout_failed"})
"""Checks whose money at risk is counted otherwise than the step: they explain what exact findings leave."""
BESIDE = "beside"
"""Findings whose money is no step between the levels: stock that may be sold twice, parcels the customer waits for."""
BESIDE_WORDS = "At risk beside the bridge"
