"""Adyen's settlement detail report: every pitfall of it, as a sentence."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.connectors.drop_folder import Damaged
from auditor.connectors.settlements import SettlementsConnector
from auditor.connectors.settlements.zones import utc_of
from auditor.errors import Incomplete
from tests.connectors.dropping import NOW, Row, drop, records, said, wrong
from tests.connectors.settlements.conftest import Account, Books
from tests.connectors.settlements.files import ADYEN, ADYEN_HEAD, ADYEN_PAYOUT, ADYEN_ROWS


def row(kind: str, debit: str = "", credit: str = "", text: str = "", batch: str = "381") -> str:
    return f'Acme,AcmeEU,,,,2026-11-19 12:00:00,CET,{kind},"{text}",EUR,,,,EUR,{debit},{credit},,,,,,{batch}\n'


def settled(account: Account) -> Row:
    return next(line for line in account.lines() if line["source_type"] == "Settled")


def test_the_example_of_the_contract_comes_out_to_the_cent(company: Books, folder: Path) -> None:
    drop(folder, "settlement_detail_report_batch_381.csv", ADYEN)
    company.read()
    (payout,) = company.payouts()
    assert payout == payout | {
        "payout_id": "381", "provider": "adyen", "status": "paid", "kind": "deposit", "currency": "EUR",
        "net": Decimal("24.56"), "issued_at": datetime(2026, 11, 20),
    }  # fmt: skip
    lines = {line["source_type"]: line for line in company.lines()}
    charge, refund = lines["Settled"], lines["Refunded"]
    assert charge == charge | {
        "kind": "charge", "gross": Decimal("44.98"), "fee": Decimal("0.43"), "net": Decimal("44.55"),
        "order_ref": "118", "transaction_id": "8815000000000001", "processed_at": datetime(2026, 11, 17, 7, 11, 2),
        "payout_id": "381",
    }  # fmt: skip
    assert (refund["kind"], refund["gross"], refund["fee"], refund["net"], refund["transaction_id"]) == (
        "refund", Decimal("-19.99"), 0, Decimal("-19.99"), "8815000000000003",
    )  # fmt: skip
    assert lines["MerchantPayout"]["kind"] == "transfer"
    assert sum(line["net"] for line in lines.values() if line["kind"] != "transfer") == payout["net"]


def test_the_fee_is_the_commission_where_there_is_one(account: Account, folder: Path) -> None:
    drop(folder, "a.csv", ADYEN.replace("44.55,,0.23,0.03,0.17", "44.55,0.43,,,"))
    account.read()
    assert settled(account)["fee"] == Decimal("0.43")


def test_where_commission_and_its_parts_are_both_filled_the_fee_is_what_agrees_with_gross_and_net(
    account: Account, folder: Path
) -> None:
    drop(folder, "a.csv", ADYEN.replace("44.55,,0.23,0.03,0.17", "44.55,0.43,0.23,0.03,0.17"))
    account.read()
    assert settled(account)["fee"] == Decimal("0.43")


def test_what_is_kept_back_is_carried_into_the_next_batch(account: Account, folder: Path) -> None:
    kept = row("Balancetransfer", debit="24.56", text="to batch 382")
    brought = row("Balancetransfer", credit="24.56", text="from batch 381", batch="382")
    payout = ADYEN_PAYOUT.replace("381", "382")
    drop(folder, "a.csv", ADYEN_HEAD + ADYEN_ROWS + kept)
    drop(folder, "b.csv", ADYEN_HEAD + brought + payout)
    account.read()
    assert [(each["payout_id"], each["net"]) for each in account.payouts()] == [
        ("381", Decimal(0)), ("382", Decimal("24.56")),
    ]  # fmt: skip
    for payout_id, net in (("381", Decimal(0)), ("382", Decimal("24.56"))):
        lines = [each for each in account.lines() if each["payout_id"] == payout_id]
        assert sum(each["net"] for each in lines if each["kind"] != "transfer") == net
        assert any(each["kind"] == "reserve" for each in lines)


def test_lines_above_the_header_of_an_old_export_are_skipped(account: Account, folder: Path) -> None:
    drop(folder, "a.csv", "Settlement Details\nBatch,381\n\n" + ADYEN)
    account.read()
    assert len(account.lines()) == 3


def test_columns_are_read_by_name(account: Account, folder: Path) -> None:
    lines = ADYEN.replace('"Payout batch 381"', "Payout batch 381").splitlines()
    turned = [lines[0].replace("Payment Method,", "Payment Method,Reserved4,", 1)]
    turned += [line.replace("visa,", "visa,x,", 1) for line in lines[1:3]] + [lines[3].replace(",,,,", ",,,,,", 1)]
    drop(folder, "a.csv", "\n".join(turned) + "\n")
    account.read()
    assert [payout["net"] for payout in account.payouts()] == [Decimal("24.56")]


def test_fees_and_corrections_without_an_order_are_lines_of_their_own(account: Account, folder: Path) -> None:
    text = ADYEN_HEAD + ADYEN_ROWS + row("Fee", "1.00", text="Fixed fee") + row("DepositCorrection", "2.00")
    text += row("ManualCorrected", credit="0.50") + row("SecondChargeback", "3.00") + row("InvoiceDeduction", "1.06")
    text += ADYEN_PAYOUT.replace("24.56", "18.00")
    drop(folder, "a.csv", text)
    account.read()
    kinds = {line["source_type"]: (line["kind"], line["gross"], line["net"]) for line in account.lines()}
    assert kinds["Fee"] == ("fee", Decimal("-1.00"), Decimal("-1.00"))
    assert kinds["DepositCorrection"][0] == "reserve"
    assert kinds["ManualCorrected"] == ("adjustment", Decimal("0.50"), Decimal("0.50"))
    assert kinds["SecondChargeback"][0] == "dispute"
    assert kinds["InvoiceDeduction"][0] == "fee"


def test_two_rows_alike_are_two_lines(account: Account, folder: Path) -> None:
    fees = row("Fee", "1.00", text="Fixed fee") * 2
    drop(folder, "a.csv", ADYEN_HEAD + ADYEN_ROWS + fees + ADYEN_PAYOUT.replace("24.56", "22.56"))
    account.read()
    assert sum(line["net"] for line in account.lines() if line["kind"] == "fee") == Decimal("-2.00")


def test_an_order_in_another_currency_is_compared_with_the_bank_in_the_banks(account: Account, folder: Path) -> None:
    """Gross is told in the order's currency; what was settled is what arrived and what was kept of it."""
    text = ADYEN.replace("EUR,,44.98,1,EUR,,44.55", "USD,,52.00,0.865,EUR,,44.55")
    drop(folder, "a.csv", text)
    account.read()
    charge = settled(account)
    assert (charge["currency"], charge["gross"], charge["fee"], charge["net"]) == (
        "EUR", Decimal("44.98"), Decimal("0.43"), Decimal("44.55"),
    )  # fmt: skip
    body = next(iter(records(account.connector, "payout_lines").values()))
    assert b'"order_currency":"USD","order_gross":"52.00"' in body


