"""A finding told in one paragraph: what is wrong, by how much, and, when the figures say so, why.

The cause comes from the check when it names one, else from the guesses in hypotheses.py; when none fits, the text says
so. Nothing that moves without the finding moving (the time of the run, a watermark) is in the text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from auditor.checking.documents import B1_OBJECTS
from auditor.checking.evidence import Proof, Row
from auditor.checking.header import Header
from auditor.checking.hypotheses import (
    Amounts,
    Cause,
    Charge,
    Quantities,
    Stock,
    Warehouse,
    why_amounts,
    why_quantities,
    why_stock,
)
from auditor.checking.library import Library
from auditor.checking.narratives import NARRATIVES, Story, is_price, number_of
from auditor.model import Candidate
from auditor.money import ZERO, format_money

CAUSES: Mapping[str, str] = {
    "rounding_method": "one side rounds tax per line, the other once per document",
    "rounding_other": "the difference is within what rounding explains",
    "posted_without_id": "a journal entry of the same amount exists, but without the payout's id; link it instead",
    "sku_unmapped": "an item of the order is not known in B1 under this SKU",
    "reference_empty": "the reference was not written at all",
    "reference_malformed": "what was written is not an order number of the channel",
    "warehouse_left_out": "one or more warehouses are left out of the sum",
    "warehouse_vanished": "the warehouse was read before and is missing now",
    "warehouse_never_read": "the warehouse is mapped, but no stock was ever read from it",
    "open_orders_exceed_stock": "open orders ask for more than is on the shelf",
    "offered_without_stock": "the channel was not told that the stock is used up",
    "never_tried": "nobody has tried to read it yet",
    "last_run_failed": "the last attempt did not succeed",
    "not_run": "the last attempt succeeded, but none has followed since",
}
"""Causes that checks name themselves, in plain words."""

NO_CAUSE = "None of the usual causes explains the difference."


@dataclass(frozen=True, slots=True)
class Told:
    """text: one paragraph; cause: its name, None when unknown; arithmetic: lines for the evidence."""

    text: str
    cause: str | None
    arithmetic: Sequence[str]


def explain(candidate: Candidate, header: Header, proof: Proof, library: Library) -> Told:
    """The paragraph, the cause and the arithmetic of one candidate. `header` is its check's."""
    story = Story(candidate, proof, B1_OBJECTS.get(candidate.keys.get("b1_object", ""), "document").lower())
    tell = NARRATIVES.get(candidate.check_id)
    if header.story is not None:
        sentences = [story.told(header.story)]
    else:
        sentences = [tell(story) if tell else story.plain(header.title)]
    arithmetic = [f"{name.replace('_', ' ')}: {text}" for name, text in candidate.notes.items()]
    name = candidate.cause
    if name is not None:
        sentences.append(f"Cause: {header.causes.get(name) or CAUSES.get(name, name.replace('_', ' '))}.")
    elif candidate.check_id in _GUESSES:
        found = _GUESSES[candidate.check_id](candidate, proof)
        if found is None:
            sentences.append(NO_CAUSE)
        else:
            name = found.name
            sentences.append(f"Cause: {found.meaning} ({found.arithmetic}).")
            arithmetic.append(found.arithmetic)
    sentences.extend(_money_elsewhere(candidate, library))
    return Told(" ".join(sentences), name, arithmetic)


def _money_elsewhere(candidate: Candidate, library: Library) -> list[str]:
    if candidate.inhibited_by is not None and not candidate.muted_by:
        return ["It is muted because the order itself is missing in SAP Business One, and follows from that."]
    if candidate.inhibited_by is not None:
        return ["It is muted because it follows from the finding above it."]
    parent = library.get(candidate.parent_check) if candidate.parent_check else None
    if candidate.parent_id is not None and parent is not None and parent.header.explains:
        return ["It shares its cause with others; see the finding above it."]
    if candidate.parent_id is not None:
        return ["Its money is counted in a heavier finding on the same document."]
    return []


