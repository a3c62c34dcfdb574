"""shape.sql on orders: every amount below was worked out by hand."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal as D
from typing import Any

import pytest

from tests.connectors.tiktok_shop.shaping import order, shaped, unit
from tests.connectors.tiktok_shop.shop import Row

CANCELLED = "CANCELLED"
OTHER_SKU = "1729400000000000002"
SENT: dict[str, Any] = {
    "package_id": "1152000000000000001", "package_status": "PROCESSING", "tracking_number": "rm 12-34 gb",
    "shipping_provider_name": "Royal Mail", "rts_time": 1795286400, "display_status": "AWAITING_COLLECTION",
}  # fmt: skip


def bodies() -> list[dict[str, Any]]:
    """One order for each thing that may be special about one; its number names it below."""
    half = {"display_status": CANCELLED}
    payment = order(0)["payment"]
    return [
        order(1),
        order(2, unit(21), unit(22, sale_price="16.00", seller_discount="3.00"), unit(23, OTHER_SKU)),
        order(3, unit(31), unit(32, **half)),
        order(4, unit(41, **half), unit(42, **half), status=CANCELLED, cancel_time=1795204800),
        order(5, unit(51), unit(52, **half, rts_time=1795286400)),
        order(6, status="ON_HOLD"),
        order(7, status="UNPAID", paid_time=0),
        order(8, status="TELEPORTED"),
        order(9, unit(91, **SENT), unit(92), status="PARTIALLY_SHIPPING", recipient_address={"region_code": "GB"}),
        order(10, is_exchange_order=True),
        order(11, is_replacement_order=True, paid_time=None),
        order(12, is_sample_order=True),
        order(
            13,
            payment={
                **payment, "shipping_fee_seller_discount": "0.50", "shipping_fee_cofunded_discount": "0.25",
                "shipping_fee_platform_discount": "1.00", "shipping_fee": "1.24",
            },
        ),
        order(
            14,
            unit(1), unit(2),
            returns=[
                {"return_status": "RETURN_OR_REFUND_REQUEST_COMPLETE", "next_return_id": "", "is_partial": False,
                 "order_line_item_ids": [unit(2)["id"]]},
                {"return_status": "RETURN_OR_REFUND_REQUEST_PENDING", "next_return_id": "", "is_partial": False,
                 "order_line_item_ids": [unit(1)["id"]]},
            ],
        ),
        order(
            15,
            unit(1, item_tax=[{"tax_type": "SALES_TAX", "tax_amount": "1.60", "tax_rate": "0.08"}]),
            unit(2, item_tax=[{"tax_type": "SALES_TAX", "tax_amount": "1.60", "tax_rate": "0.08"}]),
            payment={**payment, "currency": "USD", "tax": "3.20"},
        ),
        order(16, unit(161, **{**SENT, "package_status": "LOST_IN_SPACE"}), status="IN_TRANSIT"),
        order(17, status=CANCELLED, paid_time=0, cancel_time=0),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def rows() -> dict[str, list[Row]]:
    return shaped(orders=bodies())


def of(rows: dict[str, list[Row]], number: int, table: str = "sales_order") -> list[Row]:
    return [one for one in rows[table] if one["order_id"] == f"57710000000000{number:04d}"]


Rows = dict[str, list[Row]]


def test_the_total_is_what_the_seller_is_owed_and_not_what_the_customer_paid(rows: Rows) -> None:
    """40.00 less the seller's 4.00, with 2.99 shipping; the customer paid 36.99, the platform the other 2.00."""
    (order,) = of(rows, 1)
    assert (order["total"], order["subtotal"], order["shipping"]) == (D("38.99"), D("36.00"), D("2.99"))
    assert (order["discount"], order["platform_discount"]) == (D("4.00"), D("2.00"))
    assert (order["order_id"], order["order_ref"]) == ("577100000000000001", "577100000000000001")
    assert order["placed_at"] == datetime(2026, 11, 20, 18, 40)
    assert order["ship_by_at"] == datetime(2026, 11, 22, 18, 40)


def test_units_that_are_alike_are_one_line_and_its_id_is_the_first_of_theirs(rows: Rows) -> None:
    (line,) = of(rows, 1, "sales_order_line")
    assert (line["line_id"], line["sku"], line["quantity"], line["unit_price"]) == (
        "577100000000000011", "B1-0001", D(2), D("20.00"),
    )  # fmt: skip
    assert (line["gross"], line["discount"], line["platform_discount"]) == (D("36.00"), D("4.00"), D("2.00"))


def test_another_price_or_another_sku_is_another_line(rows: Rows) -> None:
    found = {
        line["line_id"][-2:]: (line["sku"], line["quantity"], line["gross"]) for line in of(rows, 2, "sales_order_line")
    }
    assert found == {
        "21": ("B1-0001", D(1), D("18.00")), "22": ("B1-0001", D(1), D("17.00")), "23": ("B1-0002", D(1), D("18.00")),
    }  # fmt: skip


