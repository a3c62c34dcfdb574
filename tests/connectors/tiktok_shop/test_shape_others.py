"""shape.sql on returns, cancellations and money: every amount below was worked out by hand."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from tests.connectors.tiktok_shop.shaping import (
    CONTRACT_ROW,
    a_cancellation,
    a_return,
    amounts,
    row,
    shaped,
    unit,
)
from tests.connectors.tiktok_shop.shop import Row

Rows = dict[str, list[Row]]
COMPLETE, SUCCESS = "RETURN_OR_REFUND_REQUEST_COMPLETE", "RETURN_OR_REFUND_REQUEST_SUCCESS"
OTHER_STATES = {
    "RETURN_OR_REFUND_REQUEST_PENDING": "requested", "AWAITING_BUYER_RESPONSE": "requested",
    "REFUND_OR_RETURN_REQUEST_REJECT": "declined", "AWAITING_BUYER_SHIP": "open", "BUYER_SHIPPED_ITEM": "open",
    "REJECT_RECEIVE_PACKAGE": "open", "RETURN_OR_REFUND_REQUEST_CANCEL": "cancelled",
    "REPLACEMENT_REQUEST_PENDING": "requested", "REPLACEMENT_REQUEST_REJECT": "declined",
    "REPLACEMENT_REQUEST_CANCEL": "cancelled", "REPLACEMENT_REQUEST_COMPLETE": "closed",
    "RETURN_OR_REFUND__REQUEST_SOMETHING_NEW": "unknown",
}  # fmt: skip
DISCOUNTS = [{"currency": "GBP", "product_platform_discount": "2.00", "product_seller_discount": "4.00"}]


@pytest.fixture(scope="module")
def rows() -> Rows:
    sent = {"rts_time": 1795201000, "display_status": "CANCELLED"}
    returns = [
        a_return(1, COMPLETE, unit(11), unit(12), discount_amount=DISCOUNTS),
        a_return(2, SUCCESS),
        a_return(3, "REPLACEMENT_REQUEST_REFUND_SUCCESS", return_type="REPLACEMENT"),
        a_return(4, COMPLETE, next_return_id="R1"),
        a_return(5, COMPLETE, return_type="REFUND", refund_amount=amounts("19.99", "17.00", "2.99")),
        a_return(6, COMPLETE, return_type="REFUND", partial_refund={"amount": "5.00", "currency": "GBP"},
                 refund_amount=amounts("5.00", "5.00")),
        *(a_return(100 + number, status) for number, status in enumerate(OTHER_STATES)),
    ]  # fmt: skip
    cancellations = [
        a_cancellation(1, "CANCELLATION_REQUEST_COMPLETE"),
        a_cancellation(2, "CANCELLATION_REQUEST_COMPLETE", unit(11), unit(12),
                       order={"status": "CANCELLED", "line_items": [unit(11), unit(12)]},
                       refund_amount=amounts("36.99", "34.00", "2.99")),
        a_cancellation(3, "CANCELLATION_REQUEST_COMPLETE",
                       order={"status": "AWAITING_COLLECTION", "line_items": [unit(11), unit(12, **sent)]}),
        a_cancellation(4, "CANCELLATION_REQUEST_PENDING", role="SYSTEM"),
        a_cancellation(5, "CANCELLATION_REQUEST_CANCELLED", role="SELLER"),
        a_cancellation(6, "CANCELLATION_REQUEST_CANCEL", role="ROBOT"),
        a_cancellation(7, "CANCELLATION_REQUEST_MAYBE"),
    ]  # fmt: skip
    subtractive = {
        "total_settlement_amount": "27.00",
        "total_settlement_breakdown": {
            "total_revenue_amount": "30.00",
            "total_fee_tax_amount": "3.00",
            "total_shipping_cost_amount": "0",
            "total_adjustment_amount": "0",
        },
    }
    statements = [
        row(1, **CONTRACT_ROW),
        # The written formula: costs are positive and subtracted, and the parts have the other sign than their sum.
        row(2, order_id="O2", settlement_amount="30.10", revenue_amount="36.00", fee_tax_amount="3.91",
            shipping_cost_amount="1.99", adjustment_amount="0",
            fee_tax_breakdown={"fee": {"platform_commission_amount": "-3.26"}, "tax": {"vat_amount": "-0.65"}}),
        # Shipping that the customer paid is money for the order, the carrier's bill is not.
        row(3, order_id="O3", settlement_amount="33.48", revenue_amount="36.00", fee_tax_amount="-3.91",
            shipping_cost_amount="1.39", adjustment_amount="0",
            shipping_cost_breakdown={"customer_paid_shipping_fee_amount": "2.99", "actual_shipping_fee_amount": "-1.60",
                                     "supplementary_component": {"customer_shipping_fee": "2.99"}},
            supplementary_component={"sales_tax_amount": "9.99"}),
        # Sold and given back within one row; the refunded discount comes back to the seller.
        row(4, order_id="O4", settlement_amount="14.09", revenue_amount="18.00", fee_tax_amount="-3.91",
            revenue_breakdown={"subtotal_before_discount_amount": "40.00", "seller_discount_amount": "-4.00",
                               "refund_subtotal_before_discount_amount": "-20.00",
                               "seller_discount_refund_amount": "2.00"}),
        row(5, order_id="O5", settlement_amount="-18.00", revenue_amount="-18.00", fee_tax_amount="0",
            revenue_breakdown={"refund_subtotal_before_discount_amount": "-20.00",
                               "seller_discount_refund_amount": "2.00"}),
        row(6, "RESERVE", reserve_id="X", associated_order_id="O1", reserve_amount="-2.00", reserve_status="COLLECTED"),
        row(7, "RESERVE", reserve_id="Y", associated_order_id="O1", reserve_amount="2.00", reserve_status="RELEASED"),
        row(8, "CHARGE_BACK", adjustment_id="A", adjustment_order_id="O1", settlement_amount="-6.00",
            adjustment_amount="-6.00", revenue_amount="", fee_tax_amount=""),
        row(9, "PLATFORM_REIMBURSEMENT", settlement_amount="4.00", adjustment_amount="4.00"),
        row(10, "GMV_PAYMENT_FOR_ADS", settlement_amount="-9.00", adjustment_amount="-9.00"),
        row(11, "BRAND_NEW_KIND", settlement_amount="-1.00", adjustment_amount="-1.00"),
        # Neither form holds: twenty pence of the fee are nowhere. The statement says how its costs are signed.
        row(12, order_id="O12", settlement_amount="27.00", revenue_amount="30.00", fee_tax_amount="3.20",
            statement=subtractive),
        row(13, order_id="O13", settlement_amount="30.00", revenue_amount="30.00", fee_tax_amount="0",
            statement={"payment_id": None}),
        # The fees do not add up to their sum: then nobody knows what part of it is tax.
        row(14, order_id="O14", settlement_amount="26.00", revenue_amount="30.00", fee_tax_amount="-4.00",
            fee_tax_breakdown={"fee": {"new_fee_amount": "-1.00"}, "tax": {"vat_amount": "-0.65"}}),
    ]  # fmt: skip
    payouts = [
        {"id": "P1", "create_time": 1795219200, "status": "PAID", "amount": {"value": "28.10", "currency": "GBP"},
         "settlement_amount": {"value": "30.10", "currency": "GBP"}},
        {"id": "P2", "create_time": 1795219200, "status": "PROCESSING", "amount": {"value": "33.00", "currency": "EUR"},
         "settlement_amount": {"value": "30.00", "currency": "GBP"},
         "payment_amount_before_exchange": {"value": "28.00", "currency": "GBP"}},
        {"id": "P3", "create_time": 1795219200, "status": "FAILED", "amount": {"value": "-3.00", "currency": "GBP"},
         "settlement_amount": {"value": "-3.00", "currency": "GBP"}},
        {"id": "P4", "create_time": 1795219200, "status": "PONDERING", "amount": {"value": "1.00", "currency": "GBP"},
         "settlement_amount": {"value": "1.00", "currency": "GBP"}},
    ]  # fmt: skip
    return shaped(returns=returns, cancellations=cancellations, statements=statements, payouts=payouts)


def refund(rows: Rows, key: str) -> Row | None:
    found = [one for one in rows["refund"] if one["refund_id"] == key]
    return found[0] if found else None


def case(rows: Rows, key: str) -> Row | None:
    found = [one for one in rows["return_case"] if one["return_id"] == key]
    return found[0] if found else None


def line(rows: Rows, key: str) -> Row:
    (found,) = [one for one in rows["payout_line"] if one["line_id"] == key]
    return found


def parts(one: Row) -> tuple[D, ...]:
    return one["gross"], one["fee"], one["tax"], one["net"]


# Returns --------------------------------------------------------------------------------------------------------------


def test_a_refund_counts_with_the_discount_that_the_platform_takes_back(rows: Rows) -> None:
    """The customer got 34.00; with the platform's 2.00 it is the 36.00 that the seller had been owed."""
    found = refund(rows, "R1")
    assert found is not None
    assert (found["total"], found["item"], found["shipping"], found["adjustment"], found["tax"]) == (
        D("36.00"), D("36.00"), D(0), D(0), None,
    )  # fmt: skip
    assert (found["transaction_status"], found["return_id"], found["reason"]) == ("success", "R1", "faulty")
    (part,) = [one for one in rows["refund_line"] if one["refund_id"] == "R1"]
    assert (part["line_id"], part["quantity"], part["net"], part["restock_type"]) == (
        "577100000000000011", D(2), D("36.00"), "return",
    )  # fmt: skip


