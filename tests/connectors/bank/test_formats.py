"""The four formats of a bank: what is read of each, to the penny, and nobody's name."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.clock import FixedClock
from tests.connectors.bank.conftest import Account, connect
from tests.connectors.bank.files import CAMT, CSV, ENTRY, MT940, OFX1, OFX2, camt, entry
from tests.connectors.dropping import NOW, Company, drop, said, wrong


def read(account: Account, folder: Path, text: str | bytes, name: str = "a.txt") -> Account:
    drop(folder, name, text)
    account.read()
    return account


# CAMT.053 -------------------------------------------------------------------------------------------------------------


def test_a_camt_statement_comes_out_to_the_penny(company: Company, folder: Path) -> None:
    drop(folder, "a.xml", CAMT)
    assert [result.status for result in company.read()] == ["complete"]
    (line,) = company.rows("bank_line")
    assert line == {
        "account": "GB33BUKB20201555555555", "line_id": "S1/1", "booked_on": date(2026, 11, 20),
        "value_on": date(2026, 11, 21), "amount": Decimal("501.17"), "currency": "GBP", "bank_reference": "B1",
        "end_to_end_id": "E2E1", "reference": "STRIPE po_1A", "source_type": "PMNT/RCDT/ESCT", "is_reversal": False,
    }  # fmt: skip
    (balance,) = company.rows("bank_balance")
    assert balance == {
        "account": "GB33BUKB20201555555555", "statement_id": "S1", "opened_on": date(2026, 11, 19),
        "closed_on": date(2026, 11, 20), "opening": Decimal("1000"), "closing": Decimal("1501.17"), "currency": "GBP",
    }  # fmt: skip


@pytest.mark.parametrize("version", ["02", "04", "12"])
def test_every_version_of_camt_is_read(account: Account, folder: Path, version: str) -> None:
    assert len(read(account, folder, camt(ENTRY, version=version)).lines()) == 1


def test_a_prefix_of_the_namespace_changes_nothing(account: Account, folder: Path) -> None:
    text = CAMT.replace("xmlns=", "xmlns:n=").replace("</", "</n:").replace("<", "<n:")
    text = text.replace("<n:?", "<?").replace("<n:/n:", "</n:")
    assert len(read(account, folder, text).lines()) == 1


def test_money_out_is_negative_and_balances_may_be(account: Account, folder: Path) -> None:
    text = camt(entry("20.50", "DBIT"), opening="5.25", closing="15.25", sides=("CRDT", "DBIT"))
    read(account, folder, text)
    assert account.lines()[0]["amount"] == Decimal("-20.50")
    assert account.balances()[0]["closing"] == Decimal("-15.25")


def test_a_batch_is_one_booking_as_the_account_shows_it(account: Account, folder: Path) -> None:
    parts = "".join(
        f"<TxDtls><Refs><EndToEndId>E{n}</EndToEndId></Refs><Amt Ccy='GBP'>{amount}</Amt></TxDtls>"
        for n, amount in enumerate(("1.17", "500.00"))
    )
    details = f"<NtryDtls><Btch><PmtInfId>BATCH9</PmtInfId><NbOfTxs>2</NbOfTxs></Btch>{parts}</NtryDtls>"
    (line,) = read(account, folder, camt(entry("501.17", details=details))).lines()
    assert (line["amount"], line["end_to_end_id"], line["reference"]) == (Decimal("501.17"), "BATCH9", None)


def test_a_reversal_is_marked_and_its_side_says_where_the_money_went(account: Account, folder: Path) -> None:
    back = entry("501.17", "DBIT", more="<RvslInd>true</RvslInd>")
    read(account, folder, camt(ENTRY, back, closing="1000.00"))
    assert [(line["amount"], line["is_reversal"]) for line in account.lines()] == [
        (Decimal("501.17"), False), (Decimal("-501.17"), True),
    ]  # fmt: skip


@pytest.mark.parametrize("status", ["PDNG", "INFO"])
def test_what_is_only_pending_or_for_information_is_no_booking(account: Account, folder: Path, status: str) -> None:
    assert len(read(account, folder, camt(ENTRY, entry("9.99", status=status))).lines()) == 1


def test_an_old_version_writes_the_status_without_a_code(account: Account, folder: Path) -> None:
    text = camt(ENTRY, entry("9.99", status="PDNG"), version="02")
    text = text.replace("<Sts><Cd>", "<Sts>").replace("</Cd></Sts>", "</Sts>")
    assert len(read(account, folder, text).lines()) == 1


def test_a_time_instead_of_a_day_gives_the_banks_own_day(account: Account, folder: Path) -> None:
    text = CAMT.replace("<BookgDt><Dt>2026-11-20</Dt>", "<BookgDt><DtTm>2026-11-20T23:59:00-05:00</DtTm>")
    assert read(account, folder, text).lines()[0]["booked_on"] == date(2026, 11, 20)


def test_several_statements_in_a_file_are_all_read(account: Account, folder: Path) -> None:
    other = camt(entry("1.00"), opening="1.00", closing="2.00", identity="S2", iban="GB00OTHER")
    stmt = other[other.index("<Stmt>") : other.index("</BkToCstmrStmt>")]
    read(account, folder, CAMT.replace("</BkToCstmrStmt>", stmt + "</BkToCstmrStmt>"))
    assert [line["id"] for line in account.lines()] == ["S2/1", "S1/1"]


def test_a_statement_sent_again_replaces_the_first_one(account: Account, folder: Path) -> None:
    read(account, folder, camt(ENTRY, entry("1.00"), closing="1502.17"), "first.xml")
    drop(folder, "second.xml", camt(ENTRY, made="2026-11-21T08:00:00+00:00"), at=NOW - timedelta(days=3))
    account.read()
    assert [line["amount"] for line in account.lines()] == [Decimal("501.17")]


# MT940 ----------------------------------------------------------------------------------------------------------------


def test_an_mt940_statement_comes_out_to_the_penny(account: Account, folder: Path) -> None:
    drop(folder, "a.sta", MT940.replace("\n", "\r\n"))
    account.read()
    (line,) = account.lines()
    assert line == {
        "id": "2026-00007/001/1", "booked_on": date(2026, 11, 20),
        "value_on": date(2026, 11, 21), "amount": Decimal("501.17"), "currency": "GBP", "bank_reference": "B1",
        "end_to_end_id": "E2E1", "reference": "STRIPE payout po_1A", "source_type": "NTRF", "is_reversal": False,
    }  # fmt: skip
    (balance,) = account.balances()
    assert (balance["opening"], balance["closing"], balance["closed_on"]) == (
        Decimal("1000.00"), Decimal("1501.17"), date(2026, 11, 20),
    )  # fmt: skip


def test_a_purpose_before_and_after_keywords_is_kept(account: Account, folder: Path) -> None:
    text = MT940.replace("?20STRIPE payout po?21_1A", "?20ADYEN 381?21EREF+TX9?22SVWZ+Batch 381?23ABWA+JO BLOGGS")
    (line,) = read(account, folder, text).lines()
    assert (line["end_to_end_id"], line["reference"]) == ("TX9", "ADYEN 381 Batch 381")


@pytest.mark.parametrize(
    ("mark", "amount", "is_reversal"),
    [("C", "1.00", False), ("D", "-1.00", False), ("RC", "-1.00", True), ("RD", "1.00", True)],
)
def test_marks_of_mt940_say_side_and_reversal(
    account: Account, folder: Path, mark: str, amount: str, is_reversal: bool
) -> None:
    text = MT940.replace("C501,17NTRF", f"{mark}1,00NTRF")
    closing = Decimal(1000) + Decimal(amount)
    text = text.replace("GBP1501,17", f"GBP{str(closing).replace('.', ',')}")
    (line,) = read(account, folder, text).lines()
    assert (line["amount"], line["is_reversal"]) == (Decimal(amount), is_reversal)


def test_a_booking_of_january_with_a_value_day_in_december_has_the_right_year(account: Account, folder: Path) -> None:
    text = MT940.replace("2611211120C", "2612310102C").replace("C261120GBP", "C270102GBP")
    (line,) = read(account, folder, text).lines()
    assert (line["booked_on"], line["value_on"]) == (date(2027, 1, 2), date(2026, 12, 31))


def test_several_messages_in_a_file_also_with_their_envelope(account: Account, folder: Path) -> None:
    second = MT940.replace("00007/001", "00008/001").replace("C261119GBP1000,00", "C261120GBP1501,17")
    second = second.replace("C261120GBP1501,17\n-", "C261121GBP2002,34\n-").replace("2611211120", "2611211121")
    envelope = "{1:F01BANK}{2:O940}{4:\n"
    read(account, folder, envelope + MT940.replace("\n-\n", "\n-}\n") + envelope + second.replace("\n-\n", "\n-}\n"))
    assert [line["id"] for line in account.lines()] == ["2026-00007/001/1", "2026-00008/001/1"]


def test_a_page_of_a_statement_carries_its_balance_over(account: Account, folder: Path) -> None:
    second = MT940.replace("/001", "/002").replace(":60F:C261119GBP1000,00", ":60M:C261120GBP1501,17")
    second = second.replace(":62F:C261120GBP1501,17", ":62F:C261120GBP2002,34")
    pages = MT940.replace(":62F:", ":62M:") + second
    assert len(read(account, folder, pages).balances()) == 2


def test_free_text_of_mt940_keeps_only_words_with_a_digit(account: Account, folder: Path) -> None:
    start, end = MT940.index(":86:"), MT940.index(":62F:")
    (line,) = read(account, folder, MT940[:start] + ":86:PAID BY JO BLOGGS REF po_1A\n" + MT940[end:]).lines()
    assert line["reference"] == "po_1A"


# OFX ------------------------------------------------------------------------------------------------------------------


def test_an_ofx_statement_comes_out_to_the_penny(account: Account, folder: Path) -> None:
    drop(folder, "a.ofx", OFX1)
    account.read()
    first, second = account.lines()
    assert first == {
        "id": "F1", "booked_on": date(2026, 11, 20), "value_on": None,
        "amount": Decimal("501.17"), "currency": "GBP", "bank_reference": "F1", "end_to_end_id": None,
        "reference": "po_1A", "source_type": "CREDIT", "is_reversal": False,
    }  # fmt: skip
    assert (second["amount"], second["reference"]) == (Decimal("-12.50"), None)
    (balance,) = account.balances()
    assert (balance["opening"], balance["closing"]) == (None, Decimal("1488.67")), "OFX does not tell the opening"


def test_ofx_in_xml_with_a_decimal_comma_is_read_too(account: Account, folder: Path) -> None:
    (line,) = read(account, folder, OFX2).lines()
    assert (line["amount"], line["reference"]) == (Decimal("501.17"), "po_1A")


def test_downloads_that_overlap_give_each_booking_once(account: Account, folder: Path) -> None:
    read(account, folder, OFX1, "a.ofx")
    read(account, folder, OFX2, "b.ofx")
    assert [line["id"] for line in account.lines()] == ["F1", "F2"]


# CSV ------------------------------------------------------------------------------------------------------------------


def test_a_csv_export_comes_out_to_the_penny(account: Account, folder: Path) -> None:
    drop(folder, "a.csv", CSV)
    account.read()
    found = {(line["booked_on"].day, line["amount"], line["reference"]) for line in account.lines()}
    assert found == {
        (20, Decimal("501.17"), "STRIPE po_1A"), (20, Decimal("-12.50"), "Card"), (21, Decimal("-12.50"), "Card"),
    }  # fmt: skip
    (balance,) = account.balances()
    assert (balance["id"], balance["opening"], balance["closing"], balance["currency"]) == (
        "20261120-20261121", Decimal("1000.00"), Decimal("1476.17"), "GBP",
    )  # fmt: skip


def test_the_newest_booking_may_stand_first(account: Account, folder: Path) -> None:
    head, rows = CSV.splitlines()[:3], CSV.splitlines()[3:]
    read(account, folder, "\n".join([*head, *reversed(rows)]) + "\n")
    assert (account.balances()[0]["opening"], account.balances()[0]["closing"]) == (
        Decimal("1000.00"), Decimal("1476.17"),
    )  # fmt: skip


def test_exports_that_overlap_give_each_booking_once_and_twins_stay_two(account: Account, folder: Path) -> None:
    twin = CSV + "2026-11-21,Card,-12.50,1463.67\n"
    read(account, folder, CSV, "a.csv")
    read(account, folder, twin, "b.csv")
    assert len(account.lines()) == 4


@pytest.mark.parametrize(
    ("written", "decimal", "amount"),
    [
        ("1.234,56", ",", "1234.56"), ("1234,56", ",", "1234.56"), ("-1 234 567,80", ",", "-1234567.80"),
        ("1'234.56", ".", "1234.56"), ('"1,234.56"', ".", "1234.56"), ("-0.01", ".", "-0.01"),
        ("\u221212.50", ".", "-12.50"),
        ("12\u00a0345.00", ".", "12345.00"), ("+5.00", ".", "5.00"), ("5", ",", "5"),
    ],
)  # fmt: skip
def test_amounts_are_read_as_the_bank_writes_them(
    folder: Path, clock: FixedClock, written: str, decimal: str, amount: str
) -> None:
    bank = connect(
        folder, clock, decimal=decimal, delimiter=";", columns={"date": "Date", "amount": "Amount"}, account="A"
    )
    account = read(Account(bank), folder, f"Date;Amount\n2026-11-20;{written}\n")
    assert account.lines()[0]["amount"] == Decimal(amount)


@pytest.mark.parametrize("written", ["1.234.56", "12,34", "1,23.45", "1.23.456", "12.3456789", "(5.00)", "5 GBP"])
def test_an_amount_written_otherwise_is_refused_not_guessed(folder: Path, clock: FixedClock, written: str) -> None:
    bank = connect(folder, clock, delimiter=";", columns={"date": "Date", "amount": "Amount"})
    drop(folder, "a.csv", f"Date;Amount\n2026-11-20;{written}\n")
    assert any("line 2: 'Amount' is" in message for message in wrong(said(bank)))


@pytest.mark.parametrize("debit", ["12.50", "-12.50"])
def test_debit_and_credit_may_stand_apart(folder: Path, clock: FixedClock, debit: str) -> None:
    columns = {"date": "Booked", "debit": "Out", "credit": "In", "currency": "Ccy", "bank_reference": "Id"}
    bank = connect(folder, clock, columns=columns, date_format="%d/%m/%Y")
    text = f"Id,Booked,Out,In,Ccy\nX1,20/11/2026,{debit},,eur\nX2,21/11/2026,,7.00,gbp\n"
    account = read(Account(bank), folder, text)
    assert [(line["id"], line["amount"], line["currency"]) for line in account.lines()] == [
        ("X1", Decimal("-12.50"), "EUR"), ("X2", Decimal("7.00"), "GBP"),
    ]  # fmt: skip


def test_a_csv_in_the_old_code_page_is_read(account: Account, folder: Path) -> None:
    read(account, folder, CSV.replace("Card", "Caf\u00e9").encode("cp1252"))
    assert account.lines()[0]["amount"]
    assert "Caf\u00e9" in {line["reference"] for line in account.lines()}


# Names ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [CAMT, MT940, OFX1], ids=["camt", "mt940", "ofx"])
def test_names_and_accounts_of_payers_are_not_kept(account: Account, folder: Path, text: str) -> None:
    read(account, folder, text)
    kept = account.text().lower()
    assert kept
    for name in ("bloggs", "sons", "bukbgb22", "gb94", "bank charges"):
        assert name not in kept
