"""A word that nobody has given a meaning is told once, with how many records bear it, and guessed by nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from auditor.checking.unknown_words import AT_MOST, UnknownWord, find
from auditor.matching import fill_settings
from auditor.store.select_text import canonical_columns
from tests.checking.builders import CHANNEL, NOON
from tests.workspace import insert, settings, workspace

Given = Mapping[str, Iterable[dict[str, Any]]]


def found(given: Given, *types: str) -> list[UnknownWord]:
    """The words in these rows, when the company's map names these types of payout rows."""
    rows = {table: [{"channel": CHANNEL, **row} for row in rows] for table, rows in given.items()}
    with workspace(rows, NOON) as con:
        fill_settings(con, settings())
        insert(con, "setting.payout_type_map", [{"channel": CHANNEL, "type": name, "kind": "fee"} for name in types])
        return list(find(con))


def test_a_status_that_is_new_is_told_once_for_all_its_orders() -> None:
    orders = [{"order_id": key, "status": "unknown", "source_status": "frozen"} for key in "123"]
    words = found({"sales_order": [*orders, {"order_id": "4", "status": "open", "source_status": "new"}]})
    assert words == [UnknownWord(CHANNEL, "sales_order", "status", "frozen", 3)]
    assert str(words[0]) == f"{CHANNEL} sales order status: 'frozen' (3 records)"


def test_each_place_has_its_own_words() -> None:
    words = found(
        {
            "sales_order": [{"payment_status": "unknown", "fulfilment_status": "unknown", "source_status": "odd"}],
            "shipment": [{"status": "unknown", "source_status": "LOST"}],
            "sales_payment": [{"kind": "unknown", "status": "unknown"}],
            "payout": [{"status": "unknown", "source_status": "HELD"}],
            "dispute": [{"status": "unknown", "source_status": "odd"}],
            "cancellation": [{"status": "unknown", "source_status": "odd"}],
            "return_case": [{"status": "unknown", "source_status": "odd"}],
        }
    )
    assert [(word.table, word.column, word.word) for word in words] == [
        ("cancellation", "status", "odd"),
        ("dispute", "status", "odd"),
        ("payout", "status", "HELD"),
        ("return_case", "status", "odd"),
        ("sales_order", "fulfilment_status", "odd"),
        ("sales_order", "payment_status", "odd"),
        ("sales_payment", "kind", None),
        ("sales_payment", "status", None),
        ("shipment", "status", "LOST"),
    ]
    assert str(words[6]) == f"{CHANNEL} sales payment kind: a word that stands in the record (1 record)"


def test_a_type_of_payout_row_is_known_once_the_companys_map_names_it() -> None:
    rows = {"payout_line": [{"kind": "other", "source_type": "GOODWILL"}, {"kind": "charge", "source_type": "SALE"}]}
    assert found(rows) == [UnknownWord(CHANNEL, "payout_line", "kind", "GOODWILL", 1)]
    assert found(rows, "goodwill") == []


def test_the_words_of_most_records_come_first_and_not_more_than_anybody_reads() -> None:
    orders = [
        {"order_id": f"{number}.{copy}", "status": "unknown", "source_status": f"w{number}"}
        for number in range(AT_MOST + 5)
        for copy in range(2 if number == 7 else 1)
    ]
    words = found({"sales_order": orders})
    assert len(words) == AT_MOST
    assert words[0].word == "w7"


def test_where_everything_is_known_nothing_is_told() -> None:
    assert found({"sales_order": [{"status": "open", "payment_status": "paid"}]}) == []


def test_every_place_that_may_hold_an_unknown_word_is_looked_at() -> None:
    from auditor.checking.unknown_words import _PLACES

    with_own_word = {table for table, columns in canonical_columns().items() if "source_status" in columns}
    assert with_own_word <= set(_PLACES)