def test_approved_is_not_yet_paid(rows: Rows) -> None:
    found = refund(rows, "R2")
    assert found is not None
    assert found["transaction_status"] == "pending"
    assert case(rows, "R2")["status"] == "open"  # type: ignore[index]  # it is there


def test_a_replacement_that_became_a_refund_is_one(rows: Rows) -> None:
    found = refund(rows, "R3")
    assert found is not None
    assert found["transaction_status"] == "success"
    assert case(rows, "R3")["has_exchange"] is True  # type: ignore[index]  # it is there


def test_a_request_that_was_edited_lives_on_under_its_next_id_only(rows: Rows) -> None:
    assert refund(rows, "R4") is None
    assert case(rows, "R4")["status"] == "cancelled"  # type: ignore[index]  # it is there


def test_money_without_goods_is_a_refund_and_no_return(rows: Rows) -> None:
    found = refund(rows, "R5")
    assert found is not None
    assert (found["total"], found["item"], found["shipping"], found["return_id"]) == (
        D("19.99"), D("17.00"), D("2.99"), None,
    )  # fmt: skip
    assert case(rows, "R5") is None


def test_money_off_takes_no_units_back(rows: Rows) -> None:
    (part,) = [one for one in rows["refund_line"] if one["refund_id"] == "R6"]
    assert (part["quantity"], part["restock_type"]) == (D(0), "no_restock")


