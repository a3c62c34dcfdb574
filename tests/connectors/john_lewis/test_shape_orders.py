"""Orders of the marketplace in canonical rows: what is owed, called off and given back, and who has the tax."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.connectors.john_lewis.shaping import Row, Stories, Telling
from tests.connectors.john_lewis.shop import cancelation, line, order, parts, refund, tax

D = Decimal
# As the connector keeps orders on a platform where one may have several parcels.
orders = Stories("orders", {"_multi_shipment": True}, order_number_field="customer-number")


def figures(row: Row, *names: str) -> list[Any]:
    return [row[name] for name in names]


def with_shipping(**other: Any) -> dict[str, Any]:
    first = line(1, "60.00", tax("10.00"), shipping_price=D("3.60"), shipping_taxes=[tax("0.60")], **other)
    return order(1, first)


@orders.tell
def test_prices_that_hold_their_tax_are_taken_apart() -> Telling:
    rows = yield with_shipping()
    assert figures(rows["sales_order"][0], "total", "subtotal", "shipping", "tax") == [
        D("63.60"),
        D(60),
        D("3.60"),
        D("10.60"),
    ]
    assert figures(rows["sales_order_line"][0], "net", "tax", "gross", "tax_rate") == [D(50), D(10), D(60), D("0.2")]
    assert figures(rows["sales_order_shipping"][0], "net", "tax", "gross") == [D(3), D("0.60"), D("3.60")]
    assert rows["sales_order"][0]["is_tax_included"] is True


@orders.tell
def test_prices_without_tax_get_it_on_top() -> Telling:
    first = line(1, "50.00", tax("10.00"), shipping_price=D(3), shipping_taxes=[tax("0.60")])
    rows = yield order(1, first, order_tax_mode="TAX_EXCLUDED")
    assert figures(rows["sales_order"][0], "total", "subtotal", "shipping", "tax") == [
        D("63.60"),
        D(50),
        D(3),
        D("10.60"),
    ]
    assert figures(rows["sales_order_line"][0], "net", "tax", "gross") == [D(50), D(10), D(60)]
    assert rows["sales_order"][0]["is_tax_included"] is False


@orders.tell
def test_tax_that_is_not_told_is_unknown_and_not_zero() -> Telling:
    rows = yield order(1, line(1, "60.00"), line(2, "5.00"))
    assert figures(rows["sales_order_line"][0], "net", "tax", "gross", "tax_rate") == [None, None, D(60), None]
    assert figures(rows["sales_order"][0], "total", "tax") == [D(65), None]
    assert (rows["sales_order"][0]["is_tax_included"], rows["sales_order"][0]["tax_collected_by"]) == (True, None)


@orders.tell
def test_a_line_without_tax_beside_taxed_ones_has_none() -> Telling:
    rows = yield order(1, line(1, "60.00", tax("10.00")), line(2, "5.00"))
    assert figures(rows["sales_order_line"][1], "net", "tax", "tax_rate") == [D(5), D(0), D(0)]


@orders.tell
def test_tax_that_the_operator_remits_is_not_owed_to_the_seller() -> Telling:
    remitted = tax("10.00", amount_breakdown=parts(("10.00", False)))
    included = order(1, line(1, "60.00", remitted))
    excluded = order(1, line(1, "50.00", remitted), order_tax_mode="TAX_EXCLUDED")
    for rows in (yield [included, excluded]):
        assert figures(rows["sales_order"][0], "total", "tax") == [D(50), D(0)]
        assert figures(rows["sales_order_line"][0], "net", "tax", "gross") == [D(50), D(0), D(50)]
        assert rows["sales_order"][0]["tax_collected_by"] == "channel"
        assert [(row["tax"], row["is_channel_liable"]) for row in rows["sales_order_tax"]] == [(D(10), True)]


@orders.tell
def test_where_only_a_part_of_the_tax_is_remitted_no_word_says_who_collects() -> Telling:
    remitted = tax("10.00", amount_breakdown=parts(("10.00", False)))
    row = (yield order(1, line(1, "60.00", remitted), line(2, "12.00", tax("2.00"))))["sales_order"][0]
    assert (row["tax_collected_by"], row["tax"], row["total"]) == (None, D(2), D(62))


@orders.tell
def test_what_the_operator_pays_towards_a_price_is_the_platforms_discount() -> Telling:
    breakdown = {
        "parts": [
            {"amount": D("55.00"), "debitable_from_customer": True, "payable_to_shop": True},
            {"amount": D("5.00"), "debitable_from_customer": False, "payable_to_shop": True},
        ]
    }
    rows = yield order(1, line(1, "60.00", tax("10.00"), price_amount_breakdown=breakdown))
    assert figures(rows["sales_order"][0], "total", "platform_discount", "discount") == [D(60), D(5), D(0)]
    assert rows["sales_order_line"][0]["platform_discount"] == D(5)


@orders.tell
def test_the_sellers_own_discount_is_not_owed() -> Telling:
    discounted = line(1, "54.00", tax("9.00"), quantity=2, price_unit=D("30.00"), promotions=[{"deduced_amount": D(6)}])
    rows = yield order(1, discounted)
    assert figures(rows["sales_order_line"][0], "unit_price", "discount", "gross") == [D(30), D(6), D(54)]
    assert figures(rows["sales_order"][0], "total", "discount") == [D(54), D(6)]


@orders.tell
def test_tax_rounded_for_the_whole_order_is_preferred() -> Telling:
    body = order(1, line(1, "9.99", tax("1.67")), line(2, "9.99", tax("1.67")))
    body["order_taxes"] = [{"code": "VAT", "rate": D(20), "total_amount": D("3.33")}]
    rows = yield body
    assert rows["sales_order"][0]["tax"] == D("3.33")
    assert [row["tax"] for row in rows["sales_order_tax"]] == [D("3.33")]


@orders.tell
def test_taxes_are_added_up_per_code_and_rate() -> Telling:
    first = line(1, "60.00", tax("10.00"), shipping_price=D("3.60"), shipping_taxes=[tax("0.60")])
    rows = (yield order(1, first, line(2, "10.50", tax("0.50", "5"))))["sales_order_tax"]
    assert [(row["tax_no"], row["tax_rate"], row["tax"]) for row in rows] == [
        (1, D("0.2"), D("10.6")),
        (2, D("0.05"), D("0.5")),
    ]


# -- cancelations ---


CALLED_OFF = cancelation(1, "20.00", tax("3.33"))


@orders.tell
def test_a_cancelation_lowers_the_order_and_is_no_refund() -> Telling:
    # Two of three are left: price and quantity are what is left.
    left = line(1, "40.00", tax("6.67"), quantity=2, cancelations=[CALLED_OFF])
    rows = yield order(1, left)
    assert figures(rows["sales_order"][0], "total", "tax") == [D(40), D("6.67")]
    assert figures(rows["sales_order_line"][0], "quantity", "current_quantity", "gross", "tax") == [
        D(3),
        D(2),
        D(60),
        D(10),
    ]
    assert rows["refund"] == []
    assert [
        (row["cancellation_id"], row["status"], row["quantity"], row["reason"]) for row in rows["cancellation"]
    ] == [("C1", "accepted", D(1), "OUT_OF_STOCK")]


@orders.tell
def test_a_cancelation_that_does_not_lower_the_quantity_is_understood_as_well() -> Telling:
    left = line(1, "40.00", tax("6.67"), quantity=3, price_unit=D(20), cancelations=[CALLED_OFF])
    rows = yield order(1, left)
    assert figures(rows["sales_order_line"][0], "quantity", "current_quantity", "gross") == [D(3), D(2), D(60)]
    assert rows["sales_order"][0]["total"] == D(40)


@orders.tell
def test_an_order_called_off_as_a_whole_shows_what_it_came_to() -> Telling:
    gone = cancelation(1, "60.00", tax("10.00"), quantity=3, shipping_amount=D("3.60"), shipping_taxes=[tax("0.60")])
    off = line(1, "0.00", tax("0.00"), quantity=0, state="CANCELED", price_unit=D(20), cancelations=[gone])
    rows = yield order(1, off, state="CANCELED")
    row = rows["sales_order"][0]
    assert figures(row, "total", "tax") == [D("63.60"), D("10.60")]
    assert (row["status"], row["payment_status"], row["fulfilment_status"]) == ("cancelled", "voided", "not_needed")
    assert row["cancelled_at"].isoformat() == "2026-11-19T09:00:00"
    assert figures(rows["sales_order_line"][0], "quantity", "current_quantity") == [D(3), D(0)]


@orders.tell
def test_a_cancelled_line_that_still_shows_its_price_is_not_owed() -> Telling:
    gone = cancelation(1, "60.00", tax("10.00"), quantity=3)
    off = line(1, "60.00", tax("10.00"), quantity=3, state="CANCELED", cancelations=[gone])
    rows = yield order(1, off, line(2, "12.00", tax("2.00")))
    assert figures(rows["sales_order"][0], "total", "tax") == [D(12), D(2)]
    assert figures(rows["sales_order_line"][0], "quantity", "current_quantity", "gross") == [D(3), D(0), D(60)]


@orders.tell
def test_a_refused_line_keeps_its_price_but_is_not_owed() -> Telling:
    rows = yield order(1, line(1, "60.00", tax("10.00"), state="REFUSED"), line(2, "12.00", tax("2.00")))
    assert figures(rows["sales_order"][0], "total", "tax") == [D(12), D(2)]
    assert rows["sales_order_line"][0]["current_quantity"] == 0
    assert [row["line_id"] for row in rows["sales_order_fee"]] == ["L2"]


@orders.tell
def test_a_refused_order_is_cancelled_and_was_never_confirmed() -> Telling:
    refused = order(1, line(1, "60.00", tax("10.00"), state="REFUSED"), state="REFUSED")
    row = (yield {**refused, "acceptance_decision_date": "2026-11-19T07:00:00Z"})["sales_order"][0]
    assert (row["status"], row["is_confirmed"], row["total"]) == ("cancelled", False, D(60))
    assert row["cancelled_at"].isoformat() == "2026-11-19T07:00:00"


# -- refunds ---


@orders.tell
def test_lines_that_were_given_back_together_are_one_refund() -> Telling:
    first = refund(1, "G1", "60.00", tax("10.00"), shipping_amount=D("3.60"), shipping_taxes=[tax("0.60")])
    second = refund(2, "G1", "12.00", tax("2.00"))
    third = refund(3, "G2", "1.20", tax("0.20"), quantity=0, refund_state="WAITING_REFUND_PAYMENT")
    body = order(
        1,
        line(1, "60.00", tax("10.00"), shipping_price=D("3.60"), shipping_taxes=[tax("0.60")], refunds=[first]),
        line(2, "24.00", tax("4.00"), quantity=2, refunds=[second, third]),
        state="RECEIVED",
    )
    rows = yield body
    one, two = rows["refund"]
    assert (one["refund_id"], one["transaction_status"], one["reason"]) == ("G1", "success", "WRONG_SIZE")
    assert figures(one, "total", "item", "shipping", "tax", "adjustment") == [D("75.60"), D(60), D(3), D("12.60"), D(0)]
    assert one["total"] == one["item"] + one["shipping"] + one["tax"] + one["adjustment"]
    assert (two["refund_id"], two["transaction_status"], two["total"]) == ("G2", "pending", D("1.20"))
    assert [(row["refund_line_id"], row["quantity"], row["net"]) for row in rows["refund_line"]] == [
        ("R1", D(1), D(50)),
        ("R2", D(1), D(10)),
        ("R3", D(0), D(1)),
    ]
    assert (rows["sales_order"][0]["payment_status"], rows["sales_order"][0]["refunded"]) == (
        "partially_refunded",
        D("75.60"),
    )
    assert rows["sales_order"][0]["total"] == D("87.60")


@orders.tell
def test_a_refund_without_tax_on_prices_without_tax() -> Telling:
    back = refund(1, "G1", "50.00", tax("10.00"))
    body = order(1, line(1, "50.00", tax("10.00"), refunds=[back]), order_tax_mode="TAX_EXCLUDED", state="SHIPPED")
    rows = yield body
    assert figures(rows["refund"][0], "total", "item", "tax") == [D(60), D(50), D(10)]
    assert rows["sales_order"][0]["payment_status"] == "refunded"


@orders.tell
def test_a_refund_whose_tax_was_not_sent_gives_no_tax_back() -> Telling:
    """A tax with the rule NONE is given back only when it is named."""
    row = (yield order(1, line(1, "60.00", tax("10.00"), refunds=[refund(1, "G1", "60.00")])))["refund"][0]
    assert figures(row, "item", "tax") == [D(60), D(0)]


@orders.tell
def test_a_refund_of_an_order_without_tax_holds_gross_parts() -> Telling:
    rows = yield order(1, line(1, "60.00", refunds=[refund(1, "G1", "60.00")]))
    assert figures(rows["refund"][0], "total", "item", "shipping", "tax") == [D(60), D(60), D(0), None]
    assert figures(rows["refund_line"][0], "net", "tax") == [D(60), None]


@orders.tell
def test_a_refund_of_the_delivery_alone_has_no_line() -> Telling:
    back = refund(1, "G1", "0.00", quantity=0, shipping_amount=D("3.60"), shipping_taxes=[tax("0.60")])
    rows = yield with_shipping(refunds=[back])
    assert figures(rows["refund"][0], "total", "item", "shipping", "tax") == [D("3.60"), D(0), D(3), D("0.60")]
    assert rows["refund_line"] == []


# -- commissions, fees, incidents ---


@orders.tell
def test_commission_is_told_per_line_and_given_back_per_refund() -> Telling:
    back = refund(1, "G1", "60.00", tax("10.00"), commission_amount=D("7.50"), commission_taxes=[{"amount": D("1.50")}])
    sold = line(
        1,
        "60.00",
        tax("10.00"),
        commission_fee=D("7.50"),
        # The first tax only stands in commission_vat; all of them count.
        commission_vat=D("1.00"),
        commission_taxes=[{"rate": D(15), "amount": D("1.00")}, {"rate": D(5), "amount": D("0.50")}],
        refunds=[back],
    )
    rows = (yield order(1, sold))["sales_order_fee"]
    assert [(row["net"], row["tax"], row["tax_rate"], row["refund_id"]) for row in rows] == [
        (D("7.50"), D("1.50"), D("0.2"), None),
        (D("-7.50"), D("-1.50"), None, "G1"),
    ]


@orders.tell
def test_charges_to_the_customer_are_rows_of_their_own() -> Telling:
    rows = yield order(1, line(1, "60.00", tax("10.00"), fees=[{"code": "RECYCLING", "amount": D("0.65")}]))
    assert [(row["kind"], row["gross"]) for row in rows["sales_order_shipping"]] == [("fee", D("0.65"))]
    assert rows["sales_order"][0]["total"] == D("60.65")


@orders.tell
def test_an_open_incident_is_a_dispute_without_an_amount() -> Telling:
    troubled = line(
        1,
        "60.00",
        state="INCIDENT_OPEN",
        order_line_state_reason_code="NOT_RECEIVED",
        shipped_date="2026-11-19T09:00:00Z",
    )
    rows = yield order(1, troubled, state="SHIPPED", has_incident=True)
    assert [(row["kind"], row["reason"], row["amount"]) for row in rows["dispute"]] == [
        ("inquiry", "NOT_RECEIVED", None)
    ]
    assert rows["sales_order"][0]["fulfilment_status"] == "shipped"


# -- states and references ---


STATES = {
    "STAGING": ("pending", "pending", False),
    "WAITING_ACCEPTANCE": ("pending", "pending", False),
    "WAITING_DEBIT": ("pending", "pending", False),
    "WAITING_DEBIT_PAYMENT": ("pending", "pending", False),
    "SHIPPING": ("open", "paid", True),
    "SHIPPED": ("open", "paid", True),
    "TO_COLLECT": ("open", "paid", True),
    "RECEIVED": ("closed", "paid", True),
    "CLOSED": ("closed", "paid", True),
    "REFUSED": ("cancelled", "voided", False),
    "CANCELED": ("cancelled", "voided", True),
    "WAITING_REFUND": ("open", "paid", True),
    "TELEPORTED": ("unknown", "unknown", None),
}


@orders.tell
def test_every_state_is_understood_and_a_new_one_kept() -> Telling:
    told = yield [order(1, line(1, "60.00", tax("10.00"), state=state), state=state) for state in STATES]
    rows = [one["sales_order"][0] for one in told]
    assert [row["source_status"] for row in rows] == list(STATES)
    assert [(row["status"], row["payment_status"], row["is_confirmed"]) for row in rows] == list(STATES.values())


@orders.tell
def test_a_new_state_of_a_line_makes_its_dispatch_unknown() -> Telling:
    row = (yield order(1, line(1, "60.00", state="SHIPPING"), line(2, "5.00", state="TELEPORTED")))["sales_order"][0]
    assert row["fulfilment_status"] == "unknown"


@orders.tell
def test_some_lines_on_their_way_make_an_order_partly_shipped() -> Telling:
    row = (yield order(1, line(1, "60.00", state="SHIPPED"), line(2, "5.00")))["sales_order"][0]
    assert row["fulfilment_status"] == "partial"


@orders.tell
def test_the_consumers_own_number_stands_in_a_field_of_the_operator() -> Telling:
    number = {"code": "customer-number", "type": "STRING", "value": " W123 "}
    named, nameless = yield [order(1, order_additional_fields=[number]), order(2)]
    assert figures(named["sales_order"][0], "order_ref", "alternate_ref") == ["JL-1-A", "W123"]
    assert nameless["sales_order"][0]["alternate_ref"] == "JL-2"


@orders.tell
def test_an_order_whose_address_is_still_hidden_is_an_order() -> Telling:
    row = (yield order(1, state="WAITING_ACCEPTANCE", customer={"shipping_address": None}))["sales_order"][0]
    assert (row["country"], row["total"]) == (None, D(12))


@orders.tell
def test_countries_get_two_letters_where_they_are_known() -> Telling:
    codes = ("GBR", "IRL", "XKX")
    told = yield [order(1, customer={"shipping_address": {"country_iso_code": code}}) for code in codes]
    assert [rows["sales_order"][0]["country"] for rows in told] == ["GB", "IE", "XKX"]


@orders.tell
def test_instants_with_an_offset_become_utc() -> Telling:
    row = (yield order(1, created_date="2026-06-10T08:00:00+01:00"))["sales_order"][0]
    assert row["placed_at"].isoformat() == "2026-06-10T07:00:00"


# -- one parcel per order ---


def alone(*lines: dict[str, Any], **other: Any) -> dict[str, Any]:
    """An order of a platform on which it is one parcel."""
    return {**order(1, *lines, **other), "_multi_shipment": False}


@orders.tell
def test_an_orders_own_tracking_is_its_parcel_where_it_can_have_only_one() -> Telling:
    sent = line(1, "60.00", state="SHIPPED", shipped_date="2026-11-19T09:00:00Z")
    carrier = {"shipping_carrier_code": "DPD", "shipping_company": "DPD UK"}
    body = alone(sent, state="SHIPPED", shipping_tracking="jd 01-4x", **carrier)
    rows, elsewhere = yield [body, {**body, "_multi_shipment": True}]
    assert figures(rows["shipment"][0], "tracking_key", "carrier", "status") == ["JD014X", "DPD", "shipped"]
    assert [(row["line_id"], row["quantity"]) for row in rows["shipment_line"]] == [("L1", D(1))]
    assert elsewhere["shipment"] == []


@orders.tell
def test_tracking_of_an_order_that_is_not_marked_as_sent_is_waiting() -> Telling:
    rows = yield alone(shipping_tracking="JD1", shipping_company="Own van")
    assert figures(rows["shipment"][0], "status", "carrier", "shipped_at") == ["pending", "Own van", None]


@orders.tell
def test_an_order_sent_without_tracking_has_a_parcel_without_a_number() -> Telling:
    rows = yield alone(line(1, "60.00", state="SHIPPED"), state="SHIPPED")
    assert figures(rows["shipment"][0], "status", "tracking_number", "tracking_key") == ["shipped", None, None]


@orders.tell
def test_an_order_that_waits_has_no_parcel() -> Telling:
    assert (yield alone())["shipment"] == []


@orders.tell
def test_amounts_stay_as_they_were_written() -> Telling:
    amounts = ["0.07", "1.005", "8.115", "999999999.999999", "123456789012.345"]
    told = yield [order(1, line(1, amount)) for amount in amounts]
    assert [rows["sales_order_line"][0]["gross"] for rows in told] == [D(amount) for amount in amounts]
