"""What a channel cannot tell is not judged, never passed; what is only optional does not hinder."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from auditor.checking import library
from auditor.checking.abilities import Abilities, CannotTell, words
from auditor.checking.feeds import Feeds, NotJudged
from auditor.checking.library import Check
from auditor.errors import ConfigError
from auditor.model import B1, Feed
from auditor.store.connection import Connection
from auditor.store.owner import Store
from auditor.store.select_text import canonical_columns, canonical_tables
from auditor.store.workspace import VERSION_COLUMNS
from tests.checking.builders import CHANNEL, HEADER, NOON, SELECT, store, write_check

DAY = timedelta(days=1)
FILES = f"{CHANNEL}.settlements"


def feed(system: str, channel: str | None, *tables: str) -> Feed:
    return Feed(system, "_".join(tables), DAY, tables, NOON, "complete", channel=channel)


ORDERS = feed(CHANNEL, CHANNEL, "sales_order", "sales_order_line")
BOOKS = feed(B1, None, "b1_order", "b1_journal")
PAYOUTS = feed(FILES, CHANNEL, "payout", "payout_line")
NO_PAYOUTS = CannotTell(CHANNEL, CHANNEL, "payout", "the shop has no payouts, its provider has")


def check(folder: Path, *needs: str, reads: tuple[str, ...] = ("sales_order", "payout")) -> Check:
    tables = ", ".join(f'"canonical.{name}"' for name in reads)
    needed = ", ".join(f'"{name}"' for name in needs)
    text = HEADER.replace('["canonical.sales_order"]', f"[{tables}]").replace("---*/", f"needs = [{needed}]\n---*/")
    return library.load_file(write_check(folder, "my_check", text + SELECT))


def reason(one: Check, feeds: list[Feed], *claims: CannotTell) -> str | None:
    standing = Feeds(feeds, cannot_tell=claims).judge(one, CHANNEL, NOON)
    return standing.reason if isinstance(standing, NotJudged) else None


def test_what_the_channel_has_no_word_for_is_not_judged(tmp_path: Path) -> None:
    tax = CannotTell(CHANNEL, CHANNEL, "sales_order.tax", "UK orders come without VAT")
    one = check(tmp_path, "canonical.sales_order.tax")
    assert reason(one, [ORDERS, BOOKS], tax) == f"{CHANNEL} tells no tax of an order: UK orders come without VAT."
    assert reason(one, [ORDERS, BOOKS]) is None


def test_a_whole_table_that_cannot_be_told_takes_its_columns_with_it(tmp_path: Path) -> None:
    one = check(tmp_path, "canonical.payout.net")
    expected = f"{CHANNEL} tells no payout: the shop has no payouts, its provider has."
    assert reason(one, [ORDERS, BOOKS], NO_PAYOUTS) == expected


def test_another_system_of_the_channel_may_tell_it(tmp_path: Path) -> None:
    one = check(tmp_path, "canonical.payout.net")
    assert reason(one, [ORDERS, BOOKS, PAYOUTS], NO_PAYOUTS) is None


def test_what_the_system_that_feeds_a_table_cannot_tell_counts(tmp_path: Path) -> None:
    claim = CannotTell(FILES, CHANNEL, "payout.issued_at", "the files are not dated")
    one = check(tmp_path, "canonical.payout.issued_at")
    assert reason(one, [ORDERS, PAYOUTS], NO_PAYOUTS, claim) == (
        f"{CHANNEL} tells no issued at of a payout: the files are not dated."
    )


def test_what_another_channel_cannot_tell_mutes_nothing_here(tmp_path: Path) -> None:
    claim = CannotTell("other", "other", "sales_order.tax", "no VAT")
    assert reason(check(tmp_path, "canonical.sales_order.tax"), [ORDERS], claim) is None


def test_a_needed_table_that_nothing_feeds_is_not_judged_although_nobody_said_so(tmp_path: Path) -> None:
    one = check(tmp_path, "canonical.payout")
    assert reason(one, [ORDERS, BOOKS]) == f"{CHANNEL} tells no payout: nothing that is read from it holds any."


def test_what_is_read_but_not_needed_may_be_missing(tmp_path: Path) -> None:
    assert reason(check(tmp_path, "canonical.sales_order"), [ORDERS, BOOKS]) is None


def test_what_the_whole_company_tells_is_told_for_every_channel(tmp_path: Path) -> None:
    one = check(tmp_path, "canonical.b1_journal", reads=("sales_order", "b1_journal"))
    assert Abilities([ORDERS, BOOKS]).lacking(one, CHANNEL) is None


def test_both_systems_of_a_channel_and_those_of_the_company_stand_behind_a_check(tmp_path: Path) -> None:
    one = check(tmp_path, reads=("sales_order", "payout", "b1_order"))
    others = [feed("other", "other", "sales_order"), feed("bank", None, "bank_line")]
    feeds = Feeds([ORDERS, BOOKS, PAYOUTS, *others])
    assert feeds.behind(one, CHANNEL) == [ORDERS, BOOKS, PAYOUTS]
    assert feeds.systems == [CHANNEL, B1, FILES, "other", "bank"]


def test_stale_settlement_files_are_named_as_the_feed_they_are(tmp_path: Path) -> None:
    old = Feed(FILES, "payouts", DAY, ("payout",), NOON - 3 * DAY, "complete", channel=CHANNEL)
    told = reason(check(tmp_path, "canonical.payout"), [ORDERS, old])
    assert told is not None
    assert told.startswith(f"The feed {FILES} payouts is stale")


@pytest.mark.parametrize(
    ("need", "mend"),
    [
        ("sales_order.tax", "write canonical.table or canonical.table.column"),
        ("canonical.refund.total", "reads does not name canonical.refund"),
        ("canonical.payout.nett", "did you mean 'net'?"),
    ],
)
def test_a_need_that_nobody_could_meet_is_refused(tmp_path: Path, need: str, mend: str) -> None:
    with pytest.raises(ConfigError, match=mend):
        check(tmp_path, need)


def test_every_shipped_check_of_a_channel_says_what_it_needs() -> None:
    silent = [one for one in library.load() if not one.header.needs]
    # That a B1 document has no reference is seen in B1 alone.
    assert {one.check_id for one in silent if one.header.judges == "channel"} == {"order_reference_missing"}
    # Of a system, our own record of what was read and of every call speaks for itself; so do people's decisions.
    assert {one.check_id for one in silent if one.header.judges == "system"} == {
        "acceptance_budget", "api_errors", "api_version_or_schema_change", "clock_skew", "credentials_expiring",
        "extract_incomplete", "feed_stale",
    }  # fmt: skip


def test_the_columns_known_from_the_migrations_are_those_of_the_store() -> None:
    def columns(con: Connection) -> list[tuple[str, str]]:
        return con.sql(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'history' AND table_catalog = current_database()"
        ).fetchall()

    with store() as opened:
        assert isinstance(opened, Store)
        found = opened.read(columns)
    there = {table: {name for one, name in found if one == table} - {*VERSION_COLUMNS} for table, _ in found}
    assert canonical_columns() == there
    assert canonical_tables() == set(there)


def test_things_are_named_as_people_call_them() -> None:
    assert words("sales_order_line.tax") == "tax per line"
    assert words("return_case.status") == "status of a return case"
    assert words("dispute") == "dispute"
