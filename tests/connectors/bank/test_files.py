"""Bank files that are damaged, arriving, there twice or missing. What all dropped files share is tested elsewhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from auditor.clock import FixedClock
from auditor.connectors.bank import BankConnector
from auditor.connectors.drop_folder import ASIDE
from auditor.errors import ConfigError, Incomplete, UsageError
from tests.connectors.bank.conftest import connect
from tests.connectors.bank.files import CAMT, CSV, ENTRY, MT940, OFX1, camt, entry
from tests.connectors.dropping import NOW, Company, drop, records, said, wrong
from tests.workspace import settings

BOMB = (
    '<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>\n'
    + CAMT.split("\n", 1)[1].replace("po_1A", "&b;")
)
OUTSIDE = BOMB.replace('<!ENTITY a "aaaaaaaaaa">', '<!ENTITY a SYSTEM "file:///etc/passwd">')

DAMAGES = {
    "camt: entities that grow": (BOMB, "line 1: the XML defines entities"),
    "camt: entities from outside": (OUTSIDE, "line 1: the XML defines entities"),
    "camt: cut": (CAMT[:900], "the XML is broken"),
    "camt: two documents": (CAMT + CAMT, "the XML is broken (junk after document element"),
    "camt: a tag": (CAMT.replace("</Sts>", "</Xts>", 1), "line 8: the XML is broken (mismatched tag"),
    "camt: an amount": (CAMT.replace(">501.17<", ">501,17<", 1), "line 8: 'Amt' is '501,17'"),
    "camt: an infinite amount": (CAMT.replace(">501.17<", ">INF<", 1), "line 8: 'Amt' is 'INF'"),
    "camt: a side": (
        CAMT.replace("CRDT</CdtDbtInd><Sts>", "UP</CdtDbtInd><Sts>"),
        "line 8: an amount (Amt) or",
    ),
    "camt: a day": (CAMT.replace("<BookgDt><Dt>2026-11-20", "<BookgDt><Dt>20.11.2026"), "'20.11.2026' is no day"),
    "camt: a booking is missing": (
        camt(),
        "S1 opens at 1000.00, its 0 bookings lead to 1000.00, and",
    ),
    "camt.052": (
        CAMT.replace("BkToCstmrStmt", "BkToCstmrAcctRpt"),
        "this is CAMT.052 (during the day), not",
    ),
    "camt.054": (CAMT.replace("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn"), "this is CAMT.054 (notifications)"),
    "camt: no account": (CAMT.replace("IBAN", "Xban"), "a statement has no account or no id"),
    "camt: no currency": (CAMT.replace('Amt Ccy="GBP"', "Amt"), "line 8: the amount of a booking has no currency"),
    "mt940: no closing balance": (MT940.replace(":62F:C261120GBP1501,17\n", ""), "ends without its closing balance"),
    "mt940: cut": (MT940[:150], "line 6: the last line has no line end"),
    "mt940: a booking without its type": (MT940.replace("NTRFE2E1", ""), "line 5: a booking (:61:) has no type"),
    "mt940: 30 February": (
        MT940.replace(":61:2611211120", ":61:2602300228"),
        "line 5: the statement has a line that",
    ),
    "mt940: an amount": (MT940.replace("C501,17NTRF", "C501.17NTRF"), "line 5: a booking (:61:) has no type"),
    "mt940: two commas": (MT940.replace("C501,17NTRF", "C5,01,17NTRF"), "line 5: the statement has a line that"),
    "mt940: a balance": (
        MT940.replace("GBP1501,17", "GBP1501,18"),
        "line 5: statement 2026-00007/001 opens",
    ),
    "mt940: no account": (MT940.replace(":25:20201555/55555555\n", ""), "line 1: the statement has no account (:25:)"),
    "ofx: cut": (OFX1[:-20], "the file does not end with </OFX>"),
    "ofx: an amount": (OFX1.replace("501.17", "5o1.17"), "line 16: 'TRNAMT' is '5o1.17'"),
    "ofx: a day": (OFX1.replace("20261120233000[-5:EST]", "20261320"), "line 16: '20261320' is no day"),
    "ofx: no id": (OFX1.replace("<FITID>F1", ""), "line 16: a booking has no FITID"),
    "ofx: an id twice": (OFX1.replace("<FITID>F2", "<FITID>F1"), "the bank's id F1 (FITID) stands at two bookings"),
    "ofx: no account": (OFX1.replace("<ACCTID>55555555", ""), "a statement has no account (ACCTID)"),
    "ofx: no statement": (OFX1.replace("STMTRS", "XSTMTRS"), "there is no statement (STMTRS)"),
    "ofx: its header": (OFX1.replace("OFXHEADER:100\n", "OFXHEADER:abc\n"), "the OFX cannot be parsed"),
    "csv: another column": (CSV.replace("Amount", "Sum"), "no line names the columns"),
    "csv: an amount": (CSV.replace("501.17,1501.17", "x,1501.17"), "line 4: 'Amount' is 'x'"),
    "csv: a day": (CSV.replace("2026-11-21", "21/11/2026"), "line 6: 'Date' is '21/11/2026', which is no day"),
    "csv: a balance that does not follow": (CSV.replace("1488.67", "1488.68"), "line 5: 'Balance' does not follow"),
    "csv: a row is missing": (CSV.replace("2026-11-20,Card,-12.50,1488.67\n", ""), "line 5: 'Balance' does not follow"),
    "csv: cut": (CSV[:-3], "line 6: the last line has no line end"),
    "csv: only the header": (CSV[: CSV.index("2026")], "line 3: nothing follows the header"),
    "empty": ("", "the file is empty"),
    "a page": ("<html></html>\n", "there is no statement (BkToCstmrStmt) in the XML"),
    "a text": ("Dear customer,\n", "no line names the columns"),
}


@pytest.mark.parametrize(("text", "sentence"), DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_statement_is_set_aside_with_the_line_and_the_rest_is_read(
    connector: BankConnector, folder: Path, text: str, sentence: str
) -> None:
    drop(folder, "damaged", text)
    drop(folder, "good.xml", camt(entry("1.00"), opening="1.00", closing="2.00", identity="G", iban="GB00GOOD"))
    assert list(records(connector, "statements")) == ["GB00GOOD/G"]
    assert sentence in (folder / ASIDE / "damaged.note.txt").read_text()
    assert any("damaged was set aside" in message for message in wrong(said(connector)))


@pytest.mark.parametrize(
    ("text", "step"), [(CAMT, 173), (MT940, 23), (OFX1, 149)], ids=["camt", "mt940", "ofx"]
)  # fmt: skip
def test_a_statement_cut_anywhere_is_noticed_and_left_while_it_is_young(
    connector: BankConnector, folder: Path, text: str, step: int
) -> None:
    whole = len(text.rstrip())
    for length in range(12, whole, step):
        young = drop(folder, "young.txt", text[:length], at=NOW - timedelta(minutes=1))
        old = drop(folder, "old.txt", text[:length] + " ", at=NOW - timedelta(hours=1))
        is_whole_mt940 = text is MT940 and ":62F:C261120GBP1501,17\n" in text[:length]
        assert (records(connector, "statements") != {}) == is_whole_mt940
        assert young.exists()
        assert old.exists() == is_whole_mt940
        young.unlink()


def test_what_has_landed_is_not_read_again_until_a_file_is_new(company: Company, folder: Path) -> None:
    drop(folder, "a.xml", CAMT)
    (first,) = [result.rows_read for result in company.read()]
    assert first
    assert [result.rows_read for result in company.read()] == [0]
    drop(folder, "b.txt", MT940)
    (again,) = [result.rows_read for result in company.read()]
    assert again > first


def test_the_same_days_in_two_formats_would_count_twice(connector: BankConnector, folder: Path) -> None:
    drop(folder, "a.ofx", OFX1)
    drop(folder, "b.sta", MT940.replace("20201555/55555555", "55555555"))
    with pytest.raises(Incomplete, match="both hold bookings of 55555555 on 2026-11-20, which would count twice"):
        records(connector, "statements")
    assert any(outcome == "failed" for subject, outcome, _ in said(connector) if subject == "formats")


def test_another_account_or_other_days_in_another_format_are_fine(connector: BankConnector, folder: Path) -> None:
    drop(folder, "a.ofx", OFX1)
    drop(folder, "b.sta", MT940)
    later = MT940.replace("20201555/55555555", "55555555").replace("2611211120", "2611251125")
    drop(folder, "c.sta", later.replace("C261120GBP", "C261125GBP"))
    assert len(records(connector, "statements")) == 5


def test_a_statement_that_is_missing_between_two_is_told_by_doctor(connector: BankConnector, folder: Path) -> None:
    drop(folder, "1.xml", CAMT)
    nine = camt(entry("1.00"), opening="1501.17", closing="1502.17", identity="S9", number=9,
                days=("2026-11-22", "2026-11-23"), made="2026-11-23T23:00:00Z")  # fmt: skip
    drop(folder, "3.xml", nine)
    (message,) = wrong(said(connector))
    assert "S1 closes at 1501.17 and S9 opens at 1501.17 (7 and 9 by the bank's count)" in message


def test_a_statement_that_opens_otherwise_than_the_last_one_closed_is_told_by_doctor(
    connector: BankConnector, folder: Path
) -> None:
    drop(folder, "1.sta", MT940)
    after = MT940.replace("00007/", "00008/").replace("C261119GBP1000,00", "C261121GBP1400,00")
    drop(folder, "2.sta", after.replace("C261120GBP1501,17", "C261122GBP1901,17"))
    (message,) = wrong(said(connector))
    assert "2026-00007/001 closes at 1501.17 and 2026-00008/001 opens at 1400.00; fetch the statements" in message


def test_an_empty_folder_is_complete_and_doctor_says_so(connector: BankConnector) -> None:
    assert records(connector, "statements") == {}
    assert wrong(said(connector)) == ["no file matches bank/*; drop files there."]


def test_doctor_counts_what_it_found(connector: BankConnector, folder: Path) -> None:
    drop(folder, "a.xml", CAMT)
    drop(folder, "b.csv", CSV)
    assert said(connector) == [
        ("files", "ok", "2 file(s) read (1 CAMT.053, 1 CSV), 2 account(s); the newest is of 2026-11-21.")
    ]


def test_a_csv_without_a_map_of_columns_is_not_guessed(folder: Path, clock: FixedClock) -> None:
    bank = connect(folder, clock, columns=None)
    drop(folder, "a.csv", CSV)
    assert any("describe it in auditor.toml under [bank.columns]" in message for message in wrong(said(bank)))


def test_settings_that_cannot_work_say_what_is_needed(clock: FixedClock, folder: Path) -> None:
    with pytest.raises(ConfigError, match="add account"):
        connect(folder, clock, account=None)
    with pytest.raises(ConfigError, match=r"add \[bank\]"):
        BankConnector(settings(), clock)


def test_one_statement_is_looked_up_by_its_key(connector: BankConnector, folder: Path) -> None:
    drop(folder, "a.xml", CAMT)
    (stream,) = connector.streams
    (record,) = connector.look_up(stream, ["GB33BUKB20201555555555/S1", "none"])
    assert record.key == "GB33BUKB20201555555555/S1"
    with pytest.raises(UsageError):
        connector.look_up(type(stream)("orders", (), stream.cadence), [])


def test_what_the_library_cannot_read_does_not_reach_the_log(
    connector: BankConnector, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    drop(folder, "a.sta", MT940.replace(":61:2611211120C501,17NTRF", ":61:JO BLOGGS"))
    records(connector, "statements")
    assert "BLOGGS" not in caplog.text


def test_entries_are_counted_also_where_one_is_not_booked(connector: BankConnector, folder: Path) -> None:
    text = camt(entry("9.99", status="PDNG"), ENTRY.replace(">501.17<", ">x<", 1))
    drop(folder, "a.xml", text)
    assert any("line 9: 'Amt' is 'x'" in message for message in wrong(said(connector)))
