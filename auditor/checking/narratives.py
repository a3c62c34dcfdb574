"""What is wrong, in plain words with the figures: one or two sentences for a person who knows the trade.

Most checks say it themselves, in the `story` of their header; where a sentence needs more than names filled in, there
is a function here that takes a `Story`. A check with neither is told by its title and its figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from auditor.checking import story
from auditor.checking.evidence import B1_NAME, Proof
from auditor.checking.library import NOTE
from auditor.checking.rows import number_in
from auditor.model import Candidate
from auditor.money import format_money


@dataclass(frozen=True, slots=True)
class Story:
    """A candidate with its proof, and short ways to name things. `document`: what kind of B1 document it is about."""

    candidate: Candidate
    proof: Proof
    document: str

    @property
    def channel(self) -> str:
        return self.candidate.channel

    @property
    def order(self) -> str:
        keys = self.candidate.keys
        return f"order {keys.get('order_ref') or keys.get('order_id') or self.candidate.subject_id}"

    @property
    def expected(self) -> str:
        return self._figure(self.candidate.expected)

    @property
    def actual(self) -> str:
        return self._figure(self.candidate.actual)

    @property
    def difference(self) -> str:
        """Without its sign; which side is higher is said in words."""
        return self._figure((self.candidate.difference or "").removeprefix("-") or None)

    @property
    def money(self) -> str:
        return format_money(self.candidate.money_at_risk, self.candidate.currency)

    @property
    def b1_document(self) -> str:
        number = self.candidate.keys.get("doc_num") or self.candidate.keys.get("doc_entry")
        return f"{self.document} {number}" if number else self.document

    def key(self, name: str, default: str = "?") -> str:
        """A key as people write it: the number of a platform's long id."""
        return number_in(self.candidate.keys.get(name, default))

    @property
    def location(self) -> str:
        """The channel location as people call it; its id while the channel does not tell a name."""
        return str(self.proof.row("channel_location").get("name") or self.key("location"))

    def amount(self, source: str, column: str) -> str:
        """An amount of a document; without the document, the money at risk."""
        value = self.proof.row(source).get(column)
        return self.money if value is None else format_money(Decimal(value), self.candidate.currency)

    def on(self, source: str, column: str) -> str:
        """` on 2 Mar 2026`: the UTC day of an instant of a document; nothing when it is not known."""
        value: Any = self.proof.row(source).get(column)
        return f" on {value:%-d %b %Y}" if isinstance(value, datetime) else ""

    def plain(self, title: str) -> str:
        """The check's title and the two figures; for checks without words of their own."""
        text = title.rstrip(".")
        if self.candidate.expected is not None or self.candidate.actual is not None:
            text += f": expected {self.expected}, found {self.actual}"
        return text + "."

    def told(self, template: str) -> str:
        """A header's story with its names filled."""
        return story.fill(template, _Words(self))

    def _figure(self, text: str | None) -> str:
        if text is None:
            return "nothing"
        amount = number_of(text) if self.candidate.measure == "money" else None
        return text if amount is None else format_money(amount, self.candidate.currency)


class _Words(Mapping[str, str]):
    """What the names in a header's story stand for."""

    def __init__(self, told: Story) -> None:
        self._story = told

    def __getitem__(self, name: str) -> str:
        s = self._story
        if name.startswith(NOTE):
            return s.candidate.notes.get(name.removeprefix(NOTE), "")
        match name:
            case "Order":
                return _upper(s.order)
            case "b1":
                return B1_NAME
            case "location_name":
                return s.location
            case "subject":
                return number_in(s.candidate.subject_id)
            case "occurred_on":
                return f" on {s.candidate.occurred_at:%-d %b %Y}" if s.candidate.occurred_at else ""
            case "order" | "channel" | "expected" | "actual" | "difference" | "money" | "b1_document":
                return str(getattr(s, name))
        return s.key(name)

    def __iter__(self) -> Iterator[str]:
        return iter(story.WORDS)

    def __len__(self) -> int:
        return len(story.WORDS)


def _order_missing(s: Story) -> str:
    return (
        f"{_upper(s.order)} over {s.amount('order', 'total')} was placed on {s.channel} and paid, but {B1_NAME} holds "
        "no order, invoice or draft for it. Both systems were read completely past the time it had to arrive, so it is "
        "not merely late."
    )


def _order_duplicate(s: Story) -> str:
    return (
        f"{_upper(s.order)} was booked more than once in {B1_NAME}: {s.b1_document} is the extra one. "
        f"Together the extra documents are worth {s.money}."
    )


def _reference_missing(s: Story) -> str:
    found = "no reference" if s.candidate.actual in (None, "") else f"the reference '{s.candidate.actual}'"
    text = (
        f"The {s.b1_document} of {s.channel}'s customer account carries {found}, so nobody who has the customer's "
        "order number can find it."
    )
    return f"{text} By its amount and items it belongs to {s.order}." if "order_id" in s.candidate.keys else text


def _order_total(s: Story) -> str:
    return (
        f"{_upper(s.order)} comes to {s.expected} on {s.channel} and to {s.actual} in {B1_NAME}; "
        f"they differ by {s.difference}, and not because single lines or the tax differ."
    )


