"""What a provider settled for single sales and refunds: another amount, nothing at all, or something nobody sold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from auditor.sandbox.basics import Ids, penny
from auditor.sandbox.business import Business
from auditor.sandbox.faults.case import Fact
from auditor.sandbox.faults.payouts import PayoutCase
from auditor.sandbox.payout import BalanceRow, Payout
from auditor.sandbox.sale import Sale
from auditor.sandbox.settlement import contract_of
from auditor.sandbox.truth import planted

_LONGEST_LAG = timedelta(days=26)
"""After so many days every channel should have paid out what was sent: three weeks from its arrival."""
_STAMPED_WITHIN = timedelta(days=1)
"""TikTok stamps the movements of a day with the midnight that ends it."""


class RowCase(PayoutCase):
    """Something happens to one row of a payout whose sale is an ordinary one."""

    kind: ClassVar[str] = "CHARGE"

    def fits(self, payout: Payout, business: Business) -> bool:
        if not super().fits(payout, business) or len(payout.rows) < 3:
            return False
        rows = [
            row for row in payout.rows if row.kind == self.kind and row.sale and self.suits(row, row.sale, business)
        ]
        self.row, self.business = (rows[0] if rows else payout.rows[0]), business
        return bool(rows)

    def suits(self, row: BalanceRow, sale: Sale, business: Business) -> bool:
        is_plain = not sale.refunds and sale.cancelled_at is None and sale.is_live and sale.order_kind == "sale"
        is_whole = len(sale.payments) == 1 and sale.payments[0].amount == row.amount == sale.total
        return is_plain and is_whole and sale not in self.busy and sale.is_shipped and sale.posted_at is not None

    @property
    def sale(self) -> Sale:
        assert self.row.sale is not None
        return self.row.sale

    def told(self, payout: Payout, subject: str, money: Decimal) -> Fact:
        return planted(self.check, payout.shop, subject, self.owner, money, self.note, cause=self.cause)


# ---- payout_component_amount_mismatch ----


class SettledTooLittle(RowCase):
    check, note = "payout_component_amount_mismatch", "the provider collected £3.00 less than the order has"
    cause = "sale_differs"
    amount = Decimal("3.00")

    def happen(self, payout: Payout, ids: Ids) -> None:
        self.row.amount -= self.amount

    def facts(self, payout: Payout) -> Iterable[Fact]:
        yield self.told(payout, self.sale.key, self.amount)


class GivenBackTooMuch(RowCase):
    check, note = "payout_component_amount_mismatch", "the provider gave back £1.50 more than the refund has"
    cause, kind = "refund_differs", "REFUND"
    amount = Decimal("1.50")

    def suits(self, row: BalanceRow, sale: Sale, business: Business) -> bool:
        is_known = row.refund is not None and row.refund.credited_at is not None and len(sale.refunds) == 1
        return is_known and sale not in self.busy and sale.is_shipped and sale.is_live and sale.posted_at is not None

    def happen(self, payout: Payout, ids: Ids) -> None:
        self.row.amount -= self.amount

    def facts(self, payout: Payout) -> Iterable[Fact]:
        if self.row.refund:
            yield self.told(payout, str(self.row.refund.refund_id), self.amount)


# ---- payout_order_not_in_b1 ----


class NobodysSale(RowCase):
    check, note = "payout_order_not_in_b1", "the provider settled a sale that neither shop nor B1 knows"
    cause = "order_unknown"

    def happen(self, payout: Payout, ids: Ids) -> None:
        number = ids.next(f"order of {payout.shop.id}", payout.shop.first_number)
        self.ghost = replace(self.sale, number=number, order_id=5_000_000_000 + number * 7)
        transaction = ids.next("transaction", 9_000_001)
        self.ghost.payments = [replace(self.sale.payments[0], number=transaction)]
        row = replace(self.row, number=ids.next("balance row", 660_000_001), sale=self.ghost, transaction=transaction)
        payout.rows.insert(0, row)

    def facts(self, payout: Payout) -> Iterable[Fact]:
        yield self.told(payout, self.ghost.name, self.ghost.total)


class RefundInTheDashboard(RowCase):
    check, note = "payout_order_not_in_b1", "somebody gave money back in the provider's dashboard"
    cause = "refund_unknown"
    amount = Decimal("7.77")

    def happen(self, payout: Payout, ids: Ids) -> None:
        number, transaction = ids.next("balance row", 660_000_001), ids.next("transaction", 9_000_001)
        row = BalanceRow(number, "REFUND", payout.rows[-1].at, -self.amount, sale=self.sale, transaction=transaction)
        row.source = "REFUND"
        payout.rows.append(row)

    def facts(self, payout: Payout) -> Iterable[Fact]:
        yield self.told(payout, f"{self.sale.key}:refund", self.amount)


# ---- delivered_never_settled ----


class NeverSettled(RowCase):
    check, note = "delivered_never_settled", "sent weeks ago, and the provider never credited it"
    cause = "not_at_provider"

    def suits(self, row: BalanceRow, sale: Sale, business: Business) -> bool:
        is_long_ago = bool(sale.parcels) and sale.parcels[-1].shipped_at < business.now - _LONGEST_LAG
        # What was sold before the provider's account begins may have been paid out before, too.
        rows = (each for payout in business.payouts if payout.shop is sale.shop for each in payout.rows)
        return (
            super().suits(row, sale, business)
            and is_long_ago
            and all(parcel.told_at for parcel in sale.parcels)
            and any(each.at < sale.placed_at - _STAMPED_WITHIN for each in rows)
        )

    def happen(self, payout: Payout, ids: Ids) -> None:
        payout.rows.remove(self.row)

    def facts(self, payout: Payout) -> Iterable[Fact]:
        _, percent, fixed = contract_of(payout.shop)[0]
        total = self.sale.total
        yield self.told(payout, self.sale.key, total - penny(total * percent / 100 + fixed))


class NeverPaidOut(NeverSettled):
    note = "the provider credited it weeks ago, and has put it into no payout"
    cause = "not_paid_out"

    def fits(self, payout: Payout, business: Business) -> bool:
        # Adyen's files show nothing that waits.
        return payout.shop.provider != "adyen" and super().fits(payout, business)

    def happen(self, payout: Payout, ids: Ids) -> None:
        super().happen(payout, ids)
        self.business.pending_rows.setdefault(payout.shop.id, []).append(self.row)


SETTLED_WRONGLY: tuple[type[PayoutCase], ...] = (
    NeverSettled, SettledTooLittle, NobodysSale, GivenBackTooMuch, RefundInTheDashboard, NeverPaidOut,
)  # fmt: skip
