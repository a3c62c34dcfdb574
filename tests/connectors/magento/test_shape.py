"""What bodies mean in canonical rows: money, one sale of several items, states, refunds, parcels."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.connectors.magento.bodies import ago, invoice, item, memo, memo_item, money, order, shipment, track
from tests.connectors.magento.shaping import Row, shaped
from tests.sandbox.magento.served import NOW

D = Decimal


def one(stream: str, table: str, *bodies: dict[str, Any]) -> Row:
    (row,) = shaped(stream, *bodies)[table]
    return row


def with_order(document: dict[str, Any], of: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"order": of or order(document["order_id"]), "document": document}


# Orders ---------------------------------------------------------------------------------------------------------------


def test_an_order_says_what_the_seller_is_owed_and_when_it_was_placed_in_utc() -> None:
    row = one("orders", "sales_order", order(7))
    assert (row["order_id"], row["order_ref"], row["currency"]) == ("7", "000000007", "GBP")
    assert (row["total"], row["tax"], row["shipping"], row["subtotal"]) == (D(18), D(3), D(6), D(12))
    assert row["placed_at"] == NOW - timedelta(minutes=120)
    assert (row["country"], row["payment_status"], row["fulfilment_status"]) == ("GB", "paid", "unshipped")
    assert (row["is_tax_included"], row["tax_collected_by"]) == (True, "seller")


def test_a_discount_off_a_price_with_tax_leaves_the_hidden_tax_in_the_line() -> None:
    """Ten per cent off 120.00: 108.00 are left, 90.00 of them without tax; Magento says so in four figures."""
    discounted = item(
        1,
        **money(price="100", price_incl_tax="120", original_price="120", row_total="100", discount_amount="12"),
        **money(tax_amount="18", discount_tax_compensation_amount="2"),
    )
    row = one("orders", "sales_order_line", order(1, items=[discounted]))
    assert (row["net"], row["tax"], row["gross"], row["discount"]) == (D(90), D(18), D(108), D(12))
    assert (row["unit_price"], row["tax_rate"]) == (D(120), D("0.2"))


def test_a_discount_off_a_price_without_tax_hides_none() -> None:
    discounted = item(
        1,
        **money(price="100", price_incl_tax="120", original_price="100", row_total="100", discount_amount="10"),
        **money(tax_amount="18"),
    )
    tables = shaped("orders", order(1, items=[discounted], **money(discount_amount="-10")))
    row = tables["sales_order_line"][0]
    assert (row["net"], row["tax"], row["gross"], row["unit_price"]) == (D(90), D(18), D(108), D(100))
    (head,) = tables["sales_order"]
    assert (head["is_tax_included"], head["subtotal"], head["shipping"]) == (False, D(90), D(5))
    assert head["discount"] == D(10)  # negative on the order, positive on the item


def test_a_special_price_does_not_show_whether_tax_is_inside() -> None:
    special = item(1, **money(original_price="15"))
    assert one("orders", "sales_order", order(1, items=[special]))["is_tax_included"] is None


def test_a_rate_is_a_fraction_and_untaxed_is_zero() -> None:
    free = item(2, **money(tax_amount="0", price_incl_tax="10", original_price="10"))
    del free["tax_percent"]
    rates = [row["tax_rate"] for row in shaped("orders", order(1, items=[item(1), free]))["sales_order_line"]]
    assert rates == [D("0.2"), D(0)]


def test_recycling_fees_are_part_of_the_line() -> None:
    row = one("orders", "sales_order_line", order(1, items=[item(1, base_weee_tax_applied_row_amnt=D("1.5"))]))
    assert (row["net"], row["gross"]) == (D("11.5"), D("13.5"))


def test_amounts_are_those_of_the_shops_own_currency_and_what_the_customer_saw_stands_beside() -> None:
    foreign = order(1, order_currency_code="EUR", grand_total=D("21.06"), tax_amount=D("3.51"))
    row = one("orders", "sales_order", foreign)
    assert (row["currency"], row["total"], row["tax"]) == ("GBP", D(18), D(3))
    assert (row["presentment_currency"], row["presentment_total"], row["presentment_tax"]) == (
        "EUR",
        D("21.06"),
        D("3.51"),
    )


def test_gift_cards_store_credit_and_points_pay_and_leave_the_total_whole() -> None:
    extension = {
        "base_gift_cards_amount": D(5),
        "base_customer_balance_amount": D(2),
        "base_reward_currency_amount": D(1),
    }
    paid = order(1, extension_attributes=extension, **money(grand_total="10", total_paid="10"))
    tables = shaped("orders", paid)
    (row,) = tables["sales_order"]
    assert (row["total"], row["received"], row["payment_status"]) == (D(18), D(18), "paid")
    assert {(one["gateway"], one["amount"]) for one in tables["sales_payment"]} == {
        ("gift_card", D(5)),
        ("store_credit", D(2)),
        ("reward_points", D(1)),
    }


def test_gift_wrapping_and_fees_are_charges_of_the_order() -> None:
    """Adobe writes the amounts of gift wrapping as text."""
    extension = {
        "gw_base_price": "2.0000",
        "gw_items_base_price": "1.0000",
        "gw_base_tax_amount": "0.4000",
        "gw_items_base_tax_amount": "0.2000",
        "custom_fees": [{"custom_fee_code": "bag", "custom_fee_label": "Bag", "base_custom_fee_amount": D("0.1")}],
    }
    rows = shaped("orders", order(1, extension_attributes=extension))["sales_order_shipping"]
    assert sorted((row["kind"], row["net"], row["tax"], row["gross"]) for row in rows) == [
        ("fee", D("0.1"), D(0), D("0.1")),
        ("shipping", D(5), D(1), D(6)),
        ("wrapping", D(3), D("0.6"), D("3.6")),
    ]


def test_discounted_shipping_is_net_of_the_discount_and_of_the_tax_hidden_in_it() -> None:
    """Half off 6.00: 3.00 are left, 2.50 without tax."""
    changes = money(shipping_amount="5", shipping_tax_amount="0.5", shipping_discount_amount="3") | {
        "base_shipping_discount_tax_compensation_amnt": D("0.5")
    }
    (row,) = shaped("orders", order(1, **changes))["sales_order_shipping"]
    assert (row["net"], row["tax"], row["gross"], row["tax_rate"]) == (D("2.5"), D("0.5"), D(3), D("0.2"))


def test_free_shipping_is_no_charge() -> None:
    assert (
        shaped("orders", order(1, **money(shipping_amount="0", shipping_tax_amount="0")))["sales_order_shipping"] == []
    )


def test_what_was_called_off_before_dispatch_is_taken_off_the_total() -> None:
    lines = [item(1, qty_ordered=3, qty_canceled=1)]
    partly = order(1, items=lines, **money(grand_total="42", total_canceled="12", tax_amount="7", tax_canceled="2"))
    tables = shaped("orders", partly)
    (row,) = tables["sales_order"]
    assert (row["total"], row["tax"], row["cancelled_at"]) == (D(30), D(5), None)
    assert tables["sales_order_line"][0]["current_quantity"] == 2


def test_the_applied_taxes_are_told_per_rate() -> None:
    extension = {
        "applied_taxes": [
            {"code": "GB-20", "title": "VAT", "percent": 20, "base_amount": D(3)},
            {"code": "GB-5", "percent": 5, "base_amount": D("0.5")},
        ]
    }
    rows = shaped("orders", order(1, extension_attributes=extension))["sales_order_tax"]
    assert [(row["tax_no"], row["title"], row["tax_rate"], row["tax"]) for row in rows] == [
        (1, "VAT", D("0.2"), D(3)),
        (2, "GB-5", D("0.05"), D("0.5")),
    ]


def test_an_object_without_fields_may_come_as_an_empty_list() -> None:
    row = one("orders", "sales_order", order(1, extension_attributes=[]))
    assert (row["total"], row["country"]) == (D(18), "GB")


# One sale, several items ----------------------------------------------------------------------------------------------


def configurable(number: int) -> list[dict[str, Any]]:
    nothing = money(price="0", row_total="0", tax_amount="0", discount_amount="0")
    child = {**item(number + 1, parent_item_id=number, sku=f"MUG-{number}"), **nothing}
    return [item(number, product_type="configurable"), child]


def bundle(number: int, *, by_parts: bool) -> list[dict[str, Any]]:
    """Two mugs in a set, priced by the parts or as a whole."""
    nothing = money(price="0", row_total="0", tax_amount="0", price_incl_tax="0", original_price="0")
    priced = money(price="20", row_total="20", tax_amount="4" if not by_parts else "0")
    parent = {**item(number, product_type="bundle", sku="SET"), **priced}
    parts = [item(number + place, parent_item_id=number) for place in (1, 2)]
    return [parent, *(parts if by_parts else [{**part, **nothing} for part in parts])]


def test_a_configurable_product_and_its_variant_are_one_line() -> None:
    row = one("orders", "sales_order_line", order(1, items=configurable(10)))
    assert (row["line_id"], row["sku"], row["gross"], row["bundle_id"]) == ("10", "MUG-10", D(12), None)


def test_a_bundle_priced_by_its_parts_is_its_parts() -> None:
    rows = shaped("orders", order(1, items=bundle(10, by_parts=True)))["sales_order_line"]
    assert [(row["line_id"], row["gross"], row["bundle_id"], row["bundle_sku"]) for row in rows] == [
        ("11", D(12), "10", "SET"),
        ("12", D(12), "10", "SET"),
    ]


def test_a_bundle_with_a_price_of_its_own_is_one_line() -> None:
    row = one("orders", "sales_order_line", order(1, items=bundle(10, by_parts=False)))
    assert (row["line_id"], row["sku"], row["gross"], row["bundle_id"]) == ("10", "SET", D(24), None)


def test_a_bundle_sent_as_a_whole_has_sent_its_parts() -> None:
    lines = bundle(10, by_parts=True)
    lines[0]["qty_shipped"] = 1
    assert one("orders", "sales_order", order(1, items=lines))["fulfilment_status"] == "shipped"


def test_gift_cards_that_are_sold_are_lines_of_their_own_kind_that_nothing_is_sent_for() -> None:
    sold = item(1, product_type="giftcard", is_virtual=1, **money(tax_amount="0"))
    tables = shaped("orders", order(1, items=[sold], is_virtual=1))
    assert (tables["sales_order_line"][0]["kind"], tables["sales_order_line"][0]["is_shippable"]) == (
        "gift_card",
        False,
    )
    assert tables["sales_order"][0]["fulfilment_status"] == "not_needed"


# States ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "status", "is_confirmed"),
    [
        ("new", "open", True),
        ("processing", "open", True),
        ("holded", "open", True),
        ("pending_payment", "pending", False),
        ("payment_review", "pending", False),
        ("complete", "closed", True),
        ("canceled", "cancelled", True),
        ("quarantined", "unknown", None),
    ],
)
def test_the_state_counts_and_the_shops_own_status_is_kept(state: str, status: str, is_confirmed: bool | None) -> None:
    row = one("orders", "sales_order", order(1, state=state, status="our_own_word"))
    assert (row["status"], row["is_confirmed"]) == (status, is_confirmed)
    assert row["source_status"] == f"{state}/our_own_word"


def unpaid(**fields: Any) -> dict[str, Any]:
    body = order(1, **fields)
    for name in ("total_paid", "base_total_paid"):
        del body[name]  # what is not set is absent
    return body


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (unpaid(), "pending"),
        (unpaid(payment={"method": "adyen_cc", "base_amount_authorized": D(18)}), "authorized"),
        (unpaid(state="canceled", **money(total_canceled="18")), "voided"),
        (order(1, **money(total_paid="10")), "partially_paid"),
        (order(1, **money(total_refunded="12")), "partially_refunded"),
        (order(1, **money(total_refunded="18")), "refunded"),
        (unpaid(**money(grand_total="0")), "paid"),
    ],
)
def test_what_was_paid_follows_from_the_sums(body: dict[str, Any], expected: str) -> None:
    assert one("orders", "sales_order", body)["payment_status"] == expected


def test_an_authorisation_is_told_until_money_is_taken() -> None:
    authorised = {"method": "adyen_cc", "last_trans_id": "psp-1", "base_amount_authorized": D(18)}
    (row,) = shaped("orders", unpaid(payment=authorised))["sales_payment"]
    assert (row["kind"], row["transaction_id"], row["amount"], row["gateway"]) == (
        "authorization",
        "psp-1",
        D(18),
        "adyen_cc",
    )
    assert shaped("orders", order(1, payment=authorised))["sales_payment"] == []


def test_a_cancelled_order_was_cancelled_when_its_history_says_so() -> None:
    history = [{"created_at": ago(30), "status": "canceled"}, {"created_at": ago(90), "status": "pending"}]
    called_off = order(1, 5, state="canceled", status="canceled", status_histories=history)
    assert one("orders", "sales_order", called_off)["cancelled_at"] == NOW - timedelta(minutes=30)
    assert one("orders", "sales_order", {**called_off, "status_histories": []})["cancelled_at"] == NOW - timedelta(
        minutes=5
    )


def test_an_invoiced_order_that_was_paid_back_before_dispatch_was_called_off() -> None:
    """Magento cannot cancel what was invoiced: it closes it."""
    closed = order(1, state="closed", status="closed", items=[item(1, qty_refunded=1)], **money(total_refunded="18"))
    assert one("orders", "sales_order", closed)["status"] == "cancelled"
    sent = {**closed, "items": [item(1, qty_refunded=1, qty_shipped=1)]}
    row = one("orders", "sales_order", sent)
    assert (row["status"], row["cancelled_at"]) == ("closed", None)


def test_an_edited_order_is_a_new_one_that_knows_the_first() -> None:
    row = one("orders", "sales_order", order(2, increment_id="000000001-1", original_increment_id="000000001"))
    assert (row["order_ref"], row["alternate_ref"], row["is_edited"]) == ("000000001-1", "000000001", True)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "unshipped"),
        ({"qty_shipped": 1}, "partial"),
        ({"qty_shipped": 2}, "shipped"),
        ({"qty_shipped": 1, "qty_refunded": 1}, "shipped"),
        ({"qty_canceled": 2}, "not_needed"),
    ],
)
def test_what_still_has_to_leave_says_how_far_the_order_is(changes: dict[str, int], expected: str) -> None:
    row = one("orders", "sales_order", order(1, items=[item(1, qty_ordered=2, **changes)]))
    assert row["fulfilment_status"] == expected


# Payments and refunds -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "status"), [(1, "pending"), (2, "success"), (3, "failed"), (9, "unknown")])
def test_an_invoice_is_money_taken_under_the_providers_number(state: int, status: str) -> None:
    row = one("invoices", "sales_payment", with_order(invoice(5, 1, state=state)))
    assert (row["order_id"], row["kind"], row["status"]) == ("1", "capture", status)
    assert (row["transaction_id"], row["gateway"], row["amount"]) == ("psp-5", "adyen_cc", D(18))


def test_the_parts_of_a_refund_add_up_to_the_money_that_moved() -> None:
    """The mug less a tenth, shipping, and 1.50 kept for restocking."""
    lines = [memo_item(1, 10, **money(row_total="10", tax_amount="1.8", discount_amount="1.2"),
                       base_discount_tax_compensation_amount=D("0.2"))]  # fmt: skip
    given = memo(
        9,
        1,
        items=lines,
        **money(grand_total="15.3", tax_amount="2.8", shipping_amount="5", discount_amount="-1.2"),
        **money(adjustment="-1.5", adjustment_negative="1.5"),
    )
    row = one("refunds", "refund", with_order(given))
    assert (row["item"], row["shipping"], row["tax"], row["adjustment"]) == (D(9), D(5), D("2.8"), D("-1.5"))
    assert row["item"] + row["shipping"] + row["tax"] + row["adjustment"] == row["total"] == D("15.3")
    assert (row["refund_id"], row["transaction_id"], row["transaction_status"]) == ("9", "psp-9-refund", "success")


def test_discounted_shipping_that_is_given_back_is_what_the_document_takes_off_beyond_its_lines() -> None:
    given = memo(9, 1, **money(grand_total="15", tax_amount="2.5", shipping_amount="5", discount_amount="-3")) | {
        "base_shipping_discount_tax_compensation_amnt": D("0.5")
    }
    row = one("refunds", "refund", with_order(given))
    assert (row["item"], row["shipping"], row["tax"], row["total"]) == (D(10), D("2.5"), D("2.5"), D(15))


def test_goodwill_has_no_line_and_no_tax() -> None:
    given = memo(9, 1, items=[], **money(grand_total="5", subtotal="0", tax_amount="0", adjustment="5"))
    tables = shaped("refunds", with_order(given))
    assert (tables["refund"][0]["adjustment"], tables["refund"][0]["total"]) == (D(5), D(5))
    assert tables["refund_line"] == []


def test_a_refund_without_a_transaction_was_made_by_other_means() -> None:
    offline = memo(9, 1)
    del offline["transaction_id"]
    row = one("refunds", "refund", with_order(offline))
    assert (row["gateway"], row["transaction_id"], row["total"]) == ("offline", None, D(12))
    assert one("refunds", "refund", with_order(memo(9, 1)))["gateway"] == "adyen_cc"


@pytest.mark.parametrize(
    ("state", "status", "total"), [(1, "pending", 12), (2, "success", 12), (3, "failed", 0), (8, "pending", 12)]
)
def test_an_open_memo_is_money_on_its_way_and_a_cancelled_one_none(state: int, status: str, total: int) -> None:
    row = one("refunds", "refund", with_order(memo(9, 1, state=state)))
    assert (row["transaction_status"], row["total"]) == (status, D(total))


def test_what_goes_back_to_a_gift_card_is_part_of_the_refund_and_a_payment_of_its_own() -> None:
    extension = {"base_gift_cards_amount": D(5), "base_customer_balance_amount": D(3)}
    given = memo(9, 1, extension_attributes=extension, **money(grand_total="4"))
    tables = shaped("refunds", with_order(given))
    assert tables["refund"][0]["total"] == D(12)
    assert {(row["gateway"], row["amount"], row["kind"]) for row in tables["sales_payment"]} == {
        ("adyen_cc", D(4), "refund"),
        ("gift_card", D(5), "refund"),
        ("store_credit", D(3), "refund"),
    }
    only = memo(9, 1, extension_attributes={"base_gift_cards_amount": D(12)}, **money(grand_total="0"))
    assert one("refunds", "refund", with_order(only))["gateway"] == "gift_card"


def test_a_refunded_variant_is_counted_once() -> None:
    nothing = money(price="0", row_total="0", tax_amount="0")
    lines = [memo_item(1, 10), {**memo_item(2, 11), **nothing}]
    row = one("refunds", "refund_line", with_order(memo(9, 1, items=lines), order(1, items=configurable(10))))
    assert (row["line_id"], row["quantity"], row["net"], row["tax"]) == ("10", D(1), D(10), D(2))


def test_items_of_a_memo_that_nothing_was_given_back_for_are_no_lines() -> None:
    nothing = money(price="0", row_total="0", tax_amount="0")
    lines = [memo_item(1, 10), {**memo_item(2, 20), **nothing, "qty": 0}]
    both = order(1, items=[item(10), item(20)])
    assert len(shaped("refunds", with_order(memo(9, 1, items=lines), both))["refund_line"]) == 1


# Parcels --------------------------------------------------------------------------------------------------------------


def test_a_parcel_has_one_row_for_each_number_and_one_without_where_it_has_none() -> None:
    numbers = [track(1, 3, 1), track(2, 3, 1, track_number="H01", title="", carrier_code="dhl")]
    rows = shaped("shipments", with_order(shipment(3, 1, tracks=numbers)))["shipment"]
    assert [(row["package_id"], row["carrier"], row["tracking_key"]) for row in rows] == [
        ("1", "DPD", "JD0002123"),
        ("2", "dhl", "H01"),
    ]
    (row,) = shaped("shipments", with_order(shipment(3, 1, tracks=[])))["shipment"]
    assert (row["tracking_number"], row["package_id"], row["status"]) == (None, "1", "shipped")


def sent(*items: tuple[int, int]) -> dict[str, Any]:
    lines = [
        {"entity_id": place, "order_item_id": number, "qty": quantity} for place, (number, quantity) in enumerate(items)
    ]
    return shipment(3, 1, items=lines)


@pytest.mark.parametrize("shown", [[(10, 1)], [(10, 1), (11, 1)], [(11, 1)]], ids=["parent", "both", "variant"])
def test_a_configurable_product_is_sent_once_whichever_item_magento_names(shown: list[tuple[int, int]]) -> None:
    row = one("shipments", "shipment_line", with_order(sent(*shown), order(1, items=configurable(10))))
    assert (row["line_id"], row["quantity"]) == ("10", D(1))


def test_a_bundle_sent_as_a_whole_is_told_by_its_parts() -> None:
    lines = bundle(10, by_parts=True)
    lines[2]["qty_ordered"] = 2
    rows = shaped("shipments", with_order(sent((10, 1)), order(1, items=lines)))["shipment_line"]
    assert [(row["line_id"], row["quantity"]) for row in rows] == [("11", D(1)), ("12", D(2))]
    rows = shaped("shipments", with_order(sent((10, 1), (12, 2)), order(1, items=lines)))["shipment_line"]
    assert ("12", D(2)) in [(row["line_id"], row["quantity"]) for row in rows]


# Stock and listings ---------------------------------------------------------------------------------------------------


def test_what_the_shop_refuses_to_sell_is_not_for_sale() -> None:
    sources = [{"quantity": 9, "status": 1, "enabled": True}, {"quantity": 4, "status": 0, "enabled": True}]
    level = {"stock_id": "1", "sku": "A", "qty": 7, "is_salable": True, "sources": sources}
    row = one("stock", "channel_stock", level)
    assert (row["location"], row["available"], row["on_hand"]) == ("1", D(7), D(9))
    assert one("stock", "channel_stock", {**level, "is_salable": False})["available"] == 0
    oversold = {**level, "qty": -3, "is_salable": False}
    assert one("stock", "channel_stock", oversold)["available"] == -3


def test_an_item_out_of_stock_at_its_source_says_so() -> None:
    row = one("stock", "channel_source_stock", {"source_code": "leeds", "sku": "A", "quantity": D("2.5"), "status": 0})
    assert (row["source"], row["quantity"], row["is_in_stock"]) == ("leeds", D("2.5"), False)


def listed(**fields: Any) -> dict[str, Any]:
    body = {"id": 1, "sku": "A", "name": "Thing", "price": D(12), "status": 1, "type_id": "simple"}
    extension = {"website_ids": [1]}
    return {
        "currency_code": "GBP",
        "product": {**body, "updated_at": ago(1), "extension_attributes": extension, **fields},
    }


def test_configurable_products_are_not_listed_because_only_their_variants_are_sold() -> None:
    assert shaped("listings", listed(type_id="configurable"))["listing"] == []
    row = one("listings", "listing", listed(visibility=1))
    assert (row["sku"], row["price"], row["currency"], row["is_active"]) == ("A", D(12), "GBP", True)
    assert one("listings", "listing", listed(status=2))["is_active"] is False
    nowhere = listed(extension_attributes={"website_ids": []})
    assert one("listings", "listing", nowhere)["is_active"] is False


def test_a_bundle_where_the_customer_chooses_has_no_fixed_parts() -> None:
    fixed = {"bundle_product_options": [{"option_id": 1, "product_links": [{"sku": "B", "qty": 2}]}]}
    row = one("listings", "listing_component", listed(type_id="bundle", extension_attributes=fixed))
    assert (row["component_sku"], row["quantity"]) == ("B", D(2))
    links = [{"sku": "B", "qty": 2}, {"sku": "C", "qty": 1}]
    chosen = {"bundle_product_options": [{"option_id": 1, "product_links": links}]}
    assert shaped("listings", listed(type_id="bundle", extension_attributes=chosen))["listing_component"] == []
