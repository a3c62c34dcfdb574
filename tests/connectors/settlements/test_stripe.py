"""Stripe's reports: every pitfall of them, as a sentence."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.connectors.delimited import Row as Fields
from auditor.connectors.settlements import SettlementsConnector
from auditor.connectors.settlements.stripe import order_of
from tests.connectors.dropping import NOW, drop, said, wrong
from tests.connectors.settlements.conftest import Account, Books
from tests.connectors.settlements.files import STRIPE, STRIPE_HEAD, STRIPE_PAYOUT, STRIPE_ROWS


def test_the_example_of_the_contract_comes_out_to_the_cent(company: Books, folder: Path) -> None:
    drop(folder, "payouts.csv", STRIPE)
    company.read()
    (payout,) = company.payouts()
    assert payout == payout | {
        "channel": "shop", "payout_id": "po_1A", "provider": "stripe", "issued_at": datetime(2026, 11, 20),
        "status": "paid", "kind": "deposit", "currency": "EUR", "net": Decimal("23.44"),
    }  # fmt: skip
    charge, refund, transfer = company.lines()
    assert charge == charge | {
        "line_id": "txn_1", "payout_id": "po_1A", "kind": "charge", "source_type": "charge", "currency": "EUR",
        "gross": Decimal("44.98"), "fee": Decimal("1.55"), "net": Decimal("43.43"), "order_ref": "118",
        "transaction_id": "ch_1", "processed_at": datetime(2026, 11, 17, 8, 11, 2),
    }  # fmt: skip
    assert (refund["kind"], refund["gross"], refund["fee"], refund["order_ref"]) == (
        "refund", Decimal("-19.99"), 0, "118",
    )  # fmt: skip
    assert refund["transaction_id"] == "re_1", "a refund is a transaction of its own"
    assert (transfer["kind"], transfer["net"]) == ("transfer", Decimal("-23.44"))


def test_columns_may_stand_in_any_order_and_there_may_be_others(account: Account, folder: Path) -> None:
    rows = [line.split(",") for line in STRIPE.splitlines()]
    turned = "\n".join(",".join(["x", *reversed(row)]) for row in rows) + "\n"
    drop(folder, "a.csv", STRIPE)
    account.read()
    plain = account.lines()
    drop(folder, "a.csv", turned)
    account.read()
    assert account.lines() == plain


def test_local_payments_are_charges_and_refunds_too(account: Account, folder: Path) -> None:
    """Their type is payment and payment_refund, their reporting category is not."""
    drop(folder, "a.csv", STRIPE.replace("ch_1,ch_1,", "py_1,py_1,").replace("re_1,ch_1", "pyr_1,py_1"))
    account.read()
    assert [line["kind"] for line in account.lines()] == ["charge", "refund", "transfer"]
    assert account.lines()[0]["transaction_id"] == "py_1"


def test_a_partial_capture_is_a_charge_and_its_reversal(account: Account, folder: Path) -> None:
    reversal = (
        "po_1A,2026-11-20,txn_9,2026-11-17 08:11:03,eur,-4.98,0.00,-4.98,partial_capture_reversal,ch_1,ch_1,pi_1,\n"
    )
    drop(folder, "a.csv", STRIPE_HEAD + STRIPE_ROWS + reversal)
    account.read()
    lines = account.lines()
    assert sum(line["gross"] for line in lines if line["kind"] == "charge") == Decimal("40.00")


def test_a_word_that_nobody_knows_is_kept_counts_and_is_told_by_doctor(
    account: Account, connector: SettlementsConnector, folder: Path
) -> None:
    odd = "po_1A,2026-11-20,txn_9,2026-11-17 08:11:03,eur,-1.00,0.00,-1.00,shiny_new_fee,x_1,,,\n"
    drop(folder, "a.csv", STRIPE_HEAD + STRIPE_ROWS + odd)
    account.read()
    line = next(line for line in account.lines() if line["line_id"] == "txn_9")
    assert (line["kind"], line["source_type"], line["payout_id"]) == ("other", "shiny_new_fee", "po_1A")
    assert any("shiny_new_fee is not known here" in message for message in wrong(said(connector)))


def test_the_amount_of_a_payout_is_what_stripe_says_not_what_its_rows_add_up_to(account: Account, folder: Path) -> None:
    drop(folder, "a.csv", STRIPE.replace("-23.44,0.00,-23.44", "-18.44,0.00,-18.44"))
    account.read()
    assert account.payouts()[0]["net"] == Decimal("18.44")


def test_without_the_payouts_own_row_it_is_the_sum_and_doctor_says_that_nothing_proves_it(
    account: Account, connector: SettlementsConnector, folder: Path
) -> None:
    drop(folder, "a.csv", STRIPE_HEAD + STRIPE_ROWS)
    account.read()
    assert account.payouts()[0]["net"] == Decimal("23.44")
    assert any("no file tells what po_1A amounted to" in message for message in wrong(said(connector)))


def test_the_list_of_payouts_tells_the_amount_whatever_its_sign(
    account: Account, connector: SettlementsConnector, folder: Path
) -> None:
    listed = (
        "payout_id,effective_at,balance_transaction_id,currency,gross,fee,net,reporting_category,payout_status\n"
        "po_1A,2026-11-20 00:00:00,txn_3,eur,-23.50,0.00,-23.50,payout,paid\n"
        "po_2B,2026-11-21 00:00:00,txn_4,eur,10.00,0.00,10.00,payout,in_transit\n"
    )
    drop(folder, "rows.csv", STRIPE_HEAD + STRIPE_ROWS)
    drop(folder, "list.csv", listed)
    account.read()
    assert {row["payout_id"]: (row["net"], row["status"]) for row in account.payouts()} == {
        "po_1A": (Decimal("23.50"), "paid"), "po_2B": (Decimal("10.00"), "in_transit"),
    }  # fmt: skip
    assert not any("no file tells" in message for message in wrong(said(connector)))


def test_a_payout_that_takes_money_back_is_a_withdrawal(company: Books, folder: Path) -> None:
    rows = "po_9,2026-11-20,txn_1,2026-11-17 08:11:02,eur,-19.99,0.00,-19.99,refund,re_1,ch_1,pi_1,\n"
    own = "po_9,2026-11-20,txn_2,2026-11-19 00:00:00,eur,19.99,0.00,19.99,payout,po_9,,,\n"
    drop(folder, "a.csv", STRIPE_HEAD + rows + own)
    company.read()
    assert [(row["kind"], row["net"]) for row in company.payouts()] == [("withdrawal", Decimal("-19.99"))]


def test_a_payout_that_came_back_has_failed_and_the_money_counts_in_the_next_one(
    account: Account, folder: Path
) -> None:
    back = "po_2B,2026-11-27,txn_8,2026-11-21 00:00:00,eur,23.44,0.00,23.44,payout_reversal,po_1A,,,\n"
    drop(folder, "a.csv", STRIPE)
    drop(folder, "b.csv", STRIPE_HEAD + back)
    account.read()
    assert {row["payout_id"]: (row["status"], row["source_status"]) for row in account.payouts()} == {
        "po_1A": ("failed", "payout_reversal"), "po_2B": ("paid", "automatic_payout"),
    }  # fmt: skip
    line = next(line for line in account.lines() if line["line_id"] == "txn_8")
    assert (line["kind"], line["payout_id"]) == ("adjustment", "po_2B")


def test_what_an_instant_payout_costs_is_a_line_of_its_own(account: Account, folder: Path) -> None:
    own = "po_1A,2026-11-20,txn_3,2026-11-19 00:00:00,eur,-23.00,0.44,-23.44,payout,po_1A,,,\n"
    drop(folder, "a.csv", STRIPE_HEAD + STRIPE_ROWS + own)
    account.read()
    counted = [line["net"] for line in account.lines() if line["kind"] != "transfer"]
    assert account.payouts()[0]["net"] == sum(counted) == Decimal("23.00")


def test_a_manual_payout_which_stripe_does_not_itemise_has_one_line_for_all(account: Account, folder: Path) -> None:
    own = ",,txn_7,2026-11-19 00:00:00,eur,-50.00,0.00,-50.00,payout,po_M,,,\n"
    drop(folder, "a.csv", STRIPE + own)
    account.read()
    lines = [line for line in account.lines() if line["payout_id"] == "po_M"]
    assert [(line["kind"], line["source_type"], line["net"]) for line in lines if line["kind"] != "transfer"] == [
        ("other", "not_itemised", Decimal("50.00"))
    ]


def test_a_row_waits_without_a_payout_until_a_later_report_knows_it(account: Account, folder: Path) -> None:
    waiting = STRIPE_ROWS.replace("po_1A,2026-11-20", ",")
    drop(folder, "z.csv", STRIPE_HEAD + waiting, at=NOW - timedelta(days=1))
    account.read()
    assert {line["payout_id"] for line in account.lines()} == {None}
    assert account.payouts() == []
    # Whichever file is newer on the disk: rows only ever change by getting a payout.
    drop(folder, "a.csv", STRIPE, at=NOW - timedelta(days=3))
    account.read()
    assert {line["payout_id"] for line in account.lines()} == {"po_1A"}
    assert len(account.lines()) == 3


def test_reports_that_overlap_give_each_row_once_and_the_sum_of_all(account: Account, folder: Path) -> None:
    first, second = STRIPE_ROWS.splitlines(keepends=True)
    drop(folder, "a.csv", STRIPE_HEAD + first)
    drop(folder, "b.csv", STRIPE_HEAD + first + second)
    drop(folder, "c.csv", STRIPE_HEAD + second)
    account.read()
    assert len(account.lines()) == 2
    assert account.payouts()[0]["net"] == Decimal("23.44")


def test_times_that_are_not_marked_as_utc_are_the_companys(account: Account, folder: Path) -> None:
    summer = STRIPE_HEAD.replace("created_utc", "created") + STRIPE_ROWS.replace("2026-11-17 08", "2026-07-17 08")
    drop(folder, "a.csv", summer)
    account.read()
    assert account.lines()[0]["processed_at"] == datetime(2026, 7, 17, 7, 11, 2), "London in summer"


def test_a_fee_that_disagrees_with_gross_and_net_is_kept_for_a_check_to_judge(account: Account, folder: Path) -> None:
    drop(folder, "a.csv", STRIPE.replace("44.98,1.55,43.43", "44.98,1.75,43.43"))
    account.read()
    line = account.lines()[0]
    assert line["gross"] - line["fee"] != line["net"]


def test_a_payout_in_two_currencies_is_refused(folder: Path, connector: SettlementsConnector) -> None:
    drop(folder, "a.csv", STRIPE.replace("2026-11-18 10:01:05,eur", "2026-11-18 10:01:05,gbp"))
    assert any("line 3: po_1A has rows in EUR and in GBP" in message for message in wrong(said(connector)))


@pytest.mark.parametrize(
    ("fields", "order"),
    [
        ({"description": "Order 118"}, "118"),
        ({"description": "REFUND FOR CHARGE (Order #000000118)"}, "000000118"),
        ({"description": "order no. 118-B"}, "118-B"),
        ({"description": "Payment for invoice"}, None),
        ({"description": "Reorder of stock"}, None),
        ({"description": "order placed by phone"}, None),
        ({"payment_metadata[order_id]": "118", "description": "Order 7"}, "118"),
        ({"payment_metadata[order_id]": "55", "payment_metadata[increment_id]": "000000118"}, "000000118"),
        ({"refund_metadata[Order-Number]": "118"}, "118"),
        ({"payment_metadata[customer]": "Jo"}, None),
    ],
)
def test_the_order_stands_where_the_shop_wrote_it(fields: dict[str, str], order: str | None) -> None:
    assert order_of(Fields(2, fields)) == order


def test_descriptions_and_customers_are_not_kept(account: Account, folder: Path) -> None:
    text = STRIPE.replace("description\n", "description,customer_email\n").replace("Order 118", "Order 118 Jo Bloggs")
    rows = text.splitlines()
    drop(folder, "a.csv", "\n".join([rows[0], *(f"{row},jo@example.com" for row in rows[1:])]) + "\n")
    account.read()
    assert "Jo" not in account.text()
    assert "example.com" not in account.text()
    assert account.lines()[0]["order_ref"] == "118"


def test_the_payouts_row_may_be_missing_from_one_file_and_come_in_another(account: Account, folder: Path) -> None:
    drop(folder, "a.csv", STRIPE_HEAD + STRIPE_ROWS)
    account.read()
    drop(folder, "b.csv", STRIPE_HEAD + STRIPE_PAYOUT.replace("23.44", "23.40"))
    account.read()
    assert account.payouts()[0]["net"] == Decimal("23.40")
