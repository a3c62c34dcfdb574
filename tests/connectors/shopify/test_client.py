"""Token, cost, version and errors of the endpoint."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from auditor.clock import FixedClock
from auditor.connectors.shopify import ShopifyConnector, documents
from auditor.connectors.shopify.documents import Document
from auditor.connectors.shopify.problems import TooExpensive
from auditor.errors import ConfigError, Incomplete, OutcomeUnknown, Rejected, Retriable
from tests.connectors.shopify.bodies import gid
from tests.connectors.shopify.fake import FakeShopify, Node
from tests.connectors.shopify.shop import connect, location, read, sale, stream

BY_SECRET = {"client_id": {"file": "id"}, "client_secret": {"file": "secret"}}
WRITE = Document("Write", "mutation Write($id: ID!) { bulkOperationCancel(id: $id) { userErrors { message } } }")


def errors(*entries: Node, data: object = None, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json={"data": data, "errors": list(entries)})


def problem(message: str, code: str | None = None, *path: str) -> Node:
    return {"message": message, "path": list(path) or None, "extensions": {"code": code}}


def throttled(status: int, requested: float, available: float, rate: float = 100.0) -> httpx.Response:
    throttle = {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": rate}
    cost = {"requestedQueryCost": requested, "actualQueryCost": None, "throttleStatus": throttle}
    body = {"errors": [problem("Throttled", "THROTTLED")], "extensions": {"cost": cost}}
    return httpx.Response(status, json=body)


# Tokens ---------------------------------------------------------------------------------------------------------------


def test_a_token_is_asked_for_once_and_used_until_five_minutes_before_its_end(
    shop: FakeShopify, clock: FixedClock, tmp_path: Path
) -> None:
    connector = connect(shop, clock, tmp_path, credentials=BY_SECRET)
    read(connector, "locations")
    clock.sleep(86_399 - 301)
    read(connector, "locations")
    assert shop.issued == 1
    clock.sleep(2)
    read(connector, "locations")
    assert shop.issued == 2


def test_a_refused_token_is_renewed_once(shop: FakeShopify, clock: FixedClock, tmp_path: Path) -> None:
    connector = connect(shop, clock, tmp_path, credentials=BY_SECRET)
    read(connector, "locations")
    shop.tokens = set()
    read(connector, "locations")
    assert shop.issued == 2


def test_a_token_that_is_refused_again_is_not_renewed_for_ever(
    shop: FakeShopify, clock: FixedClock, tmp_path: Path
) -> None:
    connector = connect(shop, clock, tmp_path, credentials=BY_SECRET)
    shop.answers = [lambda _: httpx.Response(401, json={"errors": "[API] Invalid"})] * 9
    with pytest.raises(Rejected, match="does not accept the access token") as caught:
        read(connector, "locations")
    assert caught.value.status == 401
    assert shop.issued == 2


def test_a_static_token_that_is_refused_is_told_at_once(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.tokens = set()
    with pytest.raises(Rejected, match="does not accept the access token"):
        read(connector, "locations")


def test_wrong_client_credentials_are_told_without_the_secret(
    shop: FakeShopify, clock: FixedClock, tmp_path: Path
) -> None:
    connector = connect(shop, clock, tmp_path, credentials=BY_SECRET)
    (tmp_path / "secret").write_text("wr0ng")
    with pytest.raises(Rejected, match="client_id and client_secret") as caught:
        read(connector, "locations")
    assert caught.value.status == 401
    assert "wr0ng" not in str(caught.value)


def test_a_channel_without_credentials_is_a_wrong_configuration(
    shop: FakeShopify, clock: FixedClock, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="access_token, or client_id and client_secret; given are: client_id"):
        connect(shop, clock, tmp_path, credentials={"client_id": {"file": "id"}})


# Cost -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 429])
def test_a_throttled_query_waits_until_its_points_are_back(
    shop: FakeShopify, connector: ShopifyConnector, clock: FixedClock, status: int
) -> None:
    """(800 - 50) / 100 = 7.5 seconds, and a little more."""
    shop.answers = [lambda _: throttled(status, 800, 50)]
    began = clock.monotonic()
    assert len(read(connector, "locations")) == 2
    assert 7.5 <= clock.monotonic() - began < 9.0


def test_a_query_whose_cost_is_known_is_not_sent_before_its_points_are_there(
    shop: FakeShopify, connector: ShopifyConnector, clock: FixedClock
) -> None:
    shop.cost = lambda name, variables: 600.0
    shop.available = 100.0
    read(connector, "shop")
    began = clock.monotonic()
    read(connector, "shop")
    assert 5.0 <= clock.monotonic() - began < 5.5
    clock.sleep(60)
    began = clock.monotonic()
    read(connector, "shop")
    assert clock.monotonic() == began


def test_a_query_that_is_put_off_for_ever_is_given_up(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.answers = [lambda _: throttled(200, 800, 0)] * 1_000
    with pytest.raises(Retriable, match="has put AuditShop off"):
        read(connector, "shop")


def test_a_page_that_costs_too_much_is_halved_until_it_fits(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.locations = [location(number) for number in range(1, 301)]
    shop.cost = lambda name, variables: 20.0 * variables.get("first", 1)
    assert len(read(connector, "locations")) == 300
    sizes = [entry["first"] for entry in shop.variables if "first" in entry]
    assert sizes[:4] == [250, 125, 62, 31]
    assert set(sizes[3:]) == {31}


def test_the_cost_of_a_large_page_is_not_waited_for_before_a_small_one(
    shop: FakeShopify, connector: ShopifyConnector, clock: FixedClock
) -> None:
    shop.orders = [sale(number) for number in range(1, 11)]
    shop.cost = lambda name, variables: 10.0 + 300.0 * len(variables.get("ids", ()))
    read(connector, "orders")  # the last portion is a single one
    read(connector, "orders")
    shop.available = 320.0
    connector.look_up(stream(connector, "orders"), ["1"])
    began = clock.monotonic()
    connector.look_up(stream(connector, "orders"), ["1"])
    assert clock.monotonic() == began
    connector.look_up(stream(connector, "orders"), ["1", "2", "3"])
    assert clock.monotonic() - began > 5


def test_a_batch_of_ids_that_costs_too_much_is_halved_until_it_fits(
    shop: FakeShopify, connector: ShopifyConnector
) -> None:
    shop.orders = [sale(number) for number in range(1, 8)]
    shop.cost = lambda name, variables: 600.0 * len(variables.get("ids", ()))
    assert len(read(connector, "orders")) == 7
    assert [len(entry["ids"]) for entry in shop.variables if "ids" in entry] == [3, 1, 1, 1, 1, 1, 1, 1]


def test_a_single_record_that_costs_too_much_is_told(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.orders = [sale(501)]
    shop.cost = lambda name, variables: 5_000.0 * len(variables.get("ids", ()))
    with pytest.raises(TooExpensive, match="even for a single record"):
        read(connector, "orders")


# Errors ---------------------------------------------------------------------------------------------------------------


def test_partial_data_is_never_accepted(shop: FakeShopify, connector: ShopifyConnector) -> None:
    hole = problem("Something went wrong", "SOMETHING", "locations", "nodes", "0", "name")
    shop.answers = [lambda _: errors(hole, data={"locations": {"nodes": [None]}})]
    with pytest.raises(Incomplete, match=r"came back with a hole at locations\.nodes\.0\.name"):
        read(connector, "locations")


def test_a_denied_field_names_the_scope_to_grant(shop: FakeShopify, connector: ShopifyConnector) -> None:
    words = "Access denied for locations field. Required access: `read_locations` access scope."
    shop.answers = [lambda _: errors(problem(words, "ACCESS_DENIED", "locations"), data={"locations": None})]
    with pytest.raises(Rejected, match=r"may not read locations.*grant the app one of: read_locations"):
        read(connector, "locations")


def test_a_field_that_is_gone_is_named(shop: FakeShopify, connector: ShopifyConnector) -> None:
    del shop.locations[0]["hasActiveInventory"]
    with pytest.raises(Incomplete, match="hasActiveInventory"):
        read(connector, "locations")


def test_an_expired_cursor_makes_the_read_incomplete(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.locations = [location(number) for number in range(1, 301)]
    shop.answers = [lambda _: None, lambda _: errors(problem("Invalid cursor for current pagination sort"))]
    with pytest.raises(Incomplete, match="no longer knows the place reached"):
        read(connector, "locations")


def test_a_failure_inside_shopify_is_tried_again(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.answers = [lambda _: errors(problem("Oops", "INTERNAL_SERVER_ERROR", "locations"), data={"locations": None})]
    assert len(read(connector, "locations")) == 2


@pytest.mark.parametrize("body", [b'{"data": {"locations": {"nodes": [', b"<html>Bad gateway</html>", b"[]"])
def test_an_answer_that_broke_off_is_asked_for_again(
    shop: FakeShopify, connector: ShopifyConnector, body: bytes
) -> None:
    shop.answers = [lambda _: httpx.Response(200, content=body)]
    assert len(read(connector, "locations")) == 2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_gateway_that_fails_is_asked_again(shop: FakeShopify, connector: ShopifyConnector, status: int) -> None:
    shop.answers = [lambda _: httpx.Response(status, content=b"<html>no</html>")]
    assert len(read(connector, "locations")) == 2


@pytest.mark.parametrize(
    ("status", "words"),
    [(402, "frozen"), (403, "scopes"), (404, "API version"), (423, "locked"), (430, "malicious")],
)
def test_a_refusing_shop_is_told_in_words_and_not_asked_again(
    shop: FakeShopify, connector: ShopifyConnector, status: int, words: str
) -> None:
    shop.answers = [lambda _: httpx.Response(status, json={"errors": "No"})] * 5
    with pytest.raises(Rejected, match=words):
        read(connector, "locations")
    assert len(shop.answers) == 4


def test_an_answer_with_neither_data_nor_errors_is_incomplete(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.answers = [lambda _: httpx.Response(200, json={"extensions": {}})]
    with pytest.raises(Incomplete, match="neither data nor errors"):
        read(connector, "locations")


def test_a_batch_with_fewer_answers_than_ids_is_incomplete(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.answers = [lambda _: httpx.Response(200, json={"data": {"nodes": []}})]
    with pytest.raises(Incomplete, match="answered 0 of 1 records"):
        connector.look_up(stream(connector, "orders"), [gid("Order", 501)])


# Writes ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(502, content=b"<html>"),
        httpx.Response(200, content=b'{"data": {'),
        errors(problem("Oops", "INTERNAL_SERVER_ERROR")),
    ],
    ids=["gateway", "cut off", "inside Shopify"],
)
def test_a_write_is_sent_once_and_its_outcome_is_unknown_when_no_answer_came(
    shop: FakeShopify, connector: ShopifyConnector, answer: httpx.Response
) -> None:
    shop.answers = [lambda _: answer, lambda _: answer]
    with pytest.raises(OutcomeUnknown):
        connector.client.run(WRITE, {"id": "x"}, is_write=True)
    assert len(shop.answers) == 1


def test_a_throttled_write_was_not_done_so_it_is_sent_again(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.answers = [lambda _: throttled(200, 100, 50)]
    answer = connector.client.run(WRITE, {"id": "x"}, is_write=True)
    assert answer["bulkOperationCancel"]["userErrors"] == []
    assert shop.count("Write") == 1


# Version and log ------------------------------------------------------------------------------------------------------


def test_the_configured_version_is_asked_for(shop: FakeShopify, clock: FixedClock, tmp_path: Path) -> None:
    connector = connect(shop, clock, tmp_path, api_version="2026-07")
    read(connector, "shop")
    assert [call.path for call in connector.calls()] == ["/admin/api/2026-07/graphql.json"]
    assert connector.client.served_version == "2026-10"


def test_calls_are_logged_without_secrets_and_handed_out_once(
    shop: FakeShopify, clock: FixedClock, tmp_path: Path
) -> None:
    connector = connect(shop, clock, tmp_path, credentials=BY_SECRET)
    read(connector, "shop")
    calls = connector.calls()
    assert [call.path for call in calls] == ["/admin/oauth/access_token", "/admin/api/2026-10/graphql.json"]
    assert "s3cret" not in json.dumps([call.path for call in calls])
    assert connector.calls() == []


def test_nothing_is_sent_before_the_first_read(shop: FakeShopify, clock: FixedClock, tmp_path: Path) -> None:
    connector = connect(shop, clock, tmp_path, credentials=BY_SECRET)
    assert next(each.name for each in connector.streams) == "shop"
    assert connector.shape_parameters() == {"channel": "shop-uk"}
    connector.close()
    assert shop.issued == 0
    assert shop.operations == []


def test_operations_have_names_of_their_own() -> None:
    names = [document.name for document in (*documents.OPERATIONS, *documents.BULKS)]
    assert len(names) == len(set(names))
