"""A small store for the tests: one order of each interesting kind, stock, variants, payouts."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from auditor.clock import FixedClock
from auditor.sandbox.failures import Failures
from auditor.sandbox.shopify.answering import Answering, Request
from auditor.sandbox.shopify.state import ShopifyState

NOW = datetime(2026, 11, 20, 12, 0)
Node = dict[str, Any]


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


LOCATION, OTHER_LOCATION = gid("Location", 1), gid("Location", 2)


def tax_line(amount: str) -> Node:
    return {"title": "VAT", "rate": Decimal("0.2"), "priceSet": Decimal(amount)}


def line(number: int, quantity: int = 2, sku: str = "A-1", price: str = "12.50") -> Node:
    total = Decimal(price) * quantity
    return {
        "id": gid("LineItem", number),
        "title": f"Article {sku}",
        "sku": sku,
        "quantity": quantity,
        "originalUnitPriceSet": Decimal(price),
        "originalTotalSet": total,
        "discountedTotalSet": total,
        "discountAllocations": [{"allocatedAmountSet": Decimal("0.50"), "discountApplication": {"index": 0}}],
        "taxLines": [tax_line("4.17")],
        "variant": {"id": gid("ProductVariant", 1)},
    }


def work(number: int, lines: list[tuple[int, int]], location: str = LOCATION, status: str = "OPEN") -> Node:
    return {
        "id": gid("FulfillmentOrder", number),
        "status": status,
        "updatedAt": "2026-11-10T08:00:00Z",
        "assignedLocation": {"name": "Main", "location": {"id": location}},
        "lineItems": [
            {
                "id": gid("FulfillmentOrderLineItem", line_number),
                "totalQuantity": quantity,
                "remainingQuantity": quantity,
                "lineItem": {"id": gid("LineItem", line_number)},
            }
            for line_number, quantity in lines
        ],
    }


def order(number: int, *, lines: int = 2, updated: str | None = None, **fields: Any) -> Node:
    """An order of 2026-11-10 with `lines` lines of two units and one open fulfilment order."""
    numbers = [number * 100 + position for position in range(lines)]
    day = f"2026-11-10T{number % 24:02d}:{number % 60:02d}:00Z"
    return {
        "id": gid("Order", number),
        "name": f"#{number}",
        "createdAt": day,
        "updatedAt": updated or day,
        "displayFinancialStatus": "PAID",
        "totalPriceSet": Decimal("25.00") * lines,
        "totalTaxSet": Decimal("8.34"),
        "taxLines": [tax_line("8.34")],
        "lineItems": [line(n) for n in numbers],
        "fulfillmentOrders": [work(number, [(n, 2) for n in numbers])],
        **fields,
    }


def rich_order(number: int = 501) -> Node:
    """An order with everything an order can have."""
    node = order(number, taxesIncluded=True, updated="2026-11-20T09:00:00Z")
    sold, refunded = gid("OrderTransaction", number * 10), gid("OrderTransaction", number * 10 + 1)
    first = node["lineItems"][0]
    first["lineItemGroup"] = {"id": gid("LineItemGroup", 1), "title": "Set", "quantity": 1, "variantSku": "SET-1"}
    first["duties"] = [{"id": gid("Duty", 1), "price": Decimal("1.00"), "taxLines": []}]
    node["discountApplications"] = [
        {"__typename": "DiscountCodeApplication", "index": 0, "code": "TEN", "value": {"percentage": 10.0}},
        {"__typename": "ManualDiscountApplication", "index": 1, "title": "Goodwill", "value": Decimal("2.00")},
    ]
    node["shippingLines"] = [
        {"id": gid("ShippingLine", 1), "title": "Standard", "discountedPriceSet": Decimal("4.95"),
         "taxLines": [tax_line("0.83")]},
        {"id": gid("ShippingLine", 2), "title": "Gone", "isRemoved": True},
    ]  # fmt: skip
    node["transactions"] = [
        {"id": sold, "kind": "SALE", "status": "SUCCESS", "gateway": "shopify_payments", "amountSet": Decimal("54.95"),
         "createdAt": node["createdAt"], "settlementCurrencyRate": Decimal("1.00"),
         "fees": [{"id": gid("TransactionFee", 1), "type": "processing_fee", "rate": Decimal("0.029"),
                   "flatFee": Decimal("0.25"), "amount": Decimal("1.84"), "taxAmount": Decimal("0")}]},
        {"id": refunded, "kind": "REFUND", "status": "SUCCESS", "gateway": "shopify_payments",
         "amountSet": Decimal("12.50"), "createdAt": "2026-11-12T10:00:00Z", "parentTransaction": {"id": sold},
         "currencyExchangeAdjustment": {"id": gid("CurrencyExchangeAdjustment", 1), "adjustment": Decimal("0.01"),
                                        "originalAmountSet": Decimal("12.49"), "finalAmountSet": Decimal("12.50")}},
    ]  # fmt: skip
    node["returns"] = [
        {"id": gid("Return", 7), "name": f"#{number}-R1", "status": "CLOSED", "createdAt": "2026-11-11T10:00:00Z",
         "totalQuantity": 1,
         "exchangeLineItems": [{"id": gid("ExchangeLineItem", 1), "quantity": 1, "lineItems": [{"id": first["id"]}]}]},
    ]  # fmt: skip
    node["refunds"] = [
        {
            "id": gid("Refund", 9),
            "createdAt": "2026-11-12T10:00:00Z",
            "return": {"id": gid("Return", 7)},
            "totalRefundedSet": Decimal("12.50"),
            "refundLineItems": [
                {"id": gid("RefundLineItem", 31), "quantity": 1, "restockType": "RETURN", "restocked": True,
                 "location": {"id": LOCATION}, "lineItem": {"id": first["id"]}, "subtotalSet": Decimal("12.50"),
                 "totalTaxSet": Decimal("2.08")},
            ],
            "refundShippingLines": [
                {"id": gid("RefundShippingLine", 1), "shippingLine": {"id": gid("ShippingLine", 1)},
                 "subtotalAmountSet": Decimal("1.00"), "taxAmountSet": Decimal("0.17")},
            ],
            "orderAdjustments": [
                {"id": gid("OrderAdjustment", 1), "reason": "REFUND_DISCREPANCY", "amountSet": Decimal("-1.00")},
            ],
            "duties": [{"amountSet": Decimal("0.50"), "originalDuty": {"id": gid("Duty", 1), "price": Decimal("1")}}],
            "transactions": [{"id": refunded}],
        }
    ]  # fmt: skip
    node["fulfillments"] = [
        {
            "id": gid("Fulfillment", 81),
            "createdAt": "2026-11-11T09:00:00Z",
            "displayStatus": "IN_TRANSIT",
            "location": {"id": LOCATION},
            "service": {"id": gid("FulfillmentService", 1), "handle": "manual", "serviceName": "Manual",
                        "type": "MANUAL"},
            "trackingInfo": [{"company": "DPD", "number": "1550", "url": None}],
            "fulfillmentLineItems": [
                {"id": gid("FulfillmentLineItem", 1), "quantity": 2, "lineItem": {"id": first["id"]}},
            ],
            "events": [
                {"id": gid("FulfillmentEvent", 1), "status": "CONFIRMED", "happenedAt": "2026-11-11T10:00:00Z"},
                {"id": gid("FulfillmentEvent", 2), "status": "IN_TRANSIT", "happenedAt": "2026-11-11T12:00:00Z"},
            ],
        }
    ]  # fmt: skip
    node["fulfillmentOrders"][0]["fulfillmentHolds"] = []
    node["fulfillmentOrders"][0]["deliveryMethod"] = {"id": gid("DeliveryMethod", 1), "methodType": "SHIPPING"}
    tax = {"id": gid("SaleTax", 1), "amount": Decimal("4.17"), "taxLine": tax_line("4.17")}
    node["agreements"] = [
        {
            "__typename": "OrderAgreement",
            "id": gid("OrderAgreement", 1),
            "happenedAt": node["createdAt"],
            "reason": "ORDER",
            "sales": [
                {"__typename": "ProductSale", "id": gid("ProductSale", 1), "actionType": "ORDER",
                 "lineType": "PRODUCT", "quantity": 2, "totalAmount": Decimal("25.00"),
                 "totalTaxAmount": Decimal("4.17"), "taxes": [tax], "lineItem": {"id": first["id"]}},
                {"__typename": "ShippingLineSale", "id": gid("ShippingLineSale", 1), "actionType": "ORDER",
                 "lineType": "SHIPPING", "totalAmount": Decimal("4.95"), "taxes": []},
            ],
        }
    ]  # fmt: skip
    return node


def level(item: int, location: str, available: int, committed: int = 0, **fields: Any) -> Node:
    return {
        "id": f"gid://shopify/InventoryLevel/{item}{location[-1]}?inventory_item_id={item}",
        "item": {"id": gid("InventoryItem", item)},
        "location": {"id": location},
        "updatedAt": "2026-11-19T08:00:00Z",
        "quantities": [
            {"name": "available", "quantity": available, "updatedAt": "2026-11-19T08:00:00Z"},
            {"name": "committed", "quantity": committed},
        ],
        **fields,
    }


def variant(number: int, sku: str, **fields: Any) -> Node:
    return {
        "id": gid("ProductVariant", number),
        "sku": sku,
        "price": Decimal("12.5"),
        "updatedAt": "2026-11-01T00:00:00Z",
        "inventoryItem": {"id": gid("InventoryItem", number), "tracked": True},
        **fields,
    }


def payout(number: int, net: str, issued: str, status: str = "PAID") -> Node:
    return {"id": gid("ShopifyPaymentsPayout", number), "issuedAt": issued, "status": status, "net": Decimal(net)}


def balance_row(number: int, payout_number: int | None, kind: str, amount: str, fee: str = "0") -> Node:
    return {
        "id": gid("ShopifyPaymentsBalanceTransaction", number),
        "type": kind,
        "transactionDate": f"2026-11-12T10:{number % 60:02d}:00Z",
        "sourceType": "CHARGE" if kind == "CHARGE" else None,
        "sourceOrderTransactionId": 5010 if kind == "CHARGE" else None,
        "amount": Decimal(amount),
        "fee": Decimal(fee),
        "net": Decimal(amount) - Decimal(fee),
        "associatedOrder": {"id": gid("Order", 501), "name": "#501"} if kind == "CHARGE" else None,
        "associatedPayout": {"id": gid("ShopifyPaymentsPayout", payout_number), "status": "PAID"}
        if payout_number
        else {"id": None, "status": "PENDING"},
    }


def filled(clock: FixedClock, orders: int = 5, **options: Any) -> ShopifyState:
    """A store with `orders` plain orders (#1 ...), the rich order #501, stock at two locations, and payouts."""
    state = ShopifyState(clock, {"name": "Harbour & Pine", "currencyCode": "GBP"}, **options)
    state.put("Location", {"id": LOCATION, "name": "Main"})
    state.put("Location", {"id": OTHER_LOCATION, "name": "Attic"})
    state.put("Location", {"id": gid("Location", 3), "name": "Closed", "isActive": False})
    state.put("ProductVariant", variant(1, "A-1"))
    state.put("ProductVariant", variant(2, "A-2"))
    components = [
        {"id": gid("ProductVariantComponent", 1), "quantity": 2, "productVariant": {"id": gid("ProductVariant", 1)}}
    ]
    state.put("ProductVariant", variant(3, "SET-1", requiresComponents=True, productVariantComponents=components))
    state.put("InventoryLevel", level(1, LOCATION, 9, 10))
    state.put("InventoryLevel", level(1, OTHER_LOCATION, 4))
    state.put("InventoryLevel", level(2, LOCATION, -1))
    state.put("InventoryLevel", level(3, LOCATION, 4))
    for number in range(1, orders + 1):
        state.put("Order", order(number))
    state.put("Order", rich_order())
    state.put("ShopifyPaymentsPayout", payout(700001, "53.11", "2026-11-13T00:00:00Z"))
    state.put("ShopifyPaymentsPayout", payout(700002, "-12.50", "2026-11-14T00:00:00Z"))
    for row in (
        balance_row(1, 700001, "CHARGE", "54.95", "1.84"),
        balance_row(2, 700001, "TRANSFER", "-53.11"),
        balance_row(3, 700002, "REFUND", "-12.50"),
        balance_row(4, None, "CHARGE", "20.00", "0.83"),
    ):
        state.put("ShopifyPaymentsBalanceTransaction", row)
    state.put("ShopifyPaymentsDispute", {
        "id": gid("ShopifyPaymentsDispute", 1), "status": "NEEDS_RESPONSE", "amount": Decimal("54.95"),
        "initiatedAt": "2026-11-15T00:00:00Z", "order": {"id": gid("Order", 501)},
    })  # fmt: skip
    return state


class Store:
    """The store and what answers for it, without HTTP."""

    def __init__(self, orders: int = 5, **options: Any) -> None:
        self.clock = FixedClock(NOW)
        options.setdefault("bucket_size", 100_000.0)
        self.state = filled(self.clock, orders, **options)
        self.failures = Failures()
        self.answering = Answering(self.state)

    def ask(self, text: str, /, *, fault: str | None = None, detail: Node | None = None, **variables: Any) -> Node:
        """The whole answer."""
        return self.answering.answer(Request(text, variables, None), fault, detail or {})

    def data(self, text: str, /, **variables: Any) -> Node:
        """The data of an answer that must be without errors."""
        answer = self.ask(text, **variables)
        assert "errors" not in answer, answer["errors"]
        data = answer["data"]
        assert isinstance(data, dict)
        return data

    def error(self, text: str, /, **variables: Any) -> Node:
        """The only error of an answer."""
        (error,) = self.ask(text, **variables)["errors"]
        assert isinstance(error, dict)
        return error

    def bulk(self, text: str, fault: str | None = None) -> list[Node]:
        """The lines of a bulk operation that is run to its end."""
        started = self.ask(BULK_START, fault=fault, query=text)["data"]["bulkOperationRunQuery"]
        assert started["userErrors"] == [], started["userErrors"]
        operation = started["bulkOperation"]
        while operation["status"] in ("CREATED", "RUNNING"):
            operation = self.poll(operation["id"])
        if operation["url"] is None:
            return []
        blocks = self.answering.bulk.result(int(operation["id"].rpartition("/")[2]))
        assert blocks is not None
        return [json.loads(line) for line in b"".join(blocks).splitlines()]

    def poll(self, operation_id: str) -> Node:
        operation = self.data(BULK_POLL, id=operation_id)["bulkOperation"]
        assert isinstance(operation, dict)
        return operation


BULK_START = """mutation BulkStart($query: String!) { bulkOperationRunQuery(query: $query) {
  bulkOperation { id status } userErrors { code field message }
} }"""
BULK_POLL = """query BulkPoll($id: ID!) { bulkOperation(id: $id) {
  id status errorCode objectCount rootObjectCount fileSize url partialDataUrl completedAt
} }"""
