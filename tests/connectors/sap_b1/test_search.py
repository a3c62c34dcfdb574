"""Single documents are found by the ids of others, in few and narrow calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import httpx
import msgspec
import pytest

from auditor.connectors.sap_b1 import B1Connector
from tests.connectors.sap_b1.conftest import Make, channel, document
from tests.connectors.sap_b1.fake import FakeB1

SINCE = datetime(2026, 3, 1, 12)


class Asked:
    """A B1 that answers every filter with the same rows and keeps what it was asked."""

    def __init__(self, b1: FakeB1, rows: list[dict[str, Any]]) -> None:
        self._b1 = b1
        self._rows = rows
        self.filters: list[str] = []

    def handle(self, request: httpx.Request) -> httpx.Response:
        options = parse_qs(request.url.query.decode())
        if "$filter" not in options:
            return self._b1.handle(request)
        self.filters.append(options["$filter"][0])
        wanted = options["$select"][0].split(",")
        rows = [{name: row.get(name) for name in wanted} for row in self._rows]
        return httpx.Response(200, content=msgspec.json.encode({"value": rows}))


def found(connector: B1Connector, table: str, by: str, *values: str, **more: Any) -> dict[str, list[str]]:
    """Value -> keys of the records that bear it."""
    hits: dict[str, list[str]] = {}
    given = {"channel": "shopify-uk", "since": SINCE} | more
    for _, those in connector.search(table, by, values, **given):
        for hit in those:
            hits.setdefault(hit.value, []).append(hit.record.key)
    return hits


@pytest.mark.parametrize("written", ["#1001", "1001", " #1001 ", "# 1001"])
def test_an_order_is_found_however_people_write_its_number(b1: FakeB1, make: Make, written: str) -> None:
    asked = Asked(b1, [document(1, NumAtCard=written), document(2, NumAtCard="#11001")])
    assert found(make(asked.handle), "b1_order", "order_ref", "#1001") == {"#1001": ["1"]}
    assert asked.filters == [
        "(CardCode eq 'C-SHOPIFY' and CreationDate ge '2026-01-29') and (contains(NumAtCard,'1001'))"
    ]


def test_magento_numbers_are_found_without_their_zeros_and_prefixes_are_left_out(b1: FakeB1, make: Make) -> None:
    shop = channel("magento-uk", kind="magento", card_code="C-MAG", reference={"prefix": "MG-"}, store_view="uk")
    asked = Asked(b1, [document(1, NumAtCard="MG-2400017")])
    connector = make(asked.handle, channels=[shop])
    hits = found(connector, "b1_invoice", "order_ref", "0002400017", channel="magento-uk")
    assert hits == {"0002400017": ["1"]}
    assert asked.filters[0].endswith("(contains(NumAtCard,'2400017'))")


def test_a_call_names_at_most_25_values_and_drafts_only_while_they_are_open(b1: FakeB1, make: Make) -> None:
    asked = Asked(b1, [])
    found(make(asked.handle), "b1_draft", "order_ref", *(f"#{number}" for number in range(1000, 1060)))
    assert [text.count("contains(") for text in asked.filters] == [25, 25, 10]
    assert all("DocumentStatus eq 'bost_Open'" in text for text in asked.filters)


def test_a_refund_is_found_by_its_id_with_or_without_what_the_platform_puts_around_it(b1: FakeB1, make: Make) -> None:
    asked = Asked(b1, [document(9, U_RefundId="880044")])
    connector = make(asked.handle, fields={"refund_id": "U_RefundId"})
    gid = "gid://shopify/Refund/880044"
    assert found(connector, "b1_credit_memo", "refund_id", gid) == {gid: ["9"]}
    assert f"U_RefundId eq '880044' or U_RefundId eq '{gid}'" in asked.filters[0]


def test_a_payout_is_looked_for_in_every_field_that_may_carry_it_of_journals_and_payments(
    b1: FakeB1, make: Make
) -> None:
    asked = Asked(b1, [])
    connector = make(asked.handle)
    assert found(connector, "b1_journal", "payout_id", "P'1") == {}
    assert found(connector, "b1_payment", "payout_id", "P'1") == {}
    journals, incoming, outgoing = asked.filters
    assert "Reference3 eq 'P''1' or Memo eq 'P''1'" in journals
    assert incoming == outgoing
    assert "CounterReference eq 'P''1'" in incoming


def test_what_b1_has_no_field_for_cannot_be_asked(make: Make) -> None:
    connector = make(fields={"refund_id": None})
    assert not connector.can_search("b1_credit_memo", "refund_id")
    assert connector.can_search("b1_credit_memo", "order_ref")
    assert not connector.can_search("b1_item", "order_ref")
    assert not connector.can_search("sales_order", "order_id")
