"""Credit memos of another amount than their refund: check 12."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from auditor.money import ZERO
from auditor.sandbox.basics import PENNY, penny
from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.catalogue import Ability
from auditor.sandbox.documents import SHIPPING, Doc, reprice, retotal
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.faults.refunds import RefundCase, RefundLookAlike, can_give_back_everything, give_back
from auditor.sandbox.sale import Sale


class CreditCase(RefundCase):
    """A refund of everything whose credit memo was made wrongly."""

    check, owner = "refund_amount_mismatch", "FIN"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and can_give_back_everything(sale)

    def happen(self, sale: Sale, story: Story) -> None:
        give_back(sale, story, everything=True)

    def change(self, memo: Doc, sale: Sale) -> None:
        raise NotImplementedError

    def money(self, sale: Sale) -> Decimal:
        raise NotImplementedError

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        self.change(books.credit_memos[0], books.sale)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, self.refund(books).refund_id, self.money(books.sale))


class ShippingNotCredited(CreditCase):
    note = "goods and shipping were refunded, only the goods were credited"
    needs: ClassVar[frozenset[Ability]] = frozenset({"refund_shipping"})

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and bool(sale.shipping)

    def change(self, memo: Doc, sale: Sale) -> None:
        memo["DocumentAdditionalExpenses"] = [
            one for one in memo["DocumentAdditionalExpenses"] if one["ExpenseCode"] != SHIPPING
        ]
        retotal(memo)

    def money(self, sale: Sale) -> Decimal:
        return sale.shipping


class ShippingAmongGoods(ShippingNotCredited):
    note = "the refunded shipping was credited as goods: the total is right, the parts are not"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and bool(sale.shipping_rate) and bool(sale.lines[0].rate)

    def change(self, memo: Doc, sale: Sale) -> None:
        super().change(memo, sale)
        line = memo["DocumentLines"][0]
        net, tax = line["LineTotal"] + sale.shipping_net, line["TaxTotal"] + sale.shipping_tax
        reprice(line, net=net, tax=tax)
        retotal(memo)

    def money(self, sale: Sale) -> Decimal:
        # Where the shop does not tell tax, the parts are compared with it.
        return sale.shipping_net if "tax" in sale.shop.can else sale.shipping


class WholeOrderCredited(CreditCase):
    note = "one line was refunded, the whole order was credited"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and len(sale.lines) > 1

    def happen(self, sale: Sale, story: Story) -> None:
        give_back(sale, story)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        memo, invoice = books.credit_memos[0], books.invoices[0]
        memo["DocumentLines"] = [
            {**line, "BaseType": 13, "BaseEntry": invoice["DocEntry"], "BaseLine": line["LineNum"]}
            for line in invoice["DocumentLines"]
        ]
        memo["DocumentAdditionalExpenses"] = [dict(one) for one in invoice["DocumentAdditionalExpenses"]]
        retotal(memo)

    def money(self, sale: Sale) -> Decimal:
        return sale.total - sale.lines[0].gross


class TaxNotCredited(CreditCase):
    note = "credited without tax"

    def change(self, memo: Doc, sale: Sale) -> None:
        for line in memo["DocumentLines"]:
            reprice(line, tax=ZERO)
        for expense in memo["DocumentAdditionalExpenses"]:
            expense["TaxSum"], expense["LineGross"] = ZERO, expense["LineTotal"]
        retotal(memo)

    def money(self, sale: Sale) -> Decimal:
        return sale.refunds[-1].tax


class CreditTooLow(CreditCase):
    note = "£3.00 net too little was credited"

    def fits(self, sale: Sale, story: Story) -> bool:
        line = sale.lines[0]
        return super().fits(sale, story) and line.net > 6 and bool(line.rate)

    def happen(self, sale: Sale, story: Story) -> None:
        give_back(sale, story)

    def change(self, memo: Doc, sale: Sale) -> None:
        line = memo["DocumentLines"][0]
        reprice(line, net=line["LineTotal"] - 3, tax=line["TaxTotal"] - Decimal("0.60"))
        retotal(memo)

    def money(self, sale: Sale) -> Decimal:
        return Decimal("3.60")


class AmountLookAlike(RefundLookAlike):
    check = "refund_amount_mismatch"

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield from super().facts(books)
        yield self.alike(books, self.refund(books).refund_id, "refund_without_credit_memo")


class RestockingFee(AmountLookAlike):
    note = "a restocking fee of £2.00 was kept back, and booked as such"
    needs: ClassVar[frozenset[Ability]] = frozenset({"refund_adjustment"})
    adjustment = Decimal("-2.00")

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and sale.lines[0].gross > 5

    def happen(self, sale: Sale, story: Story) -> None:
        given = give_back(sale, story)
        given.adjustment = self.adjustment


class GoodwillBooked(RestockingFee):
    note = "£3.00 goodwill on top of the goods, booked as the expense for goodwill"
    adjustment = Decimal("3.00")


class CreditedInTwo(AmountLookAlike):
    note = "two credit memos for one refund: together they are the refund"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and len(sale.lines) > 1 and can_give_back_everything(sale)

    def happen(self, sale: Sale, story: Story) -> None:
        give_back(sale, story, everything=True)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        first = books.credit_memos[0]
        refund = self.refund(books)
        at = (refund.credited_at or refund.at) + timedelta(minutes=2)
        second = keeper.document("CreditNotes", books.sale.shop, at, [], books.sale.ref)
        second["DocumentLines"], first["DocumentLines"] = first["DocumentLines"][1:], first["DocumentLines"][:1]
        for name in ("U_RefundId", "U_PaymentId", "U_ReturnReason"):
            second[name] = first[name]
        retotal(first)
        books.credit_memos.append(retotal(second))


class PennyOff(AmountLookAlike):
    note = "the credit memo is a penny off: within tolerance"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        memo = books.credit_memos[0]
        line = memo["DocumentLines"][0]
        reprice(line, net=penny(line["LineTotal"] - PENNY))
        retotal(memo)


WRONG_CREDITS: tuple[type[Case], ...] = (
    ShippingNotCredited, WholeOrderCredited, TaxNotCredited, ShippingAmongGoods, CreditTooLow,
)  # fmt: skip
RIGHT_CREDITS: tuple[type[Case], ...] = (RestockingFee, CreditedInTwo, GoodwillBooked, PennyOff)
