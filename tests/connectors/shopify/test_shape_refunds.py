"""shape.sql on refunds and returns: every amount below was worked out by hand."""

from __future__ import annotations

from decimal import Decimal as D

from tests.connectors.shopify.bodies import (
    Node,
    adjustment,
    bag,
    gid,
    refund,
    refund_line,
    refund_shipping,
    refunds,
    transaction,
)
from tests.connectors.shopify.shaping import Row, shaped


def only(body: Node) -> Row:
    (row,) = shaped("refunds", body)["refund"]
    return row


def parts(row: Row) -> tuple[D, D, D, D, D]:
    return row["total"], row["item"], row["shipping"], row["tax"], row["adjustment"]


def paid(amount: str, status: str = "SUCCESS", number: int = 88, kind: str = "REFUND") -> Node:
    return transaction(number, kind, status, amount)


def test_one_of_two_units_refunded_with_tax_inside() -> None:
    """19.99 with 20 % inside is 3.33 tax and 16.66 net."""
    body = refunds(
        501, refund(9, refundLineItems=[refund_line(31, 1, "A-1", 1, "19.99", "3.33")], transactions=[paid("19.99")])
    )
    found = shaped("refunds", body)
    (row,) = found["refund"]
    assert parts(row) == (D("19.99"), D("16.66"), D(0), D("3.33"), D(0))
    assert (row["transaction_status"], row["transaction_id"], row["gateway"], row["is_restocked"]) == (
        "success",
        gid("OrderTransaction", 88),
        "shopify_payments",
        True,
    )
    (entry,) = found["refund_line"]
    assert (entry["line_id"], entry["quantity"], entry["net"], entry["tax"]) == (
        gid("LineItem", 1),
        D(1),
        D("16.66"),
        D("3.33"),
    )
    assert (entry["restock_type"], entry["location"]) == ("return", gid("Location", 1))


def test_tax_on_top_and_shipping_given_back() -> None:
    """10.00 + 2.00 tax and shipping 4.00 + 0.80 tax: 16.80 moved."""
    body = refunds(
        501,
        refund(
            9,
            refundLineItems=[refund_line(31, 1, "A-1", 1, "10.00", "2.00", restockType="NO_RESTOCK", restocked=False)],
            refundShippingLines=[refund_shipping(5, "4.00", "0.80")],
            transactions=[paid("16.80")],
        ),
        included=False,
    )
    row = only(body)
    assert parts(row) == (D("16.80"), D("10.00"), D("4.00"), D("2.80"), D(0))
    assert row["is_restocked"] is False


def test_an_adjustment_has_the_sign_with_which_the_parts_make_the_total() -> None:
    """19.99 worth of goods, 15.00 given back; the difference may come as -4.99 or as 4.99."""
    for amount in ("-4.99", "4.99"):
        body = refunds(
            501,
            refund(
                9,
                refundLineItems=[refund_line(31, 1, "A-1", 1, "19.99", "3.33")],
                orderAdjustments=[adjustment(7, amount)],
                transactions=[paid("15.00")],
            ),
        )
        total, item, shipping, tax, rest = parts(only(body))
        assert rest == D("-4.99")
        assert total == item + shipping + tax + rest


def test_an_amount_that_belongs_to_no_item_is_an_adjustment() -> None:
    body = refunds(501, refund(9, orderAdjustments=[adjustment(7, "-5.00")], transactions=[paid("5.00")]))
    assert parts(only(body)) == (D("5.00"), D(0), D(0), D(0), D("5.00"))


def test_duties_are_part_of_what_belongs_to_no_item() -> None:
    body = refunds(501, refund(9, duties=[{"amountSet": bag("2.50")}], transactions=[paid("2.50")]))
    assert parts(only(body)) == (D("2.50"), D(0), D(0), D(0), D("2.50"))


def test_a_refund_on_its_way_has_the_intended_amount() -> None:
    row = only(refunds(501, refund(9, transactions=[paid("12.00", "PENDING")])))
    assert (row["transaction_status"], row["total"]) == ("pending", D("12.00"))


def test_a_failed_refund_moved_nothing() -> None:
    row = only(refunds(501, refund(9, transactions=[paid("12.00", "FAILURE"), paid("12.00", "ERROR", 89)])))
    assert (row["transaction_status"], row["total"]) == ("failed", D(0))


def test_a_failed_attempt_beside_a_successful_one_does_not_count() -> None:
    row = only(refunds(501, refund(9, transactions=[paid("12.00", "FAILURE", 88), paid("12.00", "SUCCESS", 89)])))
    assert (row["transaction_status"], row["total"]) == ("success", D("12.00"))


def test_units_removed_without_money_are_a_refund_of_nothing() -> None:
    body = refunds(
        501, refund(9, refundLineItems=[refund_line(31, 1, "A-1", 1, "10.00", "1.67", restockType="CANCEL")])
    )
    row = only(body)
    assert (row["transaction_status"], row["total"], row["item"], row["tax"]) == (
        "none",
        D(0),
        D("8.33"),
        D("1.67"),
    )


def test_voids_and_captures_are_no_refunds() -> None:
    row = only(refunds(501, refund(9, transactions=[paid("12.00", kind="VOID")])))
    assert (row["transaction_status"], row["total"]) == ("none", D(0))


def test_an_exchange_gives_back_only_the_difference() -> None:
    """30.00 came back, a thing for 24.00 went out: 6.00 moved."""
    back = {
        "id": gid("Return", 4),
        "status": "CLOSED",
        "createdAt": "2026-11-19T10:00:00Z",
        "closedAt": "2026-11-20T10:00:00Z",
        "totalQuantity": 1,
        "hasExchange": True,
    }
    body = refunds(
        501,
        refund(
            9,
            **{"return": {"id": gid("Return", 4)}},
            refundLineItems=[refund_line(31, 1, "A-1", 1, "30.00", "5.00")],
            orderAdjustments=[adjustment(7, "-24.00")],
            transactions=[paid("6.00")],
        ),
        returns=[back],
    )
    found = shaped("refunds", body)
    (row,) = found["refund"]
    assert parts(row) == (D("6.00"), D("25.00"), D(0), D("5.00"), D("-24.00"))
    assert row["return_id"] == gid("Return", 4)
    (case,) = found["return_case"]
    assert (case["status"], case["has_exchange"], case["quantity"]) == ("closed", True, D(1))


def test_several_refunds_of_an_order_are_told_apart() -> None:
    body = refunds(501, refund(9, transactions=[paid("1.00")]), refund(10, transactions=[paid("2.00", number=90)]))
    rows = shaped("refunds", body)["refund"]
    assert sorted((row["refund_id"], row["total"]) for row in rows) == [
        (gid("Refund", 10), D("2.00")),
        (gid("Refund", 9), D("1.00")),
    ]


def test_returns_that_may_not_be_read_are_no_returns() -> None:
    body = {**refunds(501, refund(9)), "returns": None}
    assert shaped("refunds", body)["return_case"] == []
