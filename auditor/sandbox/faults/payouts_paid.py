"""Payouts that did not come as they should: lost, short, or in one sum with others; fees above the contract."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from auditor.money import ZERO
from auditor.sandbox.basics import Ids, penny
from auditor.sandbox.business import Business
from auditor.sandbox.faults.case import Fact
from auditor.sandbox.faults.payouts import PayoutCase, PayoutLookAlike, add_row
from auditor.sandbox.payout import BalanceRow, Payout
from auditor.sandbox.settlement import contract_of, needs_dispatch
from auditor.sandbox.treasury import sums_of
from auditor.sandbox.truth import look_alike, planted

# ---- payout_failed ----


class CalledOff(PayoutCase):
    check, note, cause = "payout_failed", "somebody cancelled the payout", "cancelled"

    def fits(self, payout: Payout, business: Business) -> bool:
        # the other providers call it failed
        return super().fits(payout, business) and payout.shop.provider == "shopify_payments"

    def happen(self, payout: Payout, ids: Ids) -> None:
        payout.status, payout.posted_at = "CANCELED", None


# ---- payout_unclassified_component ----


class MappedRow(PayoutLookAlike):
    check, note = "payout_unclassified_component", "a type of its own, for which the company has named an account"
    kind = "PROMOTION_CREDIT"

    def happen(self, payout: Payout, ids: Ids) -> None:
        add_row(payout, ids, self.kind, Decimal("4.00"))

    def facts(self, payout: Payout) -> Iterable[Fact]:
        for word in (self.kind, self.kind.lower()):
            yield look_alike(self.check, payout.shop, word, self.note)


# ---- fee_variance ----


class FeeCase(PayoutCase):
    check = "fee_variance"

    def fits(self, payout: Payout, business: Business) -> bool:
        sold = _sold(payout)
        return super().fits(payout, business) and len(sold) >= 5 and sum((row.amount for row in sold), ZERO) > 400

    def facts(self, payout: Payout) -> Iterable[Fact]:
        subject = f"{payout.key}:{contract_of(payout.shop)[0][0]}"
        money = self.money(payout)
        yield planted(self.check, payout.shop, subject, self.owner, money, self.note, cause=self.cause)

    def money(self, payout: Payout) -> Decimal:
        """What was kept, the tax on it left out, above the contract."""
        _, percent, fixed = contract_of(payout.shop)[0]
        sold = _sold(payout)
        agreed = penny(sum((row.amount for row in sold), ZERO) * percent / 100 + fixed * len(sold))
        return sums_of(sold, payout.shop).fees - agreed


def _sold(payout: Payout) -> list[BalanceRow]:
    return [row for row in payout.rows if row.kind == "CHARGE"]


class DearerRate(FeeCase):
    note, cause = "one per cent more was kept than agreed", "rate"

    def happen(self, payout: Payout, ids: Ids) -> None:
        for row in _sold(payout):
            row.fee += penny(row.amount * (Decimal("0.012") if needs_dispatch(payout.shop) else Decimal("0.01")))


class FixedPartTwice(FeeCase):
    note, cause = "the fixed part was charged twice for each sale", "fixed_part"

    def fits(self, payout: Payout, business: Business) -> bool:
        return super().fits(payout, business) and bool(contract_of(payout.shop)[0][2])

    def happen(self, payout: Payout, ids: Ids) -> None:
        for row in _sold(payout):
            row.fee += contract_of(payout.shop)[0][2]


class Promotion(FeeCase):
    note = "a promotion: half of the fees"
    owner = ""

    def happen(self, payout: Payout, ids: Ids) -> None:
        for row in _sold(payout):
            row.fee = penny(row.fee / 2)

    def facts(self, payout: Payout) -> Iterable[Fact]:
        yield look_alike(self.check, payout.shop, f"{payout.key}:{contract_of(payout.shop)[0][0]}", self.note)


# ---- payout_bank_missing ----


class LostOnTheWay(PayoutCase):
    check, note, cause = "payout_bank_missing", "the money never reached the bank", "not_there"

    def happen(self, payout: Payout, ids: Ids) -> None:
        payout.arrival.is_lost = True


class BankCharges(PayoutCase):
    check, note, cause = "payout_bank_missing", "the bank took £2.00 off for its trouble", "amount_differs"

    def happen(self, payout: Payout, ids: Ids) -> None:
        payout.arrival.deducted = Decimal("2.00")

    def money(self, payout: Payout) -> Decimal:
        return payout.arrival.deducted


class SameAmountTwice(PayoutCase):
    check, cause = "payout_bank_missing", "ambiguous"
    note = "without the number, and somebody else sent the same amount that day"

    def happen(self, payout: Payout, ids: Ids) -> None:
        payout.arrival.text, payout.arrival.is_twice = "TRANSFER", True


class BankLookAlike(PayoutLookAlike):
    check = "payout_bank_missing"


class WithoutNumberAtBank(BankLookAlike):
    note = "the bank's text holds no number, but nothing else has this amount"

    def happen(self, payout: Payout, ids: Ids) -> None:
        payout.arrival.text = "CARD SETTLEMENT"


class SomeDaysLater(BankLookAlike):
    note = "a week under way, with its number"

    def fits(self, payout: Payout, business: Business) -> bool:
        return super().fits(payout, business) and business.now - payout.issued_at > timedelta(days=9)

    def happen(self, payout: Payout, ids: Ids) -> None:
        payout.arrival.days = 7


class InOneSum(BankLookAlike):
    note = "paid in together with the payout before it, in one sum without numbers"

    def fits(self, payout: Payout, business: Business) -> bool:
        if not super().fits(payout, business):
            return False
        self.other = self._before(payout, business)
        return self.other is not None

    def happen(self, payout: Payout, ids: Ids) -> None:
        payout.arrival.text = "SETTLEMENT"
        if self.other:
            self.other.arrival.within = payout

    def facts(self, payout: Payout) -> Iterable[Fact]:
        yield from super().facts(payout)
        if self.other:
            yield look_alike(self.check, payout.shop, self.other.key, self.note)

    def _before(self, payout: Payout, business: Business) -> Payout | None:
        """The payout before it, if it is an ordinary one of the last days."""
        mine = [one for one in business.payouts if one.shop is payout.shop and one.payer == payout.payer]
        place = mine.index(payout)
        other = mine[place - 1] if place else None
        if other is None or other in self.taken or not super().fits(other, business):
            return None
        return other if payout.issued_at - other.issued_at <= timedelta(days=1, hours=1) else None

    def others(self) -> Iterable[Payout]:
        return [self.other] if self.other else []


PAID_WRONGLY: tuple[type[PayoutCase], ...] = (
    LostOnTheWay, DearerRate, InOneSum, BankCharges, CalledOff, MappedRow, FixedPartTwice, WithoutNumberAtBank,
    SameAmountTwice, Promotion, SomeDaysLater,
)  # fmt: skip
