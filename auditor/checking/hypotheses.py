"""Why two figures may differ: named guesses, each a small pure function that holds to the penny or not at all.

A guess takes the figures and returns its arithmetic as text when it explains the actual figure exactly, else None.
The lists are tried in order and the first that fits wins, so the more particular guess stands before the more general.
A figure that is nothing explains nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal

from auditor.checking.rows import quantity
from auditor.money import ZERO, explainable_tax_gap, format_money, minor_unit, round_half_up

PENNY = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Cause:
    """A guess that fits: its name, what it means, and its arithmetic."""

    name: str
    meaning: str
    arithmetic: str


@dataclass(frozen=True, slots=True)
class Charge:
    """What is charged beside the goods: shipping, handling, wrapping ... `net` is zero where no tax is told."""

    kind: str
    net: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True)
class Amounts:
    """A document's amount on both sides and the parts of the expected one."""

    expected: Decimal
    actual: Decimal
    currency: str | None = None
    tax: Decimal = ZERO
    charges: Sequence[Charge] = ()
    discount: Decimal = ZERO
    platform_discount: Decimal = ZERO
    tip: Decimal = ZERO
    duties: Decimal = ZERO
    adjustment: Decimal = ZERO
    line_count: int = 0
    presentment_total: Decimal | None = None
    presentment_currency: str | None = None

    def money(self, amount: Decimal) -> str:
        return format_money(amount, self.currency)


@dataclass(frozen=True, slots=True)
class Quantities:
    """An item's quantity on both sides and how many stock units B1 counts in one sales unit."""

    expected: Decimal
    actual: Decimal
    items_per_unit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Warehouse:
    """What B1 holds of an item in one mapped warehouse."""

    on_hand: Decimal
    committed: Decimal
    ordered: Decimal


@dataclass(frozen=True, slots=True)
class Stock:
    """A channel's figure for an item at a location, and what B1 holds in the warehouses mapped to it."""

    actual: Decimal
    warehouses: Mapping[str, Warehouse] = field(default_factory=dict)
    policy: str = "available"
    buffer: Decimal = ZERO
    share: Decimal = Decimal(1)

    def base(self, policy: str | None = None, without: str | None = None) -> Decimal:
        """Units under a policy, perhaps leaving one warehouse out."""
        chosen = policy or self.policy
        total = ZERO
        for name, held in self.warehouses.items():
            if name == without:
                continue
            total += held.on_hand
            if chosen != "on_hand":
                total -= held.committed
            if chosen == "available_and_ordered":
                total += held.ordered
        return total

    def published(self, base: Decimal, *, share: Decimal | None = None, buffer: Decimal | None = None) -> Decimal:
        """What the channel should show for this base."""
        units = base * (self.share if share is None else share) - (self.buffer if buffer is None else buffer)
        return max(ZERO, units.quantize(Decimal(1), rounding=ROUND_FLOOR))


def gross_versus_net(a: Amounts) -> str | None:
    """One side has the tax in its amount, the other has not."""
    if a.tax and a.actual == a.expected - a.tax:
        return f"{a.money(a.expected)} - tax {a.money(a.tax)} = {a.money(a.actual)}"
    if a.tax and a.actual == a.expected + a.tax:
        return f"{a.money(a.expected)} + tax {a.money(a.tax)} = {a.money(a.actual)}"
    return None


def shipping_left_out(a: Amounts) -> str | None:
    """The shipping charge is missing on the other side, with or without its tax."""
    return _charge_left_out(a, [charge for charge in a.charges if charge.kind == "shipping"])


def charge_left_out(a: Amounts) -> str | None:
    """Handling, wrapping or another charge is missing on the other side, or all of them together."""
    others = [charge for charge in a.charges if charge.kind != "shipping"]
    together = Charge("all charges", sum((c.net for c in a.charges), ZERO), sum((c.gross for c in a.charges), ZERO))
    return _charge_left_out(a, [*others, *([together] if len(a.charges) > 1 else [])])


def charge_booked_twice(a: Amounts) -> str | None:
    """A charge stands twice on the other side, the second time with or without its tax."""
    for amount, words in _readings(a.charges):
        if amount and a.actual == a.expected + amount:
            return f"{a.money(a.expected)} + {words} once more {a.money(amount)} = {a.money(a.actual)}"
    return None


