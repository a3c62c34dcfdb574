"""The simulated shop behaves as Magento does, where the connector depends on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from auditor.connectors.magento.oauth1 import authorization
from auditor.connectors.magento.tokens import keys_of
from auditor.errors import Rejected
from auditor.sandbox.magento.criteria import fields_of, projected
from tests.connectors.magento.bodies import order, shipment, track
from tests.sandbox.magento.served import NOW, SYSTEM, Shop


class Caller:
    """Sends signed requests, each with a nonce of its own unless one is given."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self._url = shop.url
        self._keys = keys_of(shop.connect().channel, folder)
        self._http = httpx.Client(transport=httpx.HTTPTransport(verify=False))
        self._count = 0

    def __call__(self, path: str, params: dict[str, Any] | None = None, **signed: Any) -> httpx.Response:
        request = self._http.build_request("GET", f"{self._url}/rest/all/V1/{path}", params=params)
        self._count += 1
        values = {"nonce": f"n{self._count}", "timestamp": 1} | signed
        request.headers["Authorization"] = authorization(self._keys, "GET", request.url, **values)
        return self._http.send(request)


@pytest.fixture
def call(shop: Shop, tmp_path: Path) -> Caller:
    for number in range(1, 8):
        shop.state.put("orders", order(number, minutes_ago=number))
    return Caller(shop, tmp_path)


def test_without_a_page_size_everything_comes(call: Caller) -> None:
    answer = call("orders").json()
    assert (len(answer["items"]), answer["total_count"]) == (7, 7)
    assert answer["search_criteria"] == {"filter_groups": []}


def test_past_the_last_page_the_last_page_comes_again(call: Caller) -> None:
    options = {"searchCriteria[pageSize]": 5, "searchCriteria[sortOrders][0][field]": "entity_id",
               "searchCriteria[sortOrders][0][direction]": "ASC"}  # fmt: skip
    pages = [
        [body["entity_id"] for body in call("orders", {**options, "searchCriteria[currentPage]": page}).json()["items"]]
        for page in (1, 2, 3)
    ]
    assert pages == [[1, 2, 3, 4, 5], [6, 7], [6, 7]]


def test_sorting_is_descending_unless_told_otherwise(call: Caller) -> None:
    answer = call("orders", {"searchCriteria[sortOrders][0][field]": "entity_id"}).json()
    assert [body["entity_id"] for body in answer["items"]] == [7, 6, 5, 4, 3, 2, 1]


def test_filters_of_a_group_are_alternatives_and_groups_are_all_demanded(call: Caller) -> None:
    name = "searchCriteria[filter_groups]"
    options = {
        f"{name}[0][filters][0][field]": "entity_id", f"{name}[0][filters][0][value]": "2,3,9",
        f"{name}[0][filters][0][condition_type]": "in",
        f"{name}[0][filters][1][field]": "entity_id", f"{name}[0][filters][1][value]": "6",
        f"{name}[0][filters][1][condition_type]": "gteq",
        f"{name}[1][filters][0][field]": "entity_id", f"{name}[1][filters][0][value]": "7",
        f"{name}[1][filters][0][condition_type]": "neq",
    }  # fmt: skip
    assert [body["entity_id"] for body in call("orders", options).json()["items"]] == [2, 3, 6]


def test_a_page_larger_than_the_limit_is_refused(shop: Shop, call: Caller) -> None:
    shop.state.page_limit = 5
    refused = call("orders", {"searchCriteria[pageSize]": 6})
    assert refused.status_code == 400
    assert refused.json() == {"message": "Maximum SearchCriteria pageSize is %max", "parameters": {"max": 5}}


def test_fields_trim_an_answer_and_unknown_ones_are_no_error() -> None:
    fields = fields_of("items[entity_id,items[sku],nothing],total_count")
    body = {"items": [{"entity_id": 1, "items": [{"sku": "A", "qty": 1}], "state": "new"}], "total_count": 1, "x": 2}
    assert projected(body, fields) == {"items": [{"entity_id": 1, "items": [{"sku": "A"}]}], "total_count": 1}


def test_a_nonce_is_taken_once_and_a_time_in_the_future_not_at_all(call: Caller) -> None:
    assert call("orders", nonce="once").status_code == 200
    assert call("orders", nonce="once").json()["message"] == "The nonce is already being used by the consumer"
    ahead = int(NOW.timestamp()) + 100_000
    assert "timestamp" in call("orders", timestamp=ahead).json()["message"]


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ({}, "isn't authorized"),
        ({"Authorization": "Bearer sandbox-access-token"}, "isn't authorized"),
        ({"Authorization": 'OAuth oauth_signature_method="HMAC-SHA1"'}, "HMAC-SHA256"),
    ],
)
def test_a_call_without_a_right_signature_is_refused(shop: Shop, header: dict[str, str], sentence: str) -> None:
    with httpx.Client(transport=httpx.HTTPTransport(verify=False)) as http:
        answer = http.get(f"{shop.url}/rest/all/V1/orders", headers=header)
    assert (answer.status_code, sentence in answer.json()["message"]) == (401, True)


def test_routes_and_records_that_are_not_there_are_told_apart(call: Caller) -> None:
    assert call("nothing").json() == {"message": "Request does not match any route."}
    assert call("orders/99").json()["message"].startswith("The entity that was requested")
    assert call("orders/7").json()["entity_id"] == 7


def test_a_track_needs_all_eight_fields_and_leaves_the_shipments_time_alone(shop: Shop, call: Caller) -> None:
    shop.state.put("shipments", shipment(3, 1, 500, tracks=[]))
    client = shop.connector.client
    entity = track(1, 3, 1)
    before = shop.state.get("shipments", 3)
    for name in ("created_at", "updated_at", "entity_id"):
        del entity[name]
    client.write("shipment/track", {"entity": entity}, what="tracks")
    after = shop.state.get("shipments", 3)
    assert before is not None
    assert after is not None
    assert (len(after["tracks"]), after["updated_at"]) == (1, before["updated_at"])
    del entity["description"]
    with pytest.raises(Rejected, match='"description" is required'):
        client.write("shipment/track", {"entity": entity}, what="tracks")


def test_failures_are_planned_under_the_names_of_calls(shop: Shop, call: Caller) -> None:
    shop.failures.inject("server_error", system=SYSTEM, match="GET /V1/order", after=1)
    assert [call("orders/1").status_code, call("orders/1").status_code] == [200, 500]
