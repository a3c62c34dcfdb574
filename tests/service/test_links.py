"""Where people click: the order in its channel's admin, the document in B1."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.service.links import links_of
from tests.workspace import CHANNEL, settings

KEYS = {"order_id": "JL/1 A", "order_ref": "JL-1-A", "b1_object": "credit_memo", "doc_entry": "42", "doc_num": "1042"}


def links(channel: dict[str, Any], keys: dict[str, str] | None = None, **other: Any) -> list[tuple[str, str]]:
    found = links_of(settings(channel=channel, **other), CHANNEL, KEYS if keys is None else keys)
    return [(link["label"], link["url"]) for link in found]


@pytest.mark.parametrize(
    ("kind", "label", "url"),
    [
        ("bigcommerce", "Order JL-1-A in BigCommerce", "https://admin.example/manage/orders/JL%2F1%20A"),
        ("magento", "Order JL-1-A in Magento", "https://admin.example/sales/order/view/order_id/JL%2F1%20A"),
        ("john_lewis", "Order JL-1-A in John Lewis Marketplace", "https://admin.example/mmp/shop/order/JL%2F1%20A"),
        ("tiktok_shop", "Order JL-1-A in TikTok Shop", "https://admin.example/order/detail?order_no=JL%2F1%20A"),
    ],
)
def test_an_order_opens_in_the_admin_that_the_settings_name(kind: str, label: str, url: str) -> None:
    assert links({"kind": kind, "admin_url": "https://admin.example/"}) == [(label, url)]


@pytest.mark.parametrize("kind", ["bigcommerce", "magento", "john_lewis", "tiktok_shop"])
def test_without_an_address_nobody_is_sent_anywhere(kind: str) -> None:
    assert links({"kind": kind}) == []
    assert links({"kind": kind, "admin_url": "https://admin.example"}, {"sku": "MUG"}) == []


def test_an_address_that_says_where_the_order_goes_is_taken_as_it_is() -> None:
    where = {"kind": "magento", "admin_url": "https://shop.example/office/order/{order_id}/show"}
    assert links(where, {"order_id": "118"}) == [("Order 118 in Magento", "https://shop.example/office/order/118/show")]


def test_shopify_and_b1_stand_beside_each_other() -> None:
    found = links({}, KEYS | {"order_id": "gid://shopify/Order/7"}, service={"b1_web_client": "https://b1.example"})
    assert found == [
        ("Order JL-1-A in Shopify", "https://admin.shopify.com/store/example/orders/7"),
        ("Credit memo 1042 in SAP Business One", "https://b1.example/#/ORIN/42"),
    ]


def test_a_feed_of_settlement_files_has_no_admin() -> None:
    assert links_of(settings(), f"{CHANNEL}.settlements", {"system": f"{CHANNEL}.settlements"}) == []