def charge_taxed_twice(a: Amounts) -> str | None:
    """The price of a charge with tax was taken for one without, and taxed again.

    The rate is known as exactly as the tax, which was rounded to the penny, tells it.
    """
    again = a.actual - a.expected
    for charge in a.charges:
        tax = charge.gross - charge.net
        uncertain = (charge.gross + charge.net) * PENNY / 2
        if charge.net > 0 and tax > 0 and abs(again * charge.net - charge.gross * tax) <= uncertain:
            return f"{a.money(a.expected)} + tax on {charge.kind} with tax {a.money(again)} = {a.money(a.actual)}"
    return None


def platform_discount_taken_off(a: Amounts) -> str | None:
    """The other side holds what the buyer paid, without what the platform pays for him."""
    return _left_out(a, a.platform_discount, "discount paid by the platform")


def discount_left_out(a: Amounts) -> str | None:
    """The other side charges what was given as a discount; a discount without tax is grossed up to the penny."""
    if not a.discount:
        return None
    if a.actual == a.expected + a.discount:
        return f"{a.money(a.expected)} + discount {a.money(a.discount)} = {a.money(a.actual)}"
    net = a.expected - a.tax
    if a.tax and net:
        grossed = round_half_up(a.discount * a.expected / net, PENNY)
        if a.actual == a.expected + grossed:
            return f"{a.money(a.expected)} + discount with tax {a.money(grossed)} = {a.money(a.actual)}"
    return None


def tip_left_out(a: Amounts) -> str | None:
    """The tip is missing on the other side."""
    return _left_out(a, a.tip, "tip")


def duties_left_out(a: Amounts) -> str | None:
    """Duties are missing on the other side."""
    return _left_out(a, a.duties, "duties")


def adjustment_left_out(a: Amounts) -> str | None:
    """A correction that belongs to no item is missing on the other side."""
    return _left_out(a, a.adjustment, "adjustment")


def document_currency(a: Amounts) -> str | None:
    """The other side holds what the customer saw, in the customer's currency."""
    if a.presentment_total is None or a.presentment_currency in (None, a.currency) or a.actual != a.presentment_total:
        return None
    shown = format_money(a.presentment_total, a.presentment_currency)
    return f"{a.money(a.expected)} was shown to the customer as {shown}"


def line_versus_document_rounding(a: Amounts) -> str | None:
    """The difference is no larger than rounding each line instead of the document can make it."""
    gap = explainable_tax_gap(a.line_count, minor_unit(a.currency or ""))
    difference = abs(a.actual - a.expected)
    if a.line_count and ZERO < difference <= gap:
        return f"{a.line_count} lines explain at most {gap:f} by rounding; the difference is {difference:.2f}"
    return None


def pack_size(q: Quantities) -> str | None:
    """One side counts packs, the other pieces."""
    size = q.items_per_unit
    if size is None or size <= 1:
        return None
    if q.expected and q.actual == q.expected * size:
        return f"{quantity(q.expected)} x {quantity(size)} per pack = {quantity(q.actual)}"
    if q.actual and q.expected == q.actual * size:
        return f"{quantity(q.actual)} x {quantity(size)} per pack = {quantity(q.expected)}"
    return None


def on_hand_instead_of_available(s: Stock) -> str | None:
    """The channel shows what lies on the shelf, although part of it is promised already."""
    if s.policy == "on_hand" or s.base("on_hand") == s.base() or s.published(s.base("on_hand")) != s.actual:
        return None
    committed = sum((held.committed for held in s.warehouses.values()), ZERO)
    return (
        f"on hand {quantity(s.base('on_hand'))}, of which {quantity(committed)} committed; "
        f"the channel shows {quantity(s.actual)}"
    )


def ordered_counted(s: Stock) -> str | None:
    """The channel counts what suppliers have not delivered yet."""
    if s.policy == "available_and_ordered" or s.base("available_and_ordered") == s.base():
        return None
    if s.published(s.base("available_and_ordered")) != s.actual:
        return None
    ordered = sum((held.ordered for held in s.warehouses.values()), ZERO)
    available = s.base("available")
    return f"available {quantity(available)} with {quantity(ordered)} on order gives {quantity(s.actual)}"


def buffer_ignored(s: Stock) -> str | None:
    """The safety buffer was not taken off."""
    if s.buffer <= 0 or s.published(s.base(), buffer=ZERO) != s.actual:
        return None
    return f"{quantity(s.actual)} is the figure without the buffer of {quantity(s.buffer)}"