def test_a_payout_that_the_bank_returned_has_failed(account: Account, folder: Path) -> None:
    back = row("BankInstructionReturned", credit="24.56", text="Payout batch 381 returned", batch="382")
    drop(folder, "a.csv", ADYEN)
    drop(folder, "b.csv", ADYEN_HEAD + back + ADYEN_PAYOUT.replace("381", "382"))
    account.read()
    assert {each["payout_id"]: each["status"] for each in account.payouts()} == {"381": "failed", "382": "paid"}
    line = next(each for each in account.lines() if each["source_type"] == "BankInstructionReturned")
    assert (line["kind"], line["payout_id"], line["net"]) == ("adjustment", "382", Decimal("24.56"))


def test_an_unknown_type_counts_as_other_and_keeps_its_word(account: Account, folder: Path) -> None:
    drop(folder, "a.csv", ADYEN_HEAD + ADYEN_ROWS + row("Sparkle", "0.56") + ADYEN_PAYOUT.replace("24.56", "24.00"))
    account.read()
    line = next(each for each in account.lines() if each["source_type"] == "Sparkle")
    assert (line["kind"], line["net"]) == ("other", Decimal("-0.56"))
    assert any("Sparkle is not known here" in message for message in wrong(said(account.connector)))


def test_a_corrected_batch_replaces_the_first_one_with_all_its_rows(account: Account, folder: Path) -> None:
    extra = row("Fee", "1.00", text="by mistake")
    wrong_one = ADYEN_HEAD + ADYEN_ROWS + extra + ADYEN_PAYOUT.replace("24.56", "23.56")
    drop(folder, "batch_381.csv", wrong_one, at=NOW - timedelta(days=2))
    account.read()
    assert len(account.lines()) == 4
    drop(folder, "batch_381_again.csv", ADYEN, at=NOW - timedelta(days=1))
    # The first one, copied once more, is no news.
    drop(folder, "copy.csv", wrong_one, at=NOW - timedelta(hours=1))
    account.read()
    assert len(account.lines()) == 3
    assert account.payouts()[0]["net"] == Decimal("24.56")


