"""Which document belongs to which order, by which rule, and when nobody can say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from auditor.matching import ManualLink, fill_settings, match
from tests.checks.defaults import complete
from tests.workspace import CHANNEL, settings, workspace

NOW = datetime(2026, 3, 2, 12)
Given = Mapping[str, Iterable[dict[str, Any]]]


def links(given: Given, *manual: ManualLink, more_channels: tuple[Any, ...] = ()) -> set[tuple[Any, ...]]:
    """(order, object, document, rule, confidence) of everything that is linked."""
    return set(
        asked(
            given,
            "order_id, object, doc_entry, rule, confidence",
            "order_document",
            *manual,
            more_channels=more_channels,
        )
    )


def asked(
    given: Given, columns: str, table: str, *manual: ManualLink, more_channels: tuple[Any, ...] = ()
) -> list[tuple[Any, ...]]:
    with workspace(complete(given, NOW), NOW) as con:
        fill_settings(con, settings(*more_channels))
        match(con, manual)
        return con.sql(f"SELECT {columns} FROM matching.{table} ORDER BY ALL").fetchall()


def test_a_whole_chain_is_linked_by_its_reference() -> None:
    kinds = ("order", "delivery", "invoice", "credit_memo", "return", "draft")
    given: Given = {"sales_order": [{}], **{f"b1_{kind}": [{}] for kind in kinds}}
    assert links(given) == {
        ("1001", "order", 7, "reference", "certain"),
        ("1001", "delivery", 8, "reference", "certain"),
        ("1001", "invoice", 9, "reference", "certain"),
        ("1001", "credit_memo", 10, "reference", "certain"),
        ("1001", "return", 11, "reference", "certain"),
        ("1001", "draft", 12, "reference", "certain"),
    }


@pytest.mark.parametrize(
    ("order", "document", "month"),
    [
        ({}, {}, 202602),
        ({}, {"total": Decimal("9.99")}, 0),
        ({}, {"tax": Decimal("0.01")}, 0),
        ({}, {"currency": "EUR"}, 0),
        ({}, {"discount": Decimal("0.01")}, 0),
        ({}, {"rounding": Decimal("-0.01")}, 0),
        ({}, {"doc_on": None}, 0),
        ({"tax": None}, {"tax": None}, 0),
        ({}, {"reference": ""}, 0),
    ],
)
def test_an_invoice_agrees_with_its_order_when_nobody_has_to_look_at_either(
    order: dict[str, Any], document: dict[str, Any], month: int
) -> None:
    amounts = {"currency": "GBP", "total": Decimal("12.00"), "tax": Decimal("2.00")}
    booked = {**amounts, "doc_on": date(2026, 2, 28)}
    given: Given = {
        "sales_order": [{**amounts, **order}],
        "b1_order": [{**booked, "doc_entry": 7}],
        "b1_invoice": [{**booked, "doc_entry": 9, **document}],
        "b1_invoice_line": [{"doc_entry": 9, "base_type": 17, "base_entry": 7}],
    }
    found = dict(asked(given, "object, agreed_in", "link"))
    assert found["invoice"] == month
    assert found["order"] == (0 if order else 202602)
    assert asked(given, "agreed_from, agreed_to", "document_count") == [(min(found.values()), max(found.values()))]


def test_a_reference_lost_on_the_way_is_inherited_from_document_to_document() -> None:
    given = {
        "sales_order": [{}],
        "b1_order": [{}],
        "b1_delivery": [{"reference": ""}],
        "b1_delivery_line": [{"base_type": 17, "base_entry": 7}],
        "b1_invoice": [{"reference": "?"}],
        "b1_invoice_line": [{"base_type": 15, "base_entry": 8}, {"base_type": 15, "base_entry": 8}],
        "b1_credit_memo": [{"reference": None}],
        "b1_credit_memo_line": [{"base_type": 13, "base_entry": 9}],
    }
    assert links(given) >= {
        ("1001", "delivery", 8, "base_document", "certain"),
        ("1001", "invoice", 9, "base_document", "certain"),
        ("1001", "credit_memo", 10, "base_document", "certain"),
    }


def test_a_collective_invoice_belongs_to_all_its_orders() -> None:
    given = {
        "sales_order": [{"order_id": "1"}, {"order_id": "2"}],
        "b1_delivery": [{"doc_entry": 81, "reference": "1"}, {"doc_entry": 82, "reference": "2"}],
        "b1_invoice": [{"reference": "MARCH"}],
        "b1_invoice_line": [{"base_type": 15, "base_entry": 81}, {"base_type": 15, "base_entry": 82}],
    }
    assert links(given) >= {
        ("1", "invoice", 9, "base_document", "certain"),
        ("2", "invoice", 9, "base_document", "certain"),
    }


def test_what_was_guessed_stays_a_guess_down_the_chain() -> None:
    given = {
        "sales_order": [{}],
        "b1_order": [{"reference": ""}],
        "b1_delivery": [{"reference": ""}],
        "b1_delivery_line": [{"base_type": 17, "base_entry": 7}],
    }
    assert links(given) == {
        ("1001", "order", 7, "amount_and_lines", "likely"),
        ("1001", "delivery", 8, "base_document", "likely"),
    }


@pytest.mark.parametrize(
    "change",
    [
        {"total": 12.01},
        {"currency": "EUR"},
        {"doc_on": datetime(2026, 3, 5).date()},
        {"reference": "WEB-77"},
        {"series": 77},
        {"card_code": "C-TRADE"},
    ],
    ids=[
        "another amount",
        "another currency",
        "another week",
        "another order's number",
        "typed by hand",
        "another partner",
    ],
)
def test_a_guess_is_made_only_when_everything_fits(change: dict[str, Any]) -> None:
    given = {"sales_order": [{}], "b1_order": [{"reference": "", **change}], "b1_order_line": [{}]}
    with workspace(complete(given, NOW), NOW) as con:
        fill_settings(con, settings(channel={"manual_series": [77]}))
        match(con)
        assert con.sql("SELECT count(*) FROM matching.link").fetchall() == [(0,)]


def test_a_guess_needs_the_same_items() -> None:
    given = {"sales_order": [{}], "b1_order": [{"reference": ""}], "b1_order_line": [{"item_code": "CUP"}]}
    assert links(given) == set()


def test_of_two_equal_candidates_neither_is_taken() -> None:
    given = {
        "sales_order": [{"order_id": "1"}, {"order_id": "2"}],
        "sales_order_line": [{"order_id": "1"}, {"order_id": "2"}],
        "b1_order": [{"reference": ""}],
    }
    assert links(given) == set()
    assert asked(given, "subject_id, object, doc_entry, rule", "ambiguous") == [
        ("1", "order", 7, "amount_and_lines"),
        ("2", "order", 7, "amount_and_lines"),
    ]


def test_a_name_that_two_orders_bear_decides_nothing() -> None:
    given = {
        "sales_order": [{"order_id": "1", "order_ref": "#77"}, {"order_id": "2", "order_ref": "77"}],
        "b1_order": [{"reference": "77"}],
    }
    assert links(given) == set()
    assert asked(given, "subject_id, doc_entry, rule", "ambiguous") == [("1", 7, "reference"), ("2", 7, "reference")]


def test_two_channels_on_one_business_partner_tell_their_orders_apart() -> None:
    other = {"id": "shopify-de"}
    given = {
        "sales_order": [{"order_id": "1"}, {"order_id": "2", "channel": "shopify-de"}],
        "b1_order": [
            {"doc_entry": 1, "reference": "1"},
            {"doc_entry": 2, "reference": "2"},
            {"doc_entry": 3, "reference": ""},
        ],
    }
    assert links(given, more_channels=(other,)) == {
        ("1", "order", 1, "reference", "certain"),
        ("2", "order", 2, "reference", "certain"),
    }
    reported = asked(given, "channel, doc_entry", "open_document WHERE is_reported", more_channels=(other,))
    assert reported == [("shopify-de", 3)]


def test_the_same_number_in_two_channels_on_one_business_partner_is_ambiguous() -> None:
    given = {
        "sales_order": [{"order_id": "1"}, {"order_id": "1", "channel": "shopify-de"}],
        "b1_order": [{"reference": "1"}],
    }
    assert links(given, more_channels=({"id": "shopify-de"},)) == set()


def asked_as(kind: str, given: Given, columns: str, table: str, **channel: Any) -> list[tuple[Any, ...]]:
    """As `asked`, on a channel of another kind."""
    with workspace(complete(given, NOW), NOW) as con:
        fill_settings(con, settings(channel={"kind": kind, "reference": {"field": "NumAtCard"}, **channel}))
        match(con)
        return con.sql(f"SELECT {columns} FROM matching.{table} ORDER BY ALL").fetchall()


def sale(order_id: str, order_ref: str, **more: Any) -> dict[str, Any]:
    return {"order_id": order_id, "order_ref": order_ref, **more}


MAGENTO = [sale("118", "000000118"), sale("7", "2000000118"), sale("9", "000000118-1")]


@pytest.mark.parametrize(
    ("typed", "order_id", "rule"),
    [
        ("000000118", "118", "reference"),
        ("118", "118", "leading_zeros"),
        ("00118", "118", "leading_zeros"),
        ("2000000118", "7", "reference"),
        ("118-1", "9", "leading_zeros"),
    ],
)
def test_the_zeros_before_a_magento_number_may_be_left_out(typed: str, order_id: str, rule: str) -> None:
    given: Given = {"sales_order": MAGENTO, "b1_order": [{"reference": typed}]}
    assert asked_as("magento", given, "order_id, rule", "order_document") == [(order_id, rule)]


def test_zeros_are_part_of_the_number_where_two_orders_differ_by_them_alone() -> None:
    given: Given = {
        "sales_order": [sale("1", "000000118"), sale("2", "0118")],
        "b1_order": [{"doc_entry": 7, "reference": "118"}, {"doc_entry": 8, "reference": "0118"}],
    }
    assert asked_as("magento", given, "order_id, doc_entry, rule", "order_document") == [("2", 8, "reference")]
    assert asked_as("magento", given, "subject_id, doc_entry", "ambiguous") == [("1", 7), ("2", 7)]


def test_the_key_of_a_magento_record_is_no_order_number() -> None:
    given: Given = {"sales_order": [sale("118", "000000219")], "b1_order": [{"reference": "118"}]}
    assert asked_as("magento", given, "order_id", "order_document") == []


def test_leading_zeros_count_on_every_other_channel() -> None:
    given: Given = {"sales_order": [sale("77", "0118")], "b1_order": [{"reference": "118"}]}
    assert asked_as("bigcommerce", given, "order_id", "order_document") == []


def test_an_order_of_john_lewis_is_known_by_the_consumers_number_too() -> None:
    order = sale("JL-10024001-A", "JL-10024001-A", alternate_ref="C7710")
    given: Given = {
        "sales_order": [order, sale("JL-10024002-A", "JL-10024002-A", alternate_ref="C7711")],
        "b1_order": [{"doc_entry": 7, "reference": "c7710"}, {"doc_entry": 8, "reference": "JL-10024002-A"}],
    }
    assert asked_as("john_lewis", given, "order_id, doc_entry, rule", "order_document") == [
        ("JL-10024001-A", 7, "alternate_reference"),
        ("JL-10024002-A", 8, "reference"),
    ]


def test_a_basket_that_two_sellers_orders_share_names_neither() -> None:
    orders = [sale(f"JL-9-{letter}", f"JL-9-{letter}", alternate_ref="JL-9") for letter in "AB"]
    given: Given = {"sales_order": orders, "b1_order": [{"reference": "JL-9"}]}
    assert asked_as("john_lewis", given, "order_id", "order_document") == []
    assert asked_as("john_lewis", given, "subject_id, rule", "ambiguous") == [
        ("JL-9-A", "alternate_reference"),
        ("JL-9-B", "alternate_reference"),
    ]


IDS = ("JL-1-A", "b52f1c1e-8f0a-4a52-9d41-0123456789ab", "po_1", "381", "577100000000100001", "RF/2026/7")


@pytest.mark.parametrize("known", IDS)
def test_ids_of_every_platform_are_compared_whole(known: str) -> None:
    others = [f"x{known}", f"{known}x", known.rpartition("/")[2].rpartition("-")[2] + "9"]
    given: Given = {
        "sales_order": [{}],
        "refund": [{"refund_id": known}],
        "b1_credit_memo": [
            {"doc_entry": number, "refund_id": text, "total": 99}
            for number, text in enumerate([f" {known} ", *others], start=10)
        ],
        "payout": [{"payout_id": known}],
        "b1_journal": [
            {"trans_id": number, "reference": text}
            for number, text in enumerate([known, f"payout {known}", *others], start=50)
        ],
    }
    assert asked_as("bigcommerce", given, "refund_id, doc_entry", "refund_credit_memo") == [(known, 10)]
    assert asked_as("bigcommerce", given, "payout_id, doc_entry", "payout_posting") == [(known, 50)]


OTHER = {"id": "john-lewis", "kind": "john_lewis", "card_code": "C-JL", "accounts": {"clearing": "1260"}}
TWENTY = [{"payout_id": "20", "net": 100}, {"payout_id": "20", "net": 70, "channel": "john-lewis"}]


@pytest.mark.parametrize(
    ("lines", "channels"),
    [
        ([{"debit": 70}], ["john-lewis"]),
        ([{"debit": 100}, {"account": "6450", "debit": 3}], [CHANNEL]),
        ([{"debit": 40}, {"account": "1260", "credit": 40}], ["john-lewis"]),
        ([{"debit": 40}, {"account": "1250", "short_name": "C-SHOPIFY", "credit": 40}], [CHANNEL]),
        ([{"debit": 100}, {"account": "1260", "credit": 100}], [CHANNEL]),
        ([{"debit": 33}], ["john-lewis", CHANNEL]),
        ([], ["john-lewis", CHANNEL]),
    ],
    ids=[
        "its amount",
        "the other's amount",
        "its account",
        "its partner",
        "amount before account",
        "nothing",
        "no lines",
    ],
)
def test_payouts_of_two_providers_with_the_same_number_are_told_apart(
    lines: list[dict[str, Any]], channels: list[str]
) -> None:
    given: Given = {"payout": TWENTY, "b1_journal": [{"trans_id": 50, "reference": "20"}], "b1_journal_line": lines}
    found = asked(given, "channel, doc_entry", "payout_posting", more_channels=(OTHER,))
    assert found == [(channel, 50) for channel in channels]


def test_a_payment_to_two_payouts_of_one_number_belongs_to_its_partners() -> None:
    given: Given = {"payout": TWENTY, "b1_payment": [{"card_code": "C-JL", "total": 1, "transfer_reference": "20"}]}
    assert asked(given, "channel", "payout_posting", more_channels=(OTHER,)) == [("john-lewis",)]


def manual(order_id: str, entry: int, *, is_linked: bool = True, kind: str = "order") -> ManualLink:
    return ManualLink(CHANNEL, order_id, kind, entry, is_linked)


TWO = {
    "sales_order": [{"order_id": "1"}, {"order_id": "2"}],
    "b1_order": [{"doc_entry": 7, "reference": "1"}],
    "b1_delivery": [{"doc_entry": 8, "reference": ""}],
    "b1_delivery_line": [{"doc_entry": 8, "base_type": 17, "base_entry": 7}],
}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([manual("2", 7)], {("2", "order", 7, "manual"), ("2", "delivery", 8, "base_document")}),
        ([manual("1", 7, is_linked=False)], set()),
        (
            [manual("2", 7), manual("2", 7, is_linked=False)],
            {("1", "order", 7, "reference"), ("1", "delivery", 8, "base_document")},
        ),
        ([manual("2", 8, kind="delivery")], {("1", "order", 7, "reference"), ("2", "delivery", 8, "manual")}),
        ([manual("1", 99)], {("1", "order", 7, "reference"), ("1", "delivery", 8, "base_document")}),
    ],
    ids=["linked elsewhere", "unlinked", "linked and unlinked again", "only the delivery", "unknown document"],
)
def test_people_have_the_last_word(said: list[ManualLink], expected: set[tuple[Any, ...]]) -> None:
    assert {link[:4] for link in links(TWO, *said)} == expected


def test_an_unlinked_document_is_not_guessed_back() -> None:
    given = {"sales_order": [{}], "b1_order": [{"reference": ""}]}
    assert len(links(given)) == 1
    assert links(given, manual("1001", 7, is_linked=False)) == set()


def test_refunds_find_their_credit_memos() -> None:
    given = {
        "sales_order": [{}],
        "b1_invoice": [{}],
        "refund": [{"refund_id": "gid://shopify/Refund/1"}, {"refund_id": "2", "total": 5}],
        "b1_credit_memo": [
            {"doc_entry": 10, "refund_id": "1", "reference": ""},
            {"doc_entry": 11, "refund_id": "1"},
            {"doc_entry": 12, "total": 5},
        ],
    }
    assert asked(given, "refund_id, doc_entry, rule", "refund_credit_memo") == [
        ("2", 12, "order_and_amount"),
        ("gid://shopify/Refund/1", 10, "refund_id"),
        ("gid://shopify/Refund/1", 11, "refund_id"),
    ]


def test_payouts_find_their_postings_and_name_the_best_field() -> None:
    given = {
        "payout": [{"payout_id": "gid://shopify/ShopifyPaymentsPayout/71"}],
        "b1_journal": [{"trans_id": 5, "reference": "71", "memo": "71"}],
        "b1_payment": [{"doc_entry": 6, "direction": "outgoing", "counter_reference": "71"}],
    }
    assert asked(given, "object, doc_entry, rule", "payout_posting") == [
        ("journal", 5, "reference"),
        ("outgoing_payment", 6, "counter_reference"),
    ]


def test_a_reference_with_one_wrong_digit_names_the_only_order_of_that_amount() -> None:
    given: Given = {"sales_order": [{"order_id": "1234"}, {"order_id": "7777"}], "b1_order": [{"reference": "1284"}]}
    assert links(given) == {("1234", "order", 7, "similar_reference", "likely")}


def test_a_reference_with_one_wrong_digit_is_not_an_order_that_has_its_document() -> None:
    given: Given = {
        "sales_order": [{"order_id": "1234"}],
        "b1_order": [{"reference": "1234"}, {"doc_entry": 20, "reference": "1284"}],
    }
    assert links(given) == {("1234", "order", 7, "reference", "certain")}


def test_two_orders_as_near_to_a_reference_are_both_left_alone() -> None:
    given: Given = {"sales_order": [{"order_id": "1234"}, {"order_id": "1294"}], "b1_order": [{"reference": "1284"}]}
    assert links(given) == set()