def _order_line(s: Story) -> str:
    expected, actual = s.expected, s.actual
    what = "units"
    if is_price(s.candidate):
        what = "with tax" if "channel_gross" in s.candidate.notes else "net"
        expected, actual = (
            "nothing" if amount is None else format_money(amount, s.candidate.currency)
            for amount in (number_of(s.candidate.expected), number_of(s.candidate.actual))
        )
    return (
        f"{s.key('sku')} on {s.order} differs: {s.channel} has {expected} {what}, {B1_NAME} has {actual}. "
        f"With tax the lines are {s.money} apart."
    )


def _order_cancelled(s: Story) -> str:
    return (
        f"{_upper(s.order)} was cancelled on {s.channel}{s.on('order', 'cancelled_at')}, but {s.b1_document} in "
        f"{B1_NAME} is still open and nothing has been delivered: the goods may still leave the house. "
        f"{s.candidate.notes.get('pick', '')}".rstrip()
    )


def _stock_drift(s: Story) -> str:
    more = "more than" if _is_above(s.candidate) else "less than"
    return (
        f"{s.channel} shows {s.actual} of {s.key('sku')} at {s.location}, {more} the {s.expected} that "
        f"{B1_NAME} allows, and has not been corrected for two cycles."
    )


def _stock_oversell(s: Story) -> str:
    return (
        f"{s.channel} still offers {s.actual} of {s.key('sku')} at {s.location}, but {B1_NAME} has "
        f"{s.expected} to sell. Orders that cannot be filled put {s.money} at risk."
    )


def _stock_source(s: Story) -> str:
    return (
        f"Warehouse {s.key('warehouse')} feeds {s.location} on {s.channel}, but the last complete stock reading "
        f"of {B1_NAME} holds nothing of it. Stock worth {s.money} is offered on figures that nobody can check."
    )


def _stock_subset(s: Story) -> str:
    return (
        f"The stock of many items at {s.location} on {s.channel} equals that of {s.candidate.actual or '?'} "
        f"alone, where {s.candidate.expected or '?'} should be counted: the location's map leaves warehouses out."
    )


def _refund_missing(s: Story) -> str:
    when = s.on("refund", "processed_at")
    return (
        f"{s.amount('refund', 'total')} was refunded for {s.order} on {s.channel}{when}, but {B1_NAME} holds no credit "
        "memo or draft for it, although the order was invoiced: revenue is overstated."
    )


def _refund_amount(s: Story) -> str:
    return (
        f"The refund {s.key('refund_id', s.candidate.subject_id)} of {s.order} is {s.expected} on {s.channel} and "
        f"{s.actual} in {s.b1_document}."
    )


def _tax_rounding(s: Story) -> str:
    return (
        f"The tax of {s.order} is {s.expected} on {s.channel} and {s.actual} in {B1_NAME}, on the same amounts; "
        f"rounding explains the {s.difference}."
    )


def _tax_error(s: Story) -> str:
    return (
        f"The tax of {s.order} is {s.expected} on {s.channel} and {s.actual} in {B1_NAME}, on the same amounts and at "
        f"the same rates. {s.difference} is more than rounding can explain."
    )


def _payout_missing(s: Story) -> str:
    return (
        f"{s.channel} paid out {s.amount('payout', 'net')}{s.on('payout', 'issued_at')} (payout "
        f"{s.key('payout_id', s.candidate.subject_id)}), but no journal entry or payment in {B1_NAME} carries its id."
    )


def _payout_identity(s: Story) -> str:
    if s.candidate.expected == s.candidate.actual:
        return (
            f"Payout {s.key('payout_id', s.candidate.subject_id)} of {s.channel} adds up, but single movements in it "
            f"are not their gross less fee and tax; together they are {s.money} off."
        )
    return (
        f"Payout {s.key('payout_id', s.candidate.subject_id)} of {s.channel} does not add up: its net is {s.expected}, "
        f"its movements make {s.actual}."
    )


NARRATIVES: Mapping[str, Callable[[Story], str]] = {
    "order_missing_in_b1": _order_missing,
    "order_duplicate_in_b1": _order_duplicate,
    "order_reference_missing": _reference_missing,
    "order_total_mismatch": _order_total,
    "order_line_mismatch": _order_line,
    "order_cancelled_still_open_b1": _order_cancelled,
    "stock_drift": _stock_drift,
    "stock_oversell_exposure": _stock_oversell,
    "stock_source_unavailable": _stock_source,
    "stock_warehouse_subset": _stock_subset,
    "refund_without_credit_memo": _refund_missing,
    "refund_amount_mismatch": _refund_amount,
    "tax_rounding_document": _tax_rounding,
    "tax_amount_error": _tax_error,
    "payout_not_posted": _payout_missing,
    "payout_identity_break": _payout_identity,
}


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def is_price(candidate: Candidate) -> bool:
    """Whether a line differs in its price rather than its quantity: its figures are then the amounts noted."""
    kind = "gross" if "channel_gross" in candidate.notes else "net"
    noted = candidate.notes.get(f"channel_{kind}"), candidate.notes.get(f"b1_{kind}")
    shown = number_of(candidate.expected), number_of(candidate.actual)
    return noted == tuple(each is not None and format_money(each, candidate.currency) for each in shown)


def number_of(text: str | None) -> Decimal | None:
    """The number in a figure, or None when it is not one."""
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        return None


def _is_above(candidate: Candidate) -> bool:
    """Whether the actual figure is the higher one, by the figures themselves or else by the difference's sign."""
    expected, actual = number_of(candidate.expected), number_of(candidate.actual)
    if expected is None or actual is None:
        return not (candidate.difference or "").startswith("-")
    return actual > expected
