"""Bulk operations: waited for, downloaded, and only believed when they are whole."""

from __future__ import annotations

import json
import random

import msgspec
import pytest

from auditor.clock import FixedClock
from auditor.connectors.base import Window
from auditor.connectors.shopify import ShopifyConnector
from auditor.connectors.shopify.documents import Document
from auditor.connectors.shopify.lines import lines_of
from auditor.connectors.shopify.spool import Spool
from auditor.errors import Incomplete, Rejected, Retriable
from tests.connectors.shopify.bodies import gid
from tests.connectors.shopify.fake import FakeShopify, Node
from tests.connectors.shopify.shop import NOW, bodies, component, item, read, stream, variant


@pytest.fixture(autouse=True)
def catalogue(shop: FakeShopify) -> None:
    shop.productVariants = [
        variant(1),
        variant(2, component(21, "A-1"), component(22, "A-3")),
        variant(3),
    ]


def test_parents_and_children_are_joined_in_whatever_order_they_stand(
    shop: FakeShopify, connector: ShopifyConnector
) -> None:
    def mixed(lines: list[str]) -> list[str]:
        random.Random(3).shuffle(lines)
        return lines

    expected = bodies(read(connector, "listings"))
    shop.file_change = mixed
    assert bodies(read(connector, "listings")) == expected
    assert len(expected[gid("ProductVariant", 2)]["productVariantComponents"]) == 2


def test_the_result_file_is_fetched_without_the_token(shop: FakeShopify, connector: ShopifyConnector) -> None:
    read(connector, "listings")
    assert shop.token_of == [None]
    assert [call.path for call in connector.calls()][-1] == "/bulk/1"


def test_an_operation_is_waited_for(shop: FakeShopify, connector: ShopifyConnector, clock: FixedClock) -> None:
    shop.bulk_status = ["CREATED", "RUNNING", "RUNNING"]
    began = clock.monotonic()
    assert len(read(connector, "listings")) == 3
    assert clock.monotonic() - began > 3


@pytest.mark.parametrize("status", ["FAILED", "EXPIRED", "CANCELED", "A_NEW_WORD"])
def test_an_operation_that_did_not_complete_is_incomplete(
    shop: FakeShopify, connector: ShopifyConnector, status: str
) -> None:
    shop.bulk_change = lambda operation: operation.update(status=status, errorCode="TIMEOUT")
    with pytest.raises(Incomplete, match=rf"BulkListings ended as {status} \(TIMEOUT\)"):
        read(connector, "listings")
    assert shop.token_of == []