def _order_total(candidate: Candidate, proof: Proof) -> Cause | None:
    order = proof.row("order")
    expected, actual = _figures(candidate)
    if expected is None or actual is None or not order:
        return None
    return why_amounts(
        Amounts(
            expected=expected,
            actual=actual,
            currency=candidate.currency,
            tax=_amount(order, "tax"),
            charges=[
                Charge(row["kind"], _amount(row, "net"), _amount(row, "gross"))
                for row in proof.rows.get("order_shipping", ())
            ],
            discount=_amount(order, "discount"),
            platform_discount=_amount(order, "platform_discount"),
            tip=_amount(order, "tip"),
            duties=_amount(order, "duties"),
            line_count=int(proof.row("order_lines").get("count") or 0),
            presentment_total=order.get("presentment_total"),
            presentment_currency=order.get("presentment_currency"),
        )
    )


def _refund(candidate: Candidate, proof: Proof) -> Cause | None:
    refund = proof.row("refund")
    expected, actual = _figures(candidate)
    if expected is None or actual is None or not refund:
        return None
    return why_amounts(
        Amounts(
            expected=expected,
            actual=actual,
            currency=candidate.currency,
            tax=_amount(refund, "tax"),
            charges=[_refunded_shipping(refund)],
            adjustment=_amount(refund, "adjustment"),
        )
    )


def _refunded_shipping(refund: Row) -> Charge:
    """A refund tells its shipping without tax, and with tax where it tells no tax at all."""
    amount = _amount(refund, "shipping")
    return Charge("shipping", ZERO, amount) if refund.get("tax") is None else Charge("shipping", amount, ZERO)


def _payout(candidate: Candidate, proof: Proof) -> Cause | None:
    payout, lines = proof.row("payout"), proof.row("payout_lines")
    if not payout or not lines:
        return None
    net, gross, fees = _amount(payout, "net"), _amount(lines, "gross"), _amount(lines, "fee") + _amount(lines, "tax")
    if fees and net == gross:
        arithmetic = f"gross {format_money(gross, candidate.currency)} = net {format_money(net, candidate.currency)}"
        return Cause("fees_left_out", "the payout equals the movements before fees", arithmetic)
    return None


def _line(candidate: Candidate, proof: Proof) -> Cause | None:
    expected, actual = _figures(candidate)
    if expected is None or actual is None:
        return None
    if is_price(candidate):
        tax = _amount(proof.row("order_line"), "tax")
        return why_amounts(Amounts(expected=expected, actual=actual, currency=candidate.currency, tax=tax))
    return why_quantities(Quantities(expected, actual, proof.row("b1_item").get("items_per_sales_unit")))


def _stock(candidate: Candidate, proof: Proof) -> Cause | None:
    rule = proof.row("stock_rule")
    _, actual = _figures(candidate)
    if actual is None or not rule:
        return None
    warehouses: dict[str, Warehouse] = {}
    for row in proof.rows.get("b1_stock", ()):
        if row["warehouse"] in warehouses:
            # Two items behind one SKU: a bundle, whose sum over warehouses means nothing.
            return None
        warehouses[row["warehouse"]] = Warehouse(
            _amount(row, "on_hand"), _amount(row, "committed"), _amount(row, "ordered")
        )
    return why_stock(
        Stock(actual, warehouses, str(rule["stock_policy"]), _amount(rule, "buffer"), _amount(rule, "share"))
    )


def _figures(candidate: Candidate) -> tuple[Decimal | None, Decimal | None]:
    return number_of(candidate.expected), number_of(candidate.actual)


def _amount(row: Row, name: str) -> Decimal:
    value: Any = row.get(name)
    return ZERO if value is None else Decimal(value)


_GUESSES: Mapping[str, Callable[[Candidate, Proof], Cause | None]] = {
    "order_total_mismatch": _order_total,
    "order_line_mismatch": _line,
    "refund_amount_mismatch": _refund,
    "stock_drift": _stock,
    "payout_identity_break": _payout,
}
