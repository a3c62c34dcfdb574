"""shape.sql on orders: every amount below was worked out by hand."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal as D

import pytest

from tests.connectors.shopify.bodies import Node, bag, gid, line, money, order, shipping, tax, transaction
from tests.connectors.shopify.shaping import Row, shaped


def lines(body: Node) -> dict[str, Row]:
    return {row["line_id"].rpartition("/")[2]: row for row in shaped("orders", body)["sales_order_line"]}


def head(body: Node) -> Row:
    (row,) = shaped("orders", body)["sales_order"]
    return row


def money_of(row: Row) -> tuple[D, D, D]:
    return row["net"], row["tax"], row["gross"]


def test_prices_with_tax_give_a_net_without_it() -> None:
    """2 x 19.99 = 39.98 with 20 % inside: 39.98 / 6 = 6.66 tax, 33.32 net."""
    row = lines(order(lineItems=[line(1, "A-1", 2, "19.99", "39.98", tax(0.2, "6.66"))]))["1"]
    assert money_of(row) == (D("33.32"), D("6.66"), D("39.98"))
    assert (row["unit_price"], row["tax_rate"], row["quantity"]) == (D("19.99"), D("0.2"), D(2))


def test_prices_without_tax_are_the_net() -> None:
    """2 x 10.00 = 20.00, tax 19 % = 3.80 on top."""
    body = order(taxesIncluded=False, lineItems=[line(1, "A-1", 2, "10.0", "20.0", tax(0.19, "3.80"))])
    assert money_of(lines(body)["1"]) == (D("20.00"), D("3.80"), D("23.80"))


def test_every_share_of_a_discount_is_taken_off() -> None:
    """3 x 10.00 = 30.00 less 4.50 (order) and 1.50 (code) = 24.00 with 20 % inside: tax 4.00, net 20.00."""
    body = order(lineItems=[line(1, "A-1", 3, "10.00", "30.00", tax(0.2, "4.00"), discounts=("4.5", "1.50"))])
    row = lines(body)["1"]
    assert row["discount"] == D("6.00")
    assert money_of(row) == (D("20.00"), D("4.00"), D("24.00"))


def test_two_rates_on_a_line_are_added_up() -> None:
    """115.00 with 6.25 % state (7.19) and 2 % city (2.30) on top: each rounded by itself, together 9.49 at 8.25 %."""
    taxes = (tax(0.0625, "7.19", title="State"), tax(0.02, "2.30", title="City"))
    row = lines(order(taxesIncluded=False, lineItems=[line(1, "A-1", 1, "115.00", "115.00", *taxes)]))["1"]
    assert (row["tax"], row["tax_rate"], row["gross"]) == (D("9.49"), D("0.0825"), D("124.49"))


def test_a_line_removed_by_an_edit_stays_with_nothing_left() -> None:
    body = order(
        edited=True,
        lineItems=[
            line(1, "A-1", 1, "10.00", "10.00", tax(0.2, "1.67"), currentQuantity=0),
            line(2, "B-2", 2, "5.00", "10.00", tax(0.2, "1.67"), currentQuantity=2),
        ],
    )
    found = lines(body)
    assert (found["1"]["quantity"], found["1"]["current_quantity"]) == (D(1), D(0))
    assert found["2"]["current_quantity"] == D(2)
    assert head(body)["is_edited"] is True


def test_tips_and_gift_cards_are_told_from_products() -> None:
    body = order(
        totalTipReceivedSet=bag("3.00"),
        lineItems=[
            line(1, "A-1", 1, "10.00", "10.00"),
            line(2, None, 1, "3.00", "3.00", title="Tip", requiresShipping=False),
            line(3, "GIFT", 1, "25.00", "25.00", isGiftCard=True, requiresShipping=False),
            line(4, None, 1, "8.00", "8.00", title="Engraving", requiresShipping=False),
        ],
    )
    assert {number: row["kind"] for number, row in lines(body).items()} == {
        "1": "product",
        "2": "tip",
        "3": "gift_card",
        "4": "product",
    }
    assert head(body)["tip"] == D("3.00")


def test_two_tips_together_make_the_tip_of_the_order() -> None:
    tips = [line(n, None, 1, unit, unit, requiresShipping=False) for n, unit in ((1, "2.00"), (2, "1.50"))]
    body = order(totalTipReceivedSet=bag("3.50"), lineItems=[*tips, line(3, "", 1, "3.50", "3.50")])
    assert [row["kind"] for row in lines(body).values()] == ["tip", "tip", "product"]


def test_a_line_without_sku_is_no_tip_where_none_was_given() -> None:
    body = order(lineItems=[line(1, None, 1, "8.00", "8.00", requiresShipping=False)])
    assert lines(body)["1"]["kind"] == "product"


def test_components_of_a_bundle_know_their_bundle() -> None:
    group = {"id": gid("LineItemGroup", 9), "quantity": 2, "variantSku": "SET"}
    row = lines(order(lineItems=[line(1, "A-1", 4, "2.00", "8.00", lineItemGroup=group)]))["1"]
    assert (row["bundle_id"], row["bundle_sku"], row["bundle_quantity"]) == (gid("LineItemGroup", 9), "SET", D(2))


def test_shipping_is_split_like_the_lines_and_what_was_removed_does_not_count() -> None:
    """4.80 with 20 % inside: 0.80 tax, 4.00 net."""
    body = order(shippingLines=[shipping(1, "4.80", tax(0.2, "0.80")), shipping(2, "9.00", removed=True)])
    rows = shaped("orders", body)["sales_order_shipping"]
    assert [money_of(row) for row in rows] == [(D("4.00"), D("0.80"), D("4.80")), (D("9.00"), D(0), D("9.00"))]
    assert [row["is_removed"] for row in rows] == [False, True]
    assert head(body)["shipping"] == D("4.80")


def test_the_totals_of_an_order_in_both_currencies() -> None:
    body = order(
        presentmentCurrencyCode="EUR",
        totalPriceSet=bag("100.00", "118.40", other="EUR"),
        totalTaxSet=bag("16.67", "19.73", other="EUR"),
        subtotalPriceSet=bag("95.20"),
        totalDiscountsSet=bag("5.0"),
        totalReceivedSet=bag("100.00"),
        totalRefundedSet=bag("10.00"),
        originalTotalDutiesSet=bag("1.20"),
        totalCashRoundingAdjustment={"paymentSet": bag("-0.02"), "refundSet": bag("0.0")},
    )
    row = head(body)
    assert (row["currency"], row["total"], row["tax"], row["subtotal"]) == ("GBP", D(100), D("16.67"), D("95.20"))
    assert (row["presentment_currency"], row["presentment_total"], row["presentment_tax"]) == (
        "EUR",
        D("118.40"),
        D("19.73"),
    )
    assert (row["discount"], row["duties"], row["cash_rounding"]) == (D(5), D("1.20"), D("-0.02"))
    assert (row["received"], row["refunded"]) == (D(100), D(10))


def test_an_order_without_duties_has_none() -> None:
    assert head(order())["duties"] == D(0)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "open"),
        ({"closedAt": "2026-11-20T10:00:00Z"}, "closed"),
        ({"cancelledAt": "2026-11-20T10:00:00Z", "closedAt": "2026-11-20T10:00:00Z"}, "cancelled"),
        ({"confirmed": False}, "pending"),
    ],
)
def test_the_state_of_an_order(changes: Node, status: str) -> None:
    assert head(order(**changes))["status"] == status


def test_times_are_utc_and_the_date_of_sale_is_the_one_shopify_reports_by() -> None:
    row = head(order(createdAt="2026-11-20T08:00:00Z", processedAt="2026-11-19T07:30:00Z"))
    assert row["placed_at"] == datetime(2026, 11, 19, 7, 30)
    assert row["updated_at"] == datetime(2026, 11, 20, 9)


def test_words_that_are_not_known_are_kept_and_called_unknown() -> None:
    body = order(
        displayFinancialStatus="PAID_IN_SHELLS",
        displayFulfillmentStatus="BEAMED",
        transactions=[transaction(1, "BARTER", "MAYBE", "1.00")],
    )
    found = shaped("orders", body)
    (row,) = found["sales_order"]
    (payment,) = found["sales_payment"]
    assert (row["payment_status"], row["fulfilment_status"]) == ("unknown", "unknown")
    assert row["source_status"] == "PAID_IN_SHELLS/BEAMED"
    assert (payment["kind"], payment["status"]) == ("unknown", "unknown")


@pytest.mark.parametrize(
    ("liable", "collector"),
    [((True, True), "channel"), ((False, None), "seller"), ((True, False), None), ((None,), None), ((), None)],
)
def test_who_collects_the_tax(liable: tuple[bool | None, ...], collector: str | None) -> None:
    body = order(taxLines=[tax(0.2, "1.00", each) for each in liable])
    assert head(body)["tax_collected_by"] == collector


def test_tax_lines_keep_the_order_of_the_platform() -> None:
    body = order(taxLines=[tax(0.2, "4.00"), tax(0.05, "0.10", title="Reduced")])
    rows = shaped("orders", body)["sales_order_tax"]
    assert [(row["tax_no"], row["title"], row["tax_rate"], row["tax"]) for row in rows] == [
        (1, "VAT", D("0.2"), D("4.00")),
        (2, "Reduced", D("0.05"), D("0.10")),
    ]


def test_payments_with_their_fees() -> None:
    body = order(
        transactions=[
            transaction(1, "AUTHORIZATION", "SUCCESS", "10.00"),
            transaction(
                2,
                "CAPTURE",
                "SUCCESS",
                "10.00",
                parentTransaction={"id": gid("OrderTransaction", 1)},
                fees=[{"amount": money("0.30")}, {"amount": money("0.25")}],
            ),
            transaction(3, "SALE", "FAILURE", "5.00", gateway="paypal"),
            transaction(4, "SALE", "SUCCESS", "5.00", fees=[{"amount": money("0.20", "EUR")}]),
        ]
    )
    rows = shaped("orders", body)["sales_payment"]
    assert [(row["kind"], row["status"], row["fee"]) for row in rows] == [
        ("authorization", "success", None),
        ("capture", "success", D("0.55")),
        ("sale", "failed", None),
        ("sale", "success", None),
    ]
    assert rows[1]["parent_transaction_id"] == gid("OrderTransaction", 1)


def test_money_with_many_decimals_keeps_them() -> None:
    assert head(order(total="0.1"))["total"] == D("0.100000")
    assert head(order(total="1234567890123.456789"))["total"] == D("1234567890123.456789")


def test_a_value_that_is_no_amount_is_not_taken_for_nothing() -> None:
    with pytest.raises(AssertionError, match="total"):
        shaped("orders", order(total="a lot"))