def share_ignored(s: Stock) -> str | None:
    """The channel shows everything although only a share is meant for it."""
    if s.share == 1 or s.published(s.base(), share=Decimal(1)) != s.actual:
        return None
    return f"{quantity(s.actual)} is the figure without the share of {quantity(s.share)}"


def warehouse_left_out(s: Stock) -> str | None:
    """One warehouse is missing in the sum; said only when just one fits: small numbers do by chance."""
    if len(s.warehouses) < 2:
        return None
    fitting = [
        name
        for name in s.warehouses
        if s.base(without=name) != s.base() and s.published(s.base(without=name)) == s.actual
    ]
    if len(fitting) != 1:
        return None
    rest, whole = quantity(s.base(without=fitting[0])), quantity(s.base())
    return f"without warehouse {fitting[0]}: {rest} instead of {whole}"


Guess = tuple[str, str, Callable[[Amounts], str | None]]
AMOUNT_GUESSES: Sequence[Guess] = (
    ("shipping_left_out", "the shipping charge was left out", shipping_left_out),
    ("charge_left_out", "a charge beside the goods was left out", charge_left_out),
    (
        "platform_discount_taken_off",
        "the discount that the platform pays was taken off, although the seller is owed it",
        platform_discount_taken_off,
    ),
    ("discount_left_out", "the discount was left out", discount_left_out),
    ("tip_left_out", "the tip was left out", tip_left_out),
    ("duties_left_out", "the duties were left out", duties_left_out),
    ("adjustment_left_out", "the adjustment was left out", adjustment_left_out),
    ("gross_versus_net", "one side is with tax and the other without", gross_versus_net),
    ("charge_booked_twice", "a charge beside the goods was booked twice", charge_booked_twice),
    ("charge_taxed_twice", "tax was put on a charge that was with tax already", charge_taxed_twice),
    ("document_currency", "the amount is in the currency the customer saw", document_currency),
    ("line_versus_document_rounding", "each line was rounded instead of the document", line_versus_document_rounding),
)
STOCK_GUESSES: Sequence[tuple[str, str, Callable[[Stock], str | None]]] = (
    ("buffer_ignored", "the safety buffer was ignored", buffer_ignored),
    ("share_ignored", "the channel's share was ignored", share_ignored),
    (
        "on_hand_instead_of_available",
        "stock on hand is shown instead of what is available",
        on_hand_instead_of_available,
    ),
    ("warehouse_left_out", "a warehouse was left out of the sum", warehouse_left_out),
    ("ordered_counted", "goods on order are counted as available", ordered_counted),
)


def why_amounts(amounts: Amounts) -> Cause | None:
    """The first guess that explains two amounts."""
    if amounts.expected == amounts.actual:
        return None
    return _first((name, meaning, guess(amounts)) for name, meaning, guess in AMOUNT_GUESSES)


def why_stock(stock: Stock) -> Cause | None:
    """The first guess that explains a stock figure."""
    if not stock.warehouses:
        return None
    return _first((name, meaning, guess(stock)) for name, meaning, guess in STOCK_GUESSES)


def why_quantities(quantities: Quantities) -> Cause | None:
    """Whether packs and pieces were confused."""
    arithmetic = pack_size(quantities)
    return None if arithmetic is None else Cause("pack_size", "packs and pieces were confused", arithmetic)


def _first(tried: Iterable[tuple[str, str, str | None]]) -> Cause | None:
    for name, meaning, arithmetic in tried:
        if arithmetic is not None:
            return Cause(name, meaning, arithmetic)
    return None


def _charge_left_out(a: Amounts, charges: Iterable[Charge]) -> str | None:
    for amount, words in _readings(charges):
        if amount and a.actual == a.expected - amount:
            return f"{a.money(a.expected)} - {words} {a.money(amount)} = {a.money(a.actual)}"
    return None


def _readings(charges: Iterable[Charge]) -> Iterator[tuple[Decimal, str]]:
    """The amounts of each charge, with its tax and without."""
    for charge in charges:
        yield charge.gross, charge.kind
        yield charge.net, f"{charge.kind} without tax"


def _left_out(a: Amounts, part: Decimal, name: str) -> str | None:
    if part and a.actual == a.expected - part:
        return f"{a.money(a.expected)} - {name} {a.money(part)} = {a.money(a.actual)}"
    return None
