"""PayPal's settlement report: every pitfall of it, as a sentence."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.connectors.settlements import SettlementsConnector
from tests.connectors.dropping import NOW, Row, drop, said, wrong
from tests.connectors.settlements.conftest import Account, Books
from tests.connectors.settlements.files import PAYPAL_ROWS, paypal, paypal_row

DAY1, DAY2, DAY3 = "2026/11/17", "2026/11/18", "2026/11/19"


def withdrawal(identity: str, day: str, amount: int, fee: int = 0, hour: int = 23) -> str:
    return paypal_row(identity, "T0400", f"{day} {hour}:00:00 +0100", -amount, fee)


def charge(identity: str, day: str, amount: int, fee: int = 0, hour: int = 9) -> str:
    return paypal_row(identity, "T0006", f"{day} {hour:02d}:00:00 +0100", amount, fee, invoice=identity)


def of(account: Account | Books, payout_id: str | None) -> list[Row]:
    return [line for line in account.lines() if line["payout_id"] == payout_id]


def adds_up(account: Account | Books, payout_id: str) -> bool:
    (payout,) = [each for each in account.payouts() if each["payout_id"] == payout_id]
    return bool(payout["net"] == sum(line["net"] for line in of(account, payout_id) if line["kind"] != "transfer"))


def test_the_rows_of_the_contract_come_out_to_the_cent(account: Account, folder: Path) -> None:
    drop(folder, "STL-20261117.01.009.CSV", paypal(*PAYPAL_ROWS, end=4498 - 147 - 1999))
    account.read()
    assert account.payouts() == [], "nothing went to the bank yet"
    lines = {line["kind"]: line for line in account.lines()}
    assert lines["charge"] == lines["charge"] | {
        "payout_id": None, "source_type": "T0006", "currency": "EUR", "gross": Decimal("44.98"),
        "fee": Decimal("1.47"), "net": Decimal("43.51"), "order_ref": "118", "transaction_id": "8AB12345CD678901E",
        "processed_at": datetime(2026, 11, 17, 7, 11, 2),
    }  # fmt: skip
    assert (lines["refund"]["gross"], lines["refund"]["fee"], lines["refund"]["order_ref"]) == (
        Decimal("-19.99"), 0, "118",
    )  # fmt: skip


def test_a_withdrawal_and_the_rows_since_the_last_one_are_a_payout(company: Books, folder: Path) -> None:
    drop(folder, "1.csv", paypal(charge("A", DAY1, 10000, 300), withdrawal("W1", DAY1, 9700), day=DAY1))
    drop(folder, "2.csv", paypal(charge("B", DAY2, 5000, 150), day=DAY2, end=4850))
    drop(folder, "3.csv", paypal(charge("C", DAY3, 1000), withdrawal("W2", DAY3, 5850), day=DAY3, begin=4850))
    company.read()
    assert {each["payout_id"]: each["net"] for each in company.payouts()} == {
        "W1": Decimal("97.00"), "W2": Decimal("58.50"),
    }  # fmt: skip
    assert sorted(line["order_ref"] for line in of(company, "W2") if line["kind"] == "charge") == ["B", "C"]
    assert adds_up(company, "W1")
    assert adds_up(company, "W2")


def test_what_stays_on_the_account_is_carried_from_one_payout_into_the_next(account: Account, folder: Path) -> None:
    """begin balance + rows = withdrawal + end balance"""
    rows = charge("A", DAY1, 10000, 300), withdrawal("W1", DAY1, 8000)
    drop(folder, "1.csv", paypal(*rows, day=DAY1, begin=500, end=2200))
    drop(folder, "2.csv", paypal(charge("B", DAY2, 5000), withdrawal("W2", DAY2, 7200), day=DAY2, begin=2200))
    account.read()
    first = {line["source_type"]: line for line in of(account, "W1")}
    assert first["balance brought forward"]["net"] == Decimal("5.00")
    assert first["balance carried forward"]["net"] == Decimal("-22.00")
    assert first["balance carried forward"]["kind"] == "reserve"
    assert {line["source_type"]: line["net"] for line in of(account, "W2")} == {
        "balance brought forward": Decimal("22.00"), "T0006": Decimal("50.00"), "T0400": Decimal("-72.00"),
    }  # fmt: skip
    assert adds_up(account, "W1")
    assert adds_up(account, "W2")


def test_rows_that_do_not_lead_to_the_balance_paypal_tells_break_one_payout(account: Account, folder: Path) -> None:
    rows = charge("A", DAY1, 10000, 300), withdrawal("W1", DAY1, 9700), charge("B", DAY1, 1000, hour=23)
    text = paypal(*rows, withdrawal("W2", DAY1, 1000), day=DAY1, begin=0, end=0)
    drop(folder, "1.csv", text.replace('"DR",300', '"DR",350'))
    account.read()
    assert not adds_up(account, "W1"), "50 cents of fee that the balance knows nothing of"
    assert adds_up(account, "W2")


def test_several_withdrawals_in_a_day_divide_its_rows_by_time(account: Account, folder: Path) -> None:
    rows = [
        charge("B", DAY1, 2000, hour=15),
        withdrawal("W1", DAY1, 1000, hour=12),
        charge("A", DAY1, 1000, hour=9),
        withdrawal("W2", DAY1, 2000),
    ]
    drop(folder, "1.csv", paypal(*rows))
    account.read()
    assert [line["order_ref"] for line in of(account, "W1") if line["kind"] == "charge"] == ["A"]
    assert [line["order_ref"] for line in of(account, "W2") if line["kind"] == "charge"] == ["B"]


def test_what_a_withdrawal_costs_is_a_line_and_not_part_of_what_the_bank_gets(account: Account, folder: Path) -> None:
    drop(folder, "1.csv", paypal(charge("A", DAY1, 10000), withdrawal("W1", DAY1, 9900, 100)))
    account.read()
    assert account.payouts()[0]["net"] == Decimal("99.00")
    assert adds_up(account, "W1")
    assert [line["fee"] for line in of(account, "W1") if line["kind"] == "fee"] == [Decimal("1.00")]


def test_money_from_the_bank_is_a_payout_of_a_negative_amount(account: Account, folder: Path) -> None:
    rows = (
        PAYPAL_ROWS[1],
        paypal_row("D1", "T0300", f"{DAY1} 23:00:00 +0100", 1999),
    )
    drop(folder, "1.csv", paypal(*rows))
    account.read()
    assert [(each["payout_id"], each["net"]) for each in account.payouts()] == [("D1", Decimal("-19.99"))]
    assert adds_up(account, "D1")


def test_after_days_that_are_missing_a_payout_begins_with_the_balance_paypal_tells(
    account: Account, connector: SettlementsConnector, folder: Path
) -> None:
    drop(folder, "1.csv", paypal(charge("A", DAY1, 1000), day=DAY1, end=1000))
    drop(folder, "3.csv", paypal(charge("C", DAY3, 500), withdrawal("W", DAY3, 3500), day=DAY3, begin=3000))
    account.read()
    assert adds_up(account, "W")
    assert {line["source_type"]: line["net"] for line in of(account, "W")}["balance brought forward"] == 30
    assert [line["order_ref"] for line in of(account, None)] == ["A"], "nobody knows which withdrawal took it"
    assert "account ACC1: nothing from 2026-11-17 22:59 to 2026-11-18 23:00; fetch the files of it." in wrong(
        said(connector)
    )
    drop(folder, "2.csv", paypal(charge("B", DAY2, 2000), day=DAY2, begin=1000, end=3000))
    account.read()
    assert sorted(line["order_ref"] for line in of(account, "W") if line["kind"] == "charge") == ["A", "B", "C"]
    assert adds_up(account, "W")
    assert wrong(said(connector)) == []


def test_rows_get_their_payout_when_the_withdrawal_comes_days_later(account: Account, folder: Path) -> None:
    drop(folder, "1.csv", paypal(charge("A", DAY1, 1000), day=DAY1, end=1000))
    account.read()
    assert [line["order_ref"] for line in of(account, None)] == ["A"]
    drop(folder, "2.csv", paypal(withdrawal("W", DAY2, 1000), day=DAY2, begin=1000))
    account.read()
    assert of(account, None) == []
    assert len(of(account, "W")) == 2


def test_a_new_version_of_a_day_replaces_it(account: Account, folder: Path) -> None:
    old = paypal(charge("A", DAY1, 1000), charge("X", DAY1, 1), end=1001, made="2026/11/18 08:00:00 +0100")
    new = paypal(charge("A", DAY1, 1000), end=1000, made="2026/11/18 11:00:00 +0100")
    # PayPal says when it made a report; that counts, not when somebody copied the file.
    drop(folder, "STL-20261117.01.009.CSV", old, at=NOW - timedelta(hours=1))
    drop(folder, "STL-20261117.01.010.CSV", new, at=NOW - timedelta(hours=5))
    account.read()
    assert [line["order_ref"] for line in account.lines()] == ["A"]


def test_a_day_in_several_files_is_one_section(account: Account, folder: Path) -> None:
    first = paypal(charge("A", DAY1, 1000), footer=False, sequence=1)
    second = paypal(charge("B", DAY1, 500, hour=10), withdrawal("W", DAY1, 1500), sequence=2)
    drop(folder, "STL-20261117.01.009.CSV", first)
    account.read()
    assert any("goes on in a file that is not here" in message for message in wrong(said(account.connector)))
    drop(folder, "STL-20261117.02.009.CSV", second)
    account.read()
    assert wrong(said(account.connector)) == []
    assert len(of(account, "W")) == 3
    assert adds_up(account, "W")


def test_each_currency_has_its_own_balance(account: Account, folder: Path) -> None:
    euro = charge("A", DAY1, 1000), withdrawal("W1", DAY1, 1000)
    dollar = paypal_row("U", "T0006", f"{DAY1} 09:00:00 +0100", 700, currency="USD")
    text = paypal(*euro, dollar).replace('"SC"', '"SF","USD",0,0,0,0,"CR",100,"CR",800,"CR",0,"CR",0,1\n"SC"')
    drop(folder, "1.csv", text)
    account.read()
    assert adds_up(account, "W1")
    assert {line["currency"] for line in of(account, "W1")} == {"EUR"}
    assert [line["currency"] for line in of(account, None)] == ["USD"]


def test_rows_of_a_currency_conversion_belong_to_no_order_and_count(account: Account, folder: Path) -> None:
    pair = paypal_row("C1", "T0200", f"{DAY1} 09:00:00 +0100", -500)
    drop(folder, "1.csv", paypal(charge("A", DAY1, 1000), pair, end=500))
    account.read()
    line = next(line for line in account.lines() if line["source_type"] == "T0200")
    assert (line["kind"], line["order_ref"], line["net"]) == ("other", None, Decimal("-5.00"))


@pytest.mark.parametrize(
    ("code", "amount", "kind"),
    [
        ("T0006", 100, "charge"), ("T0007", 100, "charge"), ("T0003", 100, "charge"), ("T0001", -100, "other"),
        ("T0101", -100, "fee"), ("T1107", -100, "refund"), ("T1106", -100, "dispute"), ("T1105", 100, "reserve"),
        ("T1201", -100, "dispute"), ("T1503", -100, "reserve"),
        ("T0401", -100, "transfer"), ("T0403", -100, "transfer"),
        ("T9999", -100, "other"),
    ],
)  # fmt: skip
def test_codes_are_read_by_their_group(account: Account, folder: Path, code: str, amount: int, kind: str) -> None:
    drop(folder, "1.csv", paypal(paypal_row("A", code, f"{DAY1} 09:00:00 +0100", amount), end=amount))
    account.read()
    line = next(line for line in account.lines() if line["source_type"] == code)
    assert (line["kind"], line["gross"]) == (kind, Decimal(amount) / 100)


def test_a_code_that_nobody_knows_is_told_by_doctor(connector: SettlementsConnector, folder: Path) -> None:
    drop(folder, "1.csv", paypal(paypal_row("A", "T9999", f"{DAY1} 09:00:00 +0100", 100), end=100))
    assert any("T9999 is not known here" in message for message in wrong(said(connector)))


@pytest.mark.parametrize(
    ("amount", "fee", "gross", "reading"),
    [(1234, 40, "1234", "whole units"), (123400, 4000, "1234", "hundredths")],
)
def test_a_currency_without_decimals_is_read_as_its_amounts_allow_and_doctor_says_how(
    account: Account, folder: Path, amount: int, fee: int, gross: str, reading: str
) -> None:
    rows = paypal_row("A", "T0006", f"{DAY1} 09:00:00 +0100", amount, fee, currency="JPY")
    drop(folder, "1.csv", paypal(rows, currency="JPY", end=amount - fee))
    account.read()
    assert account.lines()[0]["gross"] == Decimal(gross)
    assert any(f"amounts in JPY are read as {reading}" in message for message in wrong(said(account.connector)))


def test_an_offset_is_part_of_the_time(account: Account, folder: Path) -> None:
    row = paypal_row("A", "T0006", "2026/11/17 23:30:00 -0800", 100)
    drop(folder, "1.csv", paypal(row, end=100))
    account.read()
    assert account.lines()[0]["processed_at"] == datetime(2026, 11, 18, 7, 30)


def test_the_custom_field_names_the_order_where_there_is_no_invoice(account: Account, folder: Path) -> None:
    row = paypal_row("A", "T0006", f"{DAY1} 09:00:00 +0100", 100, custom="000000118")
    drop(folder, "1.csv", paypal(row, end=100))
    account.read()
    assert account.lines()[0]["order_ref"] == "000000118"


def test_who_paid_is_not_kept(account: Account, folder: Path) -> None:
    drop(folder, "1.csv", paypal(*PAYPAL_ROWS, end=2352))
    account.read()
    assert "PAYER1" not in account.text()


def test_the_balances_may_stand_in_any_of_the_footers_pairs(account: Account, folder: Path) -> None:
    text = paypal(charge("A", DAY1, 1000), withdrawal("W", DAY1, 700), begin=0, end=0)
    told = '"CR",9,"CR",9,"CR",0,"CR",0,"CR",50,"CR",350'
    drop(folder, "1.csv", text.replace(",".join(['"CR",0'] * 6), told))
    account.read()
    assert adds_up(account, "W")


def test_a_count_that_includes_more_than_rows_condemns_nothing_while_the_balances_come_out(
    account: Account, folder: Path
) -> None:
    drop(folder, "1.csv", paypal(charge("A", DAY1, 1000), end=1000, counted=4))
    account.read()
    assert len(account.lines()) == 1


def test_a_section_with_a_row_too_few_is_refused(connector: SettlementsConnector, folder: Path) -> None:
    drop(folder, "1.csv", paypal(charge("A", DAY1, 1000), end=2000, counted=2))
    (message,) = wrong(said(connector))
    assert "line 7: the section counts 2 rows and has 1, and its balances do not come out" in message
