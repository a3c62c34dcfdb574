"""Addresses of a document in B1's web client and in the channel's admin, for people to click."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from auditor.model.channel import KIND_NAMES
from auditor.settings import Channel, Settings

# Object keys of the B1 web client's document pages.
_B1_PAGES = {"order": "ORDR", "delivery": "ODLN", "invoice": "OINV", "credit_memo": "ORIN", "return": "ORDN"}
# Where an order stands in each admin, below `admin_url`. None of these systems documents it, and its host is the
# company's own, so there is no link without the setting; one that holds {order_id} itself is taken as it is.
_ORDER_PAGES = {
    "bigcommerce": "/manage/orders/{order_id}",
    "magento": "/sales/order/view/order_id/{order_id}",
    "john_lewis": "/mmp/shop/order/{order_id}",
    "tiktok_shop": "/order/detail?order_no={order_id}",
}


def links_of(settings: Settings, channel_id: str, keys: Mapping[str, str]) -> list[dict[str, str]]:
    """`[{label, url}]` for the documents that a finding's keys name; empty when no address is configured."""
    links: list[dict[str, str]] = []
    channel = next((channel for channel in settings.channel if channel.id == channel_id), None)
    if channel is not None:
        links += _shopify(channel, keys) if channel.kind == "shopify" else _order(channel, keys)
    web_client = settings.service.b1_web_client
    page = _B1_PAGES.get(keys.get("b1_object", ""))
    if web_client and page and keys.get("doc_entry"):
        what = keys["b1_object"].replace("_", " ").capitalize()
        label = f"{what} {keys.get('doc_num') or keys['doc_entry']} in SAP Business One"
        links.append({"label": label, "url": f"{web_client}/#/{page}/{keys['doc_entry']}"})
    return links


def _order(channel: Channel, keys: Mapping[str, str]) -> list[dict[str, str]]:
    order_id = keys.get("order_id")
    if not order_id or channel.admin_url is None:
        return []
    has_place = "{order_id}" in channel.admin_url
    address = channel.admin_url if has_place else channel.admin_url + _ORDER_PAGES[channel.kind]
    name = keys.get("order_ref") or order_id
    url = address.replace("{order_id}", quote(order_id, safe=""))
    return [{"label": f"Order {name} in {KIND_NAMES[channel.kind]}", "url": url}]


def _shopify(channel: Channel, keys: Mapping[str, str]) -> list[dict[str, str]]:
    base = (
        channel.admin_url
        or f"https://admin.shopify.com/store/{(urlsplit(channel.base_url).hostname or '').split('.')[0]}"
    )
    links = []
    if order_id := keys.get("order_id"):
        name = keys.get("order_ref") or "the order"
        links.append({"label": f"Order {name} in Shopify", "url": f"{base}/orders/{_number(order_id)}"})
    if payout_id := keys.get("payout_id"):
        links.append({"label": "Payout in Shopify", "url": f"{base}/payments/payouts/{_number(payout_id)}"})
    if sku := keys.get("sku"):
        links.append({"label": f"Stock of {sku} in Shopify", "url": f"{base}/products/inventory?query={quote(sku)}"})
    return links


def _number(gid: str) -> str:
    return gid.rsplit("/", 1)[-1]