def test_no_tax_is_told_in_the_uk_and_none_is_made_up(rows: Rows) -> None:
    (order,) = of(rows, 1)
    (line,) = of(rows, 1, "sales_order_line")
    (shipping,) = of(rows, 1, "sales_order_shipping")
    assert (order["tax"], order["is_tax_included"], order["tax_collected_by"]) == (None, True, None)
    assert (line["net"], line["tax"], line["tax_rate"]) == (None, None, None)
    assert (shipping["net"], shipping["tax"], shipping["gross"], shipping["kind"]) == (
        None,
        None,
        D("2.99"),
        "shipping",
    )
    assert of(rows, 1, "sales_order_tax") == []


def test_us_sales_tax_is_the_platforms(rows: Rows) -> None:
    (order,) = of(rows, 15)
    (tax,) = of(rows, 15, "sales_order_tax")
    assert (order["is_tax_included"], order["tax_collected_by"], order["total"]) == (False, "channel", D("38.99"))
    assert (tax["tax"], tax["tax_rate"], tax["is_channel_liable"]) == (D("3.20"), D("0.08"), True)


def test_a_unit_called_off_before_dispatch_makes_the_order_smaller(rows: Rows) -> None:
    (order,) = of(rows, 3)
    (line,) = of(rows, 3, "sales_order_line")
    assert (order["total"], order["platform_discount"], order["is_edited"]) == (D("20.99"), D("1.00"), True)
    assert (line["quantity"], line["current_quantity"], line["gross"]) == (D(2), D(1), D("36.00"))


def test_a_unit_called_off_after_dispatch_leaves_the_total_to_the_refund(rows: Rows) -> None:
    (order,) = of(rows, 5)
    (line,) = of(rows, 5, "sales_order_line")
    assert (order["total"], order["is_edited"], line["current_quantity"]) == (D("38.99"), False, D(1))


def test_a_cancelled_order_keeps_its_total(rows: Rows) -> None:
    (order,) = of(rows, 4)
    assert (order["total"], order["status"], order["payment_status"]) == (D("38.99"), "cancelled", "paid")
    assert (order["cancelled_at"], order["fulfilment_status"]) == (datetime(2026, 11, 20, 20), "not_needed")
    (unpaid,) = of(rows, 17)
    assert (unpaid["payment_status"], unpaid["cancelled_at"]) == ("voided", datetime(2026, 11, 20, 18, 50))


def test_an_order_on_hold_or_unpaid_is_not_yet_one(rows: Rows) -> None:
    (held,) = of(rows, 6)
    (unpaid,) = of(rows, 7)
    assert (held["status"], held["is_confirmed"], held["fulfilment_status"], held["country"]) == (
        "pending", False, "on_hold", None,
    )  # fmt: skip
    assert (unpaid["status"], unpaid["is_confirmed"], unpaid["payment_status"]) == ("pending", False, "pending")


def test_a_word_that_nobody_knows_is_kept_and_not_guessed(rows: Rows) -> None:
    (order,) = of(rows, 8)
    assert (order["status"], order["source_status"], order["fulfilment_status"]) == ("unknown", "TELEPORTED", "unknown")
    (parcel,) = of(rows, 16, "shipment")
    assert (parcel["status"], parcel["source_status"]) == ("unknown", "LOST_IN_SPACE")


def test_exchange_replacement_and_sample_orders_are_kept_apart(rows: Rows) -> None:
    kinds = {number: of(rows, number)[0]["order_kind"] for number in (1, 10, 11, 12)}
    assert kinds == {1: "sale", 10: "exchange", 11: "replacement", 12: "sample"}
    assert of(rows, 11)[0]["payment_status"] == "paid"


def test_who_pays_for_free_shipping_matters(rows: Rows) -> None:
    """2.99 less the seller's 0.50 and 0.25; the platform's 1.00 is owed to the seller all the same."""
    (order,) = of(rows, 13)
    assert (order["shipping"], order["total"]) == (D("2.24"), D("38.24"))
    assert (order["discount"], order["platform_discount"]) == (D("4.75"), D("3.00"))


def test_only_what_has_come_back_for_good_is_taken_off(rows: Rows) -> None:
    (line,) = of(rows, 14, "sales_order_line")
    assert (line["quantity"], line["current_quantity"]) == (D(2), D(1))


def test_before_dispatch_there_is_no_package_and_that_is_no_parcel(rows: Rows) -> None:
    assert of(rows, 1, "shipment") == []


def test_a_package_tells_its_number_its_units_and_where_it_stands(rows: Rows) -> None:
    (order,) = of(rows, 9)
    (parcel,) = of(rows, 9, "shipment")
    (part,) = of(rows, 9, "shipment_line")
    assert (order["fulfilment_status"], order["country"]) == ("partial", "GB")
    assert (parcel["package_id"], parcel["tracking_number"], parcel["tracking_key"], parcel["carrier"]) == (
        "1152000000000000001", "rm 12-34 gb", "RM1234GB", "Royal Mail",
    )  # fmt: skip
    assert (parcel["status"], parcel["source_status"], parcel["shipped_at"]) == (
        "pending", "PROCESSING", datetime(2026, 11, 21, 18, 40),
    )  # fmt: skip
    assert (part["shipment_id"], part["line_id"][-2:], part["quantity"]) == ("1152000000000000001", "91", D(1))
