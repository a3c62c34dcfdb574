"""What becomes of files: taken once, left while they arrive, set aside when they are damaged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.clock import FixedClock
from auditor.connectors.drop_folder import ASIDE, QUIET
from auditor.connectors.settlements import SettlementsConnector
from auditor.errors import ConfigError, Incomplete, UsageError
from tests.connectors.dropping import NOW, drop, records, said, touch, wrong
from tests.connectors.settlements.conftest import Account, Books, connect
from tests.connectors.settlements.files import ADYEN, PAYPAL_ROWS, STRIPE, STRIPE_HEAD, paypal
from tests.workspace import settings

PAYPAL = paypal(*PAYPAL_ROWS, end=2352)


def notes(folder: Path) -> str:
    return "".join(path.read_text() for path in sorted((folder / ASIDE).glob("*.note.txt")))


# Taken once -----------------------------------------------------------------------------------------------------------


def test_a_file_is_taken_once_also_when_it_is_renamed_or_dropped_twice(company: Books, folder: Path) -> None:
    path = drop(folder, "a.csv", STRIPE)
    assert [result.rows_new for result in company.read()] == [1, 3]
    path.rename(folder / "renamed.csv")
    drop(folder, "copy.csv", STRIPE)
    assert [result.rows_new for result in company.read()] == [0, 0]
    assert len(company.lines()) == 3


def test_what_has_landed_is_not_read_again_until_a_file_is_new(company: Books, folder: Path) -> None:
    drop(folder, "a.csv", STRIPE)

    def rows_read() -> list[int]:
        return [result.rows_read for result in company.read()]

    first = rows_read()
    assert all(first)
    assert rows_read() == [0, 0]
    drop(folder, "b.csv", ADYEN)
    assert all(later > before for later, before in zip(rows_read(), first, strict=True))
    (folder / "b.csv").unlink()
    assert rows_read() == [0, 0]
    assert sorted(row["provider"] for row in company.payouts()) == ["adyen", "stripe"]


def test_a_file_that_is_put_back_as_it_was_before_counts_again(company: Books, folder: Path) -> None:
    changed = STRIPE.replace("1.55,43.43", "1.54,43.44").replace("-23.44", "-23.45")
    company_says: list[list[Decimal]] = []
    for minutes, text in enumerate((STRIPE, changed, STRIPE)):
        drop(folder, "a.csv", text, at=NOW - timedelta(hours=2, minutes=minutes))
        company.read()
        company_says.append(sorted(row["fee"] for row in company.lines()))
    assert company_says[0] == company_says[2] != company_says[1]


def test_files_are_read_again_when_they_are_understood_in_another_way(
    company: Books, folder: Path, clock: FixedClock
) -> None:
    drop(folder, "a.csv", STRIPE)
    company.read()
    company.connector = connect(folder, clock)
    assert [result.rows_read for result in company.read()] == [0, 0]
    company.connector = connect(folder, clock, timezone="America/New_York")
    assert all(result.rows_read for result in company.read())


def test_the_same_content_twice_is_told_by_doctor(connector: SettlementsConnector, folder: Path) -> None:
    drop(folder, "a.csv", STRIPE)
    drop(folder, "b.csv", STRIPE)
    assert ("files", "ok", "b.csv holds the same as another file and counts once.") in said(connector)


def test_archiving_a_file_takes_nothing_back(account: Account, folder: Path) -> None:
    drop(folder, "a.csv", STRIPE).rename(folder.parent / "archived.csv")
    drop(folder, "a.csv", STRIPE)
    account.read()
    (folder / "a.csv").unlink()
    account.read()
    assert len(account.lines()) == 3


def test_files_of_several_providers_may_lie_together(account: Account, folder: Path) -> None:
    drop(folder, "a.csv", STRIPE)
    drop(folder, "b.csv", ADYEN)
    drop(folder, "c.csv", PAYPAL)
    account.read()
    assert sorted(row["provider"] for row in account.payouts()) == ["adyen", "stripe"]
    assert len(account.lines()) == 8
    assert "3 file(s) read (1 of adyen, 1 of paypal, 1 of stripe)" in said(account.connector)[0][2]


def test_one_record_is_looked_up_by_its_key(connector: SettlementsConnector, folder: Path) -> None:
    drop(folder, "a.csv", STRIPE)
    payouts, lines = connector.streams
    assert [record.key for record in connector.look_up(payouts, ["po_1A", "po_none"])] == ["po_1A"]
    assert [record.key for record in connector.look_up(lines, ["txn_2"])] == ["txn_2"]


# Nothing there --------------------------------------------------------------------------------------------------------


def test_an_empty_folder_is_complete_and_doctor_says_so(company: Books) -> None:
    assert [(result.status, result.rows_read) for result in company.read()] == [("complete", 0), ("complete", 0)]
    assert wrong(said(company.connector)) == ["no file matches settlements/*; drop files there."]


def test_a_folder_that_is_not_there_is_named(clock: FixedClock, tmp_path: Path) -> None:
    connector = connect(tmp_path / "settlements", clock, "nowhere/*.csv")
    assert records(connector, "payouts") == {}
    (message,) = wrong(said(connector))
    assert "there is no folder" in message
    assert "nowhere" in message


def test_a_channel_without_a_pattern_is_a_configuration_that_cannot_work(clock: FixedClock) -> None:
    chosen = settings()
    with pytest.raises(ConfigError, match="names no settlement files"):
        SettlementsConnector(chosen, chosen.channel[0], clock)


def test_a_stream_that_is_none_is_a_mistake_of_the_caller(connector: SettlementsConnector, folder: Path) -> None:
    drop(folder, "a.csv", STRIPE)
    payouts, _ = connector.streams
    with pytest.raises(UsageError):
        connector.look_up(type(payouts)("orders", (), payouts.cadence), [])


# Still arriving -------------------------------------------------------------------------------------------------------


class Writing(FixedClock):
    """Somebody writes to a file while one waits."""

    def __init__(self, write: Callable[[], object]) -> None:
        super().__init__(NOW)
        self._write = write

    def sleep(self, seconds: float) -> None:
        self._write()
        super().sleep(seconds)


def test_a_file_that_grows_while_one_looks_is_left_for_the_next_time(folder: Path) -> None:
    path = drop(folder, "a.csv", STRIPE_HEAD, at=NOW)

    def write() -> None:
        path.write_text(STRIPE)
        touch(path, NOW + timedelta(seconds=1))

    connector = connect(folder, Writing(write))
    assert records(connector, "payout_lines") == {}
    assert path.exists()


def test_a_file_that_stays_as_it_is_while_one_looks_is_taken(folder: Path) -> None:
    waits: list[None] = []
    drop(folder, "a.csv", STRIPE, at=NOW)
    connector = connect(folder, Writing(lambda: waits.append(None)))
    assert len(records(connector, "payout_lines")) == 3
    assert waits == [None]


@pytest.mark.parametrize(("name", "text"), [("a.csv", STRIPE), ("b.csv", ADYEN), ("c.csv", PAYPAL)])
def test_a_young_file_without_its_end_is_left_and_an_old_one_is_set_aside(
    account: Account, folder: Path, name: str, text: str
) -> None:
    cut = text[: len(text) * 2 // 3]
    drop(folder, name, cut, at=NOW - 2 * QUIET)
    account.read()
    assert (folder / name).exists()
    assert any("still arriving" in message for message in wrong(said(account.connector)))
    assert account.lines() == []
    drop(folder, name, text)
    account.read()
    assert account.lines() != []
    drop(folder, "cut.csv", cut)
    account.read()
    assert "cut.csv was set aside" in notes(folder)


def test_what_a_program_is_still_writing_under_another_name_is_not_seen(
    connector: SettlementsConnector, folder: Path
) -> None:
    for name in ("a.csv.part", ".a.csv", "a.csv.filepart", "~a.csv", "a.tmp"):
        drop(folder, name, STRIPE)
    assert records(connector, "payouts") == {}


# Damaged --------------------------------------------------------------------------------------------------------------

DAMAGES = {
    "a number with a comma": (STRIPE.replace("44.98", '"44,98"'), "line 2: 'gross' is '44,98', which is no amount"),
    "a number that is none": (STRIPE.replace("44.98", "n/a"), "line 2: 'gross' is 'n/a'"),
    "not a number": (STRIPE.replace("44.98", "NaN"), "line 2: 'gross' is 'NaN'"),
    "an exponent": (STRIPE.replace("44.98", "4.5e1"), "line 2: 'gross' is '4.5e1'"),
    "an empty amount": (STRIPE.replace("44.98,", ","), "line 2: 'gross' is empty"),
    "a missing column": (STRIPE.replace("gross,", "brutto,", 1), "line 1: the column 'gross' is missing"),
    "a column twice": (STRIPE.replace("charge_id", "fee", 1), "line 1: the column 'fee' is there twice"),
    "a time that is none": (STRIPE.replace("2026-11-17 08:11:02", "17/11/2026"), "line 2: 'created_utc'"),
    "a field too many": (STRIPE.replace("Order 118\n", "Order, 118\n", 1), "line 2: there are 14 fields under 13"),
    "an open quote": (STRIPE.replace("Order 118\n", '"Order 118\n', 1), "line 2: the quotes or fields are broken"),
    "two reports": (STRIPE + STRIPE, "line 5: the header stands here again: two reports in one file"),
    "no last line end": (STRIPE[:-1], "line 4: the last line has no line end"),
    "empty": ("", "the file is empty"),
    "only blanks": (" \n\n", "the file is empty"),
    "another report": ("Date,Amount\n2026-11-20,5\n", "line 1: 'Date, Amount' is the header of no report"),
    "a zero byte": (STRIPE.replace("118", "1\x0018"), "line 2: there is a zero byte"),
    "adyen: a number": (ADYEN.replace("44.98", "44,98x"), "line 2: there are 23 fields under 22"),
    "adyen: letters": (ADYEN.replace("44.98", "abc"), "line 2: 'Gross Credit (GC)' is 'abc'"),
    "adyen: a column": (ADYEN.replace("Batch Number", "Batch"), "is the header of no report"),
    "adyen: no fee column": (
        ADYEN.replace("Commission (NC)", "Reserved4").replace("Markup (NC)", "Reserved5"),
        "line 1: there is neither 'Commission (NC)' nor 'Markup (NC)'",
    ),
    "adyen: two reports": (ADYEN + ADYEN, "line 5: the header stands here again"),
    "adyen: two currencies": (ADYEN.replace("EUR,24.56", "GBP,24.56"), "settles in EUR and GBP"),
    "adyen: a zone": (ADYEN.replace("CET", "XYZ", 1), "line 2: 'XYZ' is no time zone"),
    "adyen: only the header": (ADYEN.split("\n", 1)[0] + "\n", "line 1: nothing follows the header"),
    "paypal: no footer": (PAYPAL.replace('"FF",2\n', ""), "line 10: the file ends with '\"RC\",2' instead of FF"),
    "paypal: a decimal": (PAYPAL.replace(",4498,", ",44.98,"), "line 5: 'Gross Transaction Amount' is '44.98'"),
    "paypal: a sign": (PAYPAL.replace('"CR",4498', '"XX",4498'), "is 'XX' instead of CR or DR"),
    "paypal: a line": (PAYPAL.replace('"SC"', '"ZZ"'), "line 8: 'ZZ' is no kind of line"),
    "paypal: two reports": (PAYPAL + PAYPAL, "line 12: RH follows the end of the file: two reports in one file"),
    "paypal: a time": (PAYPAL.replace("2026/11/17 08:11:02 +0100", "2026-11-17"), "line 5: 'Transaction Completion"),
    "paypal: a column": (PAYPAL.replace('"Invoice ID"', '"Invoice"'), "line 4: the column 'Invoice ID' is missing"),
    "paypal: a row before its header": (PAYPAL.replace('"CH"', '"SB"', 1), "line 4: a row (SB) stands before"),
    "paypal: another fee currency": (PAYPAL.replace('147,"EUR"', '147,"USD"'), "line 5: the fee is in USD"),
    "paypal: a short footer": (PAYPAL.replace(',"CR",0,"CR",0,"CR",0,"CR",0', "").replace(
        '0,0,0,0,"CR",0,"CR",2352', "0,0"), "line 7: the footer (SF) is too short"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_file_is_set_aside_with_the_line_and_the_rest_is_read(
    connector: SettlementsConnector, folder: Path, text: str, sentence: str
) -> None:
    drop(folder, "damaged.csv", text)
    drop(folder, "good.csv", STRIPE.replace("po_1A", "po_G").replace("txn_", "txn_g"))
    assert list(records(connector, "payouts")) == ["po_G"], "nothing of it is half loaded"
    assert list(records(connector, "payout_lines")) == ["txn_g1", "txn_g2", "txn_g3"]
    assert sentence in notes(folder)
    assert "Mend: " in notes(folder)
    assert (folder / ASIDE / "damaged.csv").read_bytes() == text.encode()
    assert any("damaged.csv was set aside" in message for message in wrong(said(connector)))


@pytest.mark.parametrize("length", range(1, len(STRIPE), 41))
def test_a_cut_anywhere_is_noticed_or_ends_after_a_whole_row(
    connector: SettlementsConnector, folder: Path, length: int
) -> None:
    drop(folder, "cut.csv", STRIPE[:length])
    found = records(connector, "payout_lines")
    is_whole = STRIPE[:length].endswith("\n")
    assert (folder / "cut.csv").exists() == is_whole
    assert is_whole or not found


@pytest.mark.parametrize("length", [*range(1, len(PAYPAL), 97), len(PAYPAL) - 1])
def test_a_paypal_report_cut_anywhere_is_noticed(connector: SettlementsConnector, folder: Path, length: int) -> None:
    drop(folder, "cut.csv", PAYPAL[:length])
    records(connector, "payout_lines")
    # Only the very last line end may be missing: the line itself is there.
    assert (folder / "cut.csv").exists() == (length == len(PAYPAL) - 1)


@pytest.mark.parametrize(
    "encoded",
    [
        STRIPE.encode("utf-8-sig"),
        STRIPE.encode("utf-16"),
        STRIPE.encode("utf-16-le"),
        STRIPE.encode("utf-16-be"),
        STRIPE.replace("\n", "\r\n").encode(),
    ],
    ids=["mark", "utf-16", "utf-16-le", "utf-16-be", "crlf"],
)
def test_the_same_text_in_another_encoding_says_the_same(account: Account, folder: Path, encoded: bytes) -> None:
    drop(folder, "a.csv", encoded)
    account.read()
    assert len(account.lines()) == 3


def test_text_that_is_no_utf8_is_refused_by_its_line(connector: SettlementsConnector, folder: Path) -> None:
    drop(folder, "a.csv", STRIPE.replace("REFUND FOR", "R\u00fcckzahlung").encode("latin-1"))
    (message,) = wrong(said(connector))
    assert "line 3: there is no UTF-8 text" in message


def test_where_nothing_can_be_moved_the_streams_are_incomplete_until_it_is_mended(company: Books, folder: Path) -> None:
    (folder / ASIDE).write_text("a file where the folder would be")
    bad = drop(folder, "bad.csv", STRIPE.replace("44.98", "x"))
    drop(folder, "good.csv", ADYEN)
    results = company.read()
    assert [result.status for result in results] == ["incomplete", "incomplete"]
    assert results[0].reason is not None
    assert "bad.csv cannot be read and could not be set aside: line 2: 'gross' is 'x'" in results[0].reason
    assert bad.exists()
    assert company.payouts() == []
    drop(folder, "bad.csv", STRIPE)
    (folder / ASIDE).unlink()
    assert [result.status for result in company.read()] == ["complete", "complete"]
    assert len(company.payouts()) == 2


def test_another_damaged_file_of_the_same_name_does_not_replace_the_first(account: Account, folder: Path) -> None:
    for text in ("one\n", "two\n", "two\n"):
        drop(folder, "a.csv", text)
        account.read()
    assert len(list((folder / ASIDE).glob("a*.csv"))) == 2


def test_doctor_moves_nothing(connector: SettlementsConnector, folder: Path) -> None:
    path = drop(folder, "a.csv", "nonsense\n")
    assert any("a.csv is damaged" in message for message in wrong(said(connector)))
    assert path.exists()


def test_deleting_what_was_set_aside_ends_the_warning(account: Account, folder: Path) -> None:
    drop(folder, "a.csv", "nonsense\n")
    account.read()
    for path in (folder / ASIDE).iterdir():
        path.unlink()
    drop(folder, "b.csv", STRIPE)
    assert wrong(said(account.connector)) == []


def test_a_file_that_changes_between_being_understood_and_being_read_is_incomplete(
    connector: SettlementsConnector, folder: Path
) -> None:
    path = drop(folder, "a.csv", STRIPE)
    records(connector, "payouts")
    path.write_text(STRIPE.replace("118", "119"))
    touch(path, NOW - timedelta(hours=2))  # neither size nor time tell
    with pytest.raises(Incomplete, match=r"a\.csv changed while it was read"):
        records(connector, "payout_lines")


def test_folders_below_are_read_where_the_pattern_says_so(folder: Path, clock: FixedClock) -> None:
    drop(folder / "2026", "a.csv", STRIPE)
    drop(folder / "2025", "bad.csv", "nonsense\n")
    connector = connect(folder, clock, "settlements/**/*.csv")
    assert list(records(connector, "payouts")) == ["po_1A"]
    assert list(records(connector, "payouts")) == ["po_1A"], "what was set aside is not read again"
    assert any("bad.csv was set aside" in message for message in wrong(said(connector)))


@pytest.mark.parametrize("text", [",,,\n", "Batch,381\n\nCompany Acc", '"open\n' * 3])
def test_a_file_of_nothing_that_is_known_is_refused(connector: SettlementsConnector, folder: Path, text: str) -> None:
    drop(folder, "a.csv", text)
    assert any("a.csv is damaged" in message for message in wrong(said(connector)))


def test_a_file_whose_header_is_still_arriving_is_left(connector: SettlementsConnector, folder: Path) -> None:
    drop(folder, "a.csv", "Settlement Details\n\nCompany Account,Merch", at=NOW - 2 * QUIET)
    records(connector, "payouts")
    assert (folder / "a.csv").exists()