def test_an_operation_that_was_denied_asks_for_scopes(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.bulk_change = lambda operation: operation.update(status="FAILED", errorCode="ACCESS_DENIED")
    with pytest.raises(Rejected, match="doctor"):
        read(connector, "listings")


def test_an_operation_that_never_ends_is_cancelled(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.bulk_status = ["RUNNING"] * 2_000
    with pytest.raises(Incomplete, match="more than four hours"):
        read(connector, "listings")
    assert shop.operations[-1] == "BulkStop"


def test_a_free_place_is_waited_for(shop: FakeShopify, connector: ShopifyConnector, clock: FixedClock) -> None:
    shop.places = -2
    began = clock.monotonic()
    assert len(read(connector, "listings")) == 3
    assert shop.count("BulkStart") == 4
    assert clock.monotonic() - began >= 0.5 + 1.0


def test_no_place_for_half_an_hour_is_given_up(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.places = -10_000
    with pytest.raises(Retriable, match="no place for the bulk operation BulkListings became free"):
        read(connector, "listings")


def test_a_refused_query_is_told(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.refuses_bulk = True
    with pytest.raises(Rejected, match="does not start BulkListings: Bulk queries cannot do this"):
        read(connector, "listings")


def test_an_empty_result_has_no_file(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.productVariants = []
    assert read(connector, "listings") == []
    assert shop.token_of == []


def test_a_result_without_file_that_is_not_empty_is_incomplete(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.bulk_change = lambda operation: operation.update(url=None)
    with pytest.raises(Incomplete, match="found 5 objects but gave no result file"):
        read(connector, "listings")


def test_a_file_that_breaks_off_is_fetched_again(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.file_cuts = 2
    assert len(read(connector, "listings")) == 3
    shop.file_cuts = 3
    with pytest.raises(Incomplete, match="broke off 3 times"):
        read(connector, "listings")


@pytest.mark.parametrize("lost", [0, -1])
def test_a_file_with_a_line_too_few_is_incomplete(shop: FakeShopify, connector: ShopifyConnector, lost: int) -> None:
    shop.file_change = lambda lines: [line for place, line in enumerate(lines) if place != lost % len(lines)]
    with pytest.raises(Incomplete, match=r"holds 4 lines and 2 records, but 5 and 3 were announced"):
        read(connector, "listings")


def test_a_child_without_its_parent_is_incomplete(shop: FakeShopify, connector: ShopifyConnector) -> None:
    def strange(lines: list[str]) -> list[str]:
        return [
            line.replace('"__parentId": "gid://shopify/ProductVariant/2"', '"__parentId": "gone"') for line in lines
        ]

    shop.file_change = strange
    with pytest.raises(Incomplete, match="2 lines of BulkListings belong to records that are not there"):
        read(connector, "listings")


def test_an_address_that_is_not_https_is_not_called(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.bulk_change = lambda operation: operation.update(url="http://files.example.com/bulk/1")
    with pytest.raises(Incomplete, match="no usable address"):
        read(connector, "listings")


def test_stock_is_read_by_location_and_closed_locations_are_left_out(
    shop: FakeShopify, connector: ShopifyConnector
) -> None:
    shop.locations[1]["isActive"] = False
    shop.inventoryItems = [item(1, at1=5, at2=7), item(2, at1=-3)]
    found = bodies(read(connector, "stock"))
    one, two = (f"{gid('InventoryItem', number)}@{gid('Location', 1)}" for number in (1, 2))
    assert set(found) == {one, two}
    assert found[one]["item"] == {"id": gid("InventoryItem", 1), "sku": "A-1", "tracked": True}
    assert [entry["name"] for entry in found[one]["quantities"]] == ["available", "on_hand"]


def test_stock_and_listings_are_the_same_bytes_when_looked_up(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.inventoryItems = [item(1, at1=5, at2=7), item(2, at1=-3)]
    for name in ("stock", "listings"):
        stream = next(each for each in connector.streams if each.name == name)
        in_bulk = {record.key: record.body for record in read(connector, name)}
        looked_up = connector.look_up(stream, [*in_bulk, f"{gid('InventoryItem', 2)}@{gid('Location', 2)}"])
        assert {record.key: record.body for record in looked_up} == in_bulk


def test_a_listing_knows_the_currency_of_its_price(shop: FakeShopify, connector: ShopifyConnector) -> None:
    assert bodies(read(connector, "listings"))[gid("ProductVariant", 1)]["currencyCode"] == "GBP"


NESTED = Document(
    "Nested",
    """{ rs { edges { node { __typename id n
      cs { edges { node { __typename id n } } } ds { edges { node { __typename id } } } } } } }""",
    kinds=("R", "C", "D"),
)


def line(kind: str, number: int, parent: str | None = None, n: int | None = None) -> Node:
    node: Node = {"__typename": kind, "id": f"{kind.lower()}/{number}", "n": n}
    return node if parent is None else {**node, "__parentId": parent}


def filled(lines: list[Node]) -> tuple[Spool, tuple[int, int]]:
    spool = Spool(lines_of(NESTED))
    return spool, spool.fill([json.dumps(line).encode()] for line in lines)


def test_the_spool_gives_back_what_was_put_in() -> None:
    lines = [line("R", number) for number in range(1_234)]
    lines += [line("C", number, f"r/{number % 7}") for number in range(2_000)]
    spool, received = filled(lines)
    with spool:
        assert received == (3_234, 1_234)
        assert [root.id for page in spool.roots() for root in page] == [f"r/{number}" for number in range(1_234)]
        first, last = spool.by_id(["r/0"])["r/0"], spool.by_id(["r/999"])["r/999"]
        spool.join([first, last])
        assert (len(first.cs), first.ds, last.cs) == (286, [], [])
        assert [row.id for page in spool.below("r/999") for row in page] == []
        assert len([row for page in spool.below("r/6") for row in page]) == 285
        assert msgspec.json.encode(spool.by_id(["c/5", "nobody"])) == b'{"c/5":{"id":"c/5","n":null}}'
        assert spool.orphans() == 0


def test_lines_below_a_line_go_where_they_belong_in_the_order_of_their_numbers() -> None:
    spool, _ = filled(
        [line("D", 1, "r/1"), line("C", 10, "r/1"), line("R", 1, n=5), line("C", 9, "r/1"), line("C", 8, "c/9")]
    )
    with spool:
        (roots,) = spool.roots()
        assert msgspec.json.encode(spool.join(roots)) == (
            b'[{"cs":[{"id":"c/9","n":null},{"id":"c/10","n":null}],"ds":[{"id":"d/1"}],"id":"r/1","n":5}]'
        )


def test_records_are_put_together_in_portions_that_fit_into_memory() -> None:
    """20,000 orders with 27 lines each are read with 30 MB that way."""
    spool, _ = filled([line("R", number) for number in range(1_050)])
    with spool:
        portions = [len(page) for page in spool.roots()]
    assert sum(portions) == 1_050
    assert max(portions) <= 100


def test_of_a_record_that_came_twice_the_later_line_counts() -> None:
    spool, _ = filled([line("R", 1, n=1), line("R", 2), line("R", 1, n=2)])
    with spool:
        assert [(root.id, root.n) for page in spool.roots() for root in page] == [("r/2", None), ("r/1", 2)]


def test_what_was_not_asked_for_is_no_part_of_a_record() -> None:
    spool, _ = filled([{**line("R", 1), "more": 1}])
    with spool:
        assert [msgspec.json.encode(root) for page in spool.roots() for root in page] == [b'{"id":"r/1","n":null}']


@pytest.mark.parametrize("wrong", [b"{", b"[]", b"7", b'{"__typename":"R","id":"r/1","n":1} {}', b"\xff"])
def test_a_line_that_is_no_object_is_refused(wrong: bytes) -> None:
    with Spool(lines_of(NESTED)) as spool, pytest.raises(ValueError):
        spool.fill([[json.dumps(line("R", 1)).encode(), wrong]])


def test_lines_are_found_wherever_the_pieces_of_a_file_end(shop: FakeShopify, connector: ShopifyConnector) -> None:
    expected = bodies(read(connector, "listings"))
    shop.file_change = lambda lines: [f"{line}\n" if place % 2 else line for place, line in enumerate(lines)]
    assert bodies(read(connector, "listings")) == expected


def test_what_is_asked_for_is_prepared_while_others_are_read(shop: FakeShopify, connector: ShopifyConnector) -> None:
    listings, stock = [connector.read(stream(connector, name), Window(None, NOW)) for name in ("listings", "stock")]
    assert shop.operations == ["BulkStart", "BulkStart"]
    assert [sum(map(len, pages)) for pages in (listings, stock)] == [3, 0]
    assert shop.count("BulkStart") == 2


def test_what_finds_no_place_early_is_started_in_its_turn(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.places = 0
    pages = connector.read(stream(connector, "listings"), Window(None, NOW))
    assert shop.count("BulkStart") == 1
    assert sum(map(len, pages)) == 3
    assert shop.count("BulkStart") == 2
