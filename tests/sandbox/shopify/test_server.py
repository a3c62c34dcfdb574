"""Over HTTP: versions, tokens, result files, and each failure that can be planned."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.sandbox.shopify.conftest import Shop
from tests.sandbox.shopify.store import BULK_POLL, BULK_START, gid

NAMES = (
    "query Names { orders(first: 3, sortKey: ID) { pageInfo { hasNextPage } nodes { id name updatedAt closedAt } } }"
)
TAG = 'mutation Tag { tagsAdd(id: "gid://shopify/Order/1", tags: ["seen"]) { userErrors { message } } }'


def grant(shop: Shop, **changed: str) -> httpx.Response:
    form = {"grant_type": "client_credentials", "client_id": "sandbox-client", "client_secret": "sandbox-secret"}
    return shop.http.post("/admin/oauth/access_token", data={**form, **changed})


def tags(shop: Shop) -> list[str]:
    found = shop.store.data("query($id: ID!) { order(id: $id) { tags } }", id=gid("Order", 1))["order"]["tags"]
    assert isinstance(found, list)
    return found


# -- versions and tokens -----------------------------------------------------------------------------------------------
def test_an_answer_tells_the_served_version_and_its_cost(shop: Shop) -> None:
    answer = shop.post(NAMES)
    assert answer.status_code == 200
    assert answer.headers["x-shopify-api-version"] == "2026-10"
    assert [node["name"] for node in answer.json()["data"]["orders"]["nodes"]] == ["#1", "#2", "#3"]
    assert answer.json()["extensions"]["cost"]["requestedQueryCost"] == 5


def test_a_version_that_ran_out_falls_forward_and_an_unknown_one_is_not_found(shop: Shop) -> None:
    old = shop.post(NAMES, version="2025-07")
    assert (old.status_code, old.headers["x-shopify-api-version"]) == (200, "2026-01")
    for version in ("2027-01", "2026-05", "v1"):
        assert shop.post(NAMES, version=version).status_code == 404
    assert shop.http.get("/admin/api/2026-10/orders.json").status_code == 404


def test_a_wrong_token_is_refused(shop: Shop) -> None:
    answer = shop.post(NAMES, token="shpat_wrong")
    assert answer.status_code == 401
    assert answer.json()["errors"].startswith("[API] Invalid API key or access token")


def test_client_credentials_give_a_token_that_lives_for_a_day(shop: Shop) -> None:
    granted = grant(shop).json()
    assert granted["expires_in"] == 86399
    assert "read_orders" in granted["scope"].split(",")
    assert shop.post(NAMES, token=granted["access_token"]).status_code == 200
    shop.store.clock.advance(timedelta(hours=24))
    assert shop.post(NAMES, token=granted["access_token"]).status_code == 401
    assert shop.post(NAMES, token=grant(shop).json()["access_token"]).status_code == 200


def test_credentials_may_come_as_json_but_must_be_right(shop: Shop) -> None:
    body = {"grant_type": "client_credentials", "client_id": "sandbox-client", "client_secret": "sandbox-secret"}
    assert shop.http.post("/admin/oauth/access_token", json=body).status_code == 200
    assert grant(shop, client_secret="guess").status_code == 401
    assert grant(shop, grant_type="password").status_code == 400


def test_a_body_that_is_no_query_is_a_bad_request(shop: Shop) -> None:
    for content in (b"not json", b"[]", b'{"variables": {}}'):
        answer = shop.http.post("/admin/api/2026-10/graphql.json", content=content)
        assert answer.status_code == 400


# -- bulk results ------------------------------------------------------------------------------------------------------
def run_bulk(shop: Shop) -> dict[str, Any]:
    text = "{ orders { edges { node { id lineItems { edges { node { id } } } } } } }"
    started = shop.post(BULK_START, query=text).json()["data"]["bulkOperationRunQuery"]["bulkOperation"]
    while True:
        operation = shop.post(BULK_POLL, id=started["id"]).json()["data"]["bulkOperation"]
        if operation["status"] not in ("CREATED", "RUNNING"):
            assert isinstance(operation, dict)
            return operation


def test_a_result_is_fetched_from_its_address_without_a_token(shop: Shop) -> None:
    operation = run_bulk(shop)
    assert operation["url"].startswith(shop.url)
    answer = httpx.get(operation["url"])
    assert answer.headers["content-type"].startswith("application/jsonl")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert str(len(lines)) == operation["objectCount"]
    assert httpx.get(operation["url"].replace("1000", "2000")).status_code == 404
    shop.store.clock.advance(timedelta(days=8))
    assert httpx.get(operation["url"]).status_code == 404


def test_a_result_file_can_break_off_or_lose_lines(shop: Shop) -> None:
    operation = run_bulk(shop)
    whole = httpx.get(operation["url"]).text
    shop.store.failures.inject("truncated_body", system="shopify", match="bulk result")
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(operation["url"])
    shop.store.failures.inject("truncated_body", system="shopify", match="bulk result", form="json")
    assert httpx.get(operation["url"]).text == whole[: len(whole) // 2]
    shop.store.failures.inject("lost_page", system="shopify", match="bulk result")
    assert len(httpx.get(operation["url"]).text.splitlines()) < len(whole.splitlines())
    assert httpx.get(operation["url"]).text == whole


# -- failures ----------------------------------------------------------------------------------------------------------
def test_a_slow_answer_comes_late_on_the_clock(shop: Shop) -> None:
    before = shop.store.clock.monotonic()
    shop.store.failures.inject("slow", system="shopify", match="Names", seconds=7)
    assert shop.post(NAMES).status_code == 200
    assert shop.store.clock.monotonic() - before == 7


@pytest.mark.parametrize("status", [200, 429])
def test_throttling_has_two_forms(shop: Shop, status: int) -> None:
    shop.store.failures.inject("throttle", system="shopify", status=status)
    answer = shop.post(NAMES)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert answer.json()["extensions"]["cost"]["actualQueryCost"] is None
    assert ("retry-after" in answer.headers) == (status == 429)
    assert shop.post(NAMES).status_code == 200


def test_a_bad_gateway_speaks_html(shop: Shop) -> None:
    shop.store.failures.inject("bad_gateway_html", system="shopify")
    answer = shop.post(TAG)
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert tags(shop) == []


@pytest.mark.parametrize("status", [402, 403, 404, 423, 430, 500, 503])
def test_any_http_error_can_be_planned(shop: Shop, status: int) -> None:
    shop.store.failures.inject("server_error", system="shopify", status=status)
    answer = shop.post(TAG)
    assert answer.status_code == status
    assert isinstance(answer.json()["errors"], str)
    assert tags(shop) == []


def test_an_internal_error_can_come_with_status_200(shop: Shop) -> None:
    shop.store.failures.inject("server_error", system="shopify", form="graphql")
    answer = shop.post(TAG)
    assert answer.status_code == 200
    assert answer.json()["data"] is None
    assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert tags(shop) == []


def test_an_expired_session_ends_all_issued_tokens(shop: Shop) -> None:
    token = grant(shop).json()["access_token"]
    shop.store.failures.inject("session_expired", system="shopify", match="Names")
    assert shop.post(NAMES, token=token).status_code == 401
    assert shop.post(NAMES, token=token).status_code == 401
    assert shop.post(NAMES, token=grant(shop).json()["access_token"]).status_code == 200


def test_a_body_can_break_off(shop: Shop) -> None:
    shop.store.failures.inject("truncated_body", system="shopify")
    with pytest.raises(httpx.RemoteProtocolError):
        shop.post(NAMES)
    shop.store.failures.inject("truncated_body", system="shopify", form="json")
    with pytest.raises(json.JSONDecodeError):
        shop.post(NAMES).json()


def test_a_closed_connection_did_nothing_and_a_lost_answer_did_everything(shop: Shop) -> None:
    shop.store.failures.inject("closed_connection", system="shopify", match="Tag")
    with pytest.raises(httpx.RemoteProtocolError):
        shop.post(TAG)
    assert tags(shop) == []
    shop.store.failures.inject("lost_answer", system="shopify", match="Tag")
    with pytest.raises(httpx.RemoteProtocolError):
        shop.post(TAG)
    assert tags(shop) == ["seen"]


def test_a_lost_page_leaves_records_out(shop: Shop) -> None:
    shop.store.failures.inject("lost_page", system="shopify", match="Names")
    names = [node["name"] for node in shop.post(NAMES).json()["data"]["orders"]["nodes"]]
    assert names == ["#4", "#5", "#501"]


def test_records_read_by_their_ids_can_be_lost_too(shop: Shop) -> None:
    shop.store.failures.inject("lost_page", system="shopify")
    found = shop.post("query ByIds($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[gid("Order", 1)]).json()
    assert found["data"] == {"nodes": [None]}


def test_fields_can_be_gone_without_an_error(shop: Shop) -> None:
    shop.store.failures.inject("fields_gone", system="shopify", names=["name", "closedAt"])
    answer = shop.post(NAMES).json()
    assert "errors" not in answer
    assert {frozenset(node) for node in answer["data"]["orders"]["nodes"]} == {frozenset({"id", "updatedAt"})}


def test_partial_data_has_a_hole_where_its_error_points(shop: Shop) -> None:
    text = """query Hole { orders(first: 1, sortKey: ID) { nodes {
      id subtotalPriceSet { shopMoney { amount } } taxLines { title rate } } } }"""
    shop.store.failures.inject("partial_data", system="shopify", match="Hole")
    answer = shop.post(text).json()
    (error,) = answer["errors"]
    assert error["path"] == ["orders", "nodes", 0, "taxLines", 0, "rate"]
    assert answer["data"]["orders"]["nodes"][0]["taxLines"] == [{"title": "VAT", "rate": None}]


def test_without_anything_that_may_be_null_all_data_is_lost(shop: Shop) -> None:
    shop.store.failures.inject("partial_data", system="shopify")
    answer = shop.post("{ shop { name } }").json()
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"


def test_failures_are_planned_under_the_channels_name(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop(system="shopify-uk")
    shop.store.failures.inject("bad_gateway_html", system="shopify")
    assert shop.post(NAMES).status_code == 200
    shop.store.failures.inject("bad_gateway_html", system="shopify-uk")
    assert shop.post(NAMES).status_code == 502