@pytest.mark.parametrize(("number", "status"), list(enumerate(OTHER_STATES)))
def test_every_other_state_moves_no_money(rows: Rows, number: int, status: str) -> None:
    found = case(rows, f"R{100 + number}")
    assert found is not None
    assert (found["source_status"], found["status"]) == (status, OTHER_STATES[status])
    assert (found["closed_at"] is not None) == (OTHER_STATES[status] in ("closed", "declined", "cancelled"))
    assert refund(rows, f"R{100 + number}") is None


# Cancellations --------------------------------------------------------------------------------------------------------


def test_units_called_off_before_dispatch_are_no_refund(rows: Rows) -> None:
    assert refund(rows, "C1") is None


def test_an_order_called_off_as_a_whole_is_paid_back_with_shipping(rows: Rows) -> None:
    found = refund(rows, "C2")
    assert found is not None
    assert (found["total"], found["item"], found["shipping"]) == (D("38.99"), D("36.00"), D("2.99"))
    (part,) = [one for one in rows["refund_line"] if one["refund_id"] == "C2"]
    assert (part["quantity"], part["net"], part["restock_type"]) == (D(2), D("36.00"), "cancel")


def test_what_is_called_off_after_dispatch_is_a_refund(rows: Rows) -> None:
    found = refund(rows, "C3")
    assert found is not None
    assert found["total"] == D("18.00")


def test_both_spellings_of_a_withdrawn_request_and_one_that_nobody_knows(rows: Rows) -> None:
    found = {one["cancellation_id"]: (one["status"], one["requested_by"]) for one in rows["cancellation"]}
    assert found == {
        "C1": ("accepted", "customer"), "C2": ("accepted", "customer"), "C3": ("accepted", "customer"),
        "C4": ("requested", "channel"), "C5": ("rejected", "seller"), "C6": ("rejected", "unknown"),
        "C7": ("unknown", "customer"),
    }  # fmt: skip