def test_a_batch_that_is_missing_is_told_by_doctor(connector: SettlementsConnector, folder: Path) -> None:
    for batch in (381, 382, 385):
        drop(folder, f"{batch}.csv", ADYEN.replace("381", str(batch)))
    assert "account AcmeEU: batch 383, 384 is missing (2 in all); fetch the files of it." in wrong(said(connector))


def test_a_batch_without_its_transfer_must_come_out_at_zero(connector: SettlementsConnector, folder: Path) -> None:
    drop(folder, "a.csv", ADYEN_HEAD + ADYEN_ROWS)
    (message,) = wrong(said(connector))
    assert "line 3: batch 381 ends without MerchantPayout and does not come out at zero (24.56 is left)" in message


def test_two_accounts_that_count_alike_are_not_mixed(connector: SettlementsConnector, folder: Path) -> None:
    drop(folder, "a.csv", ADYEN)
    drop(folder, "b.csv", ADYEN.replace("AcmeEU", "AcmeUK"))
    with pytest.raises(Incomplete, match="batch 381 is there for the accounts AcmeEU and AcmeUK"):
        records(connector, "payouts")
    assert any("give each merchant account a folder" in message for message in wrong(said(connector)))


@pytest.mark.parametrize(
    ("local", "zone", "utc"),
    [
        (datetime(2026, 1, 10, 12), "CET", datetime(2026, 1, 10, 11)),
        (datetime(2026, 7, 10, 12), "CEST", datetime(2026, 7, 10, 10)),
        (datetime(2026, 7, 10, 12), "CET", datetime(2026, 7, 10, 10)),  # written so all year
        (datetime(2026, 10, 25, 2, 30), "CEST", datetime(2026, 10, 25, 0, 30)),  # the hour that comes twice
        (datetime(2026, 10, 25, 2, 30), "CET", datetime(2026, 10, 25, 1, 30)),
        (datetime(2026, 7, 10, 12), "GMT", datetime(2026, 7, 10, 12)),
        (datetime(2026, 7, 10, 12), "BST", datetime(2026, 7, 10, 11)),
        (datetime(2026, 7, 10, 12), "PDT", datetime(2026, 7, 10, 19)),
        (datetime(2026, 7, 10, 12), "Asia/Kolkata", datetime(2026, 7, 10, 6, 30)),
    ],
)
def test_times_are_in_the_zone_that_stands_beside_them(local: datetime, zone: str, utc: datetime) -> None:
    assert utc_of(local, zone, 2) == utc


@pytest.mark.parametrize("zone", ["XYZ", "../etc/passwd", None])
def test_a_zone_that_nobody_knows_is_an_error_not_a_guess(zone: str | None) -> None:
    with pytest.raises(Damaged, match="line 7"):
        utc_of(datetime(2026, 7, 10), zone, 7)


def test_a_batch_without_a_transfer_is_of_the_day_on_which_its_last_row_was_booked(
    account: Account, folder: Path
) -> None:
    text = ADYEN_HEAD + ADYEN_ROWS + row("Balancetransfer", debit="24.56", text="to batch 382")
    lines = text.splitlines()
    booked = [
        lines[0] + ",Booking Date,Booking Date TimeZone",
        *(f"{line},2026-11-20 01:00:00,CET" for line in lines[1:]),
    ]
    drop(folder, "a.csv", "\n".join(booked) + "\n")
    account.read()
    assert [payout["issued_at"] for payout in account.payouts()] == [datetime(2026, 11, 20)]