# Money ----------------------------------------------------------------------------------------------------------------


def test_a_row_tells_what_came_in_what_was_kept_and_the_tax_on_it(rows: Rows) -> None:
    """36.00 of revenue less 3.26 commission, 1.99 shipping and 0.65 VAT."""
    found = line(rows, "T1")
    assert parts(found) == (D("36.00"), D("5.25"), D("0.65"), D("30.10"))
    assert (found["kind"], found["payout_id"], found["order_id"]) == ("charge", "P1", "577100000000000001")
    fees = [one for one in rows["sales_order_fee"] if one["order_id"] == found["order_id"]]
    assert [(one["fee_id"], one["kind"], one["net"], one["tax"]) for one in fees] == [
        ("T1/platform_commission_amount", "commission", D("3.26"), None),
        ("T1/tax", "other", D(0), D("0.65")),
    ]


def test_costs_that_are_subtracted_mean_the_same(rows: Rows) -> None:
    assert parts(line(rows, "T2")) == (D("36.00"), D("5.25"), D("0.65"), D("30.10"))


def test_shipping_paid_by_the_customer_belongs_to_the_order_and_notes_do_not_count(rows: Rows) -> None:
    assert parts(line(rows, "T3")) == (D("38.99"), D("5.51"), D(0), D("33.48"))


def test_a_sale_and_its_refund_in_one_row_are_two(rows: Rows) -> None:
    sold, back = line(rows, "T4"), line(rows, "T4/refund")
    assert (sold["kind"], back["kind"]) == ("charge", "refund")
    assert (parts(sold), parts(back)) == (
        (D("36.00"), D("3.91"), D(0), D("32.09")), (D("-18.00"), D(0), D(0), D("-18.00")),
    )  # fmt: skip
    assert line(rows, "T5")["kind"] == "refund"


def test_what_is_held_back_and_released_is_reserve(rows: Rows) -> None:
    assert [(line(rows, key)["kind"], line(rows, key)["net"]) for key in ("T6", "T7")] == [
        ("reserve", D("-2.00")), ("reserve", D("2.00")),
    ]  # fmt: skip
    assert line(rows, "T6")["order_id"] == "O1"


def test_adjustments_have_their_kind_and_a_new_one_is_other(rows: Rows) -> None:
    found = {key: (line(rows, key)["kind"], line(rows, key)["gross"]) for key in ("T8", "T9", "T10", "T11")}
    assert found == {
        "T8": ("dispute", D("-6.00")), "T9": ("adjustment", D("4.00")), "T10": ("fee", D("-9.00")),
        "T11": ("other", D("-1.00")),
    }  # fmt: skip
    assert line(rows, "T11")["source_type"] == "BRAND_NEW_KIND"


def test_a_row_that_does_not_add_up_stays_wrong_so_that_it_is_found(rows: Rows) -> None:
    gross, fee, tax, net = parts(line(rows, "T12"))
    assert (gross, fee, tax, net) == (D("30.00"), D("3.20"), D(0), D("27.00"))


def test_every_other_row_is_gross_less_fee_less_tax(rows: Rows) -> None:
    for one in rows["payout_line"]:
        if one["line_id"] != "T12":
            assert one["net"] == one["gross"] - one["fee"] - one["tax"], one["line_id"]


def test_rows_without_a_payment_wait(rows: Rows) -> None:
    assert line(rows, "T13")["payout_id"] is None


def test_parts_that_do_not_make_up_their_sum_are_not_trusted(rows: Rows) -> None:
    assert parts(line(rows, "T14")) == (D("30.00"), D("4.00"), D(0), D("26.00"))
    assert [one for one in rows["sales_order_fee"] if one["order_id"] == "O14"] == []


def test_a_payout_is_the_transfer_in_the_currency_of_its_statements(rows: Rows) -> None:
    found = {one["payout_id"]: (one["status"], one["kind"], one["currency"], one["net"]) for one in rows["payout"]}
    assert found == {
        "P1": ("paid", "deposit", "GBP", D("28.10")), "P2": ("in_transit", "deposit", "GBP", D("28.00")),
        "P3": ("failed", "withdrawal", "GBP", D("-3.00")), "P4": ("unknown", "deposit", "GBP", D("1.00")),
    }  # fmt: skip
