"""Addresses of a document in B1's web client and in the channel's admin, for people to click."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from auditor.settings import Channel, Settings

# Object keys of the B1 web client's document pages.
_B1_PAGES = {"order": "ORDR", "delivery": "ODLN", "invoice": "OINV", "credit_memo": "ORIN", "return": "ORDN"}


def links_of(settings: Settings, channel_id: str, keys: Mapping[str, str]) -> list[dict[str, str]]:
    """`[{label, url}]` for the documents that a finding's keys name; empty when no address is configured."""
    links: list[dict[str, str]] = []
    channel = next((channel for channel in settings.channel if channel.id == channel_id), None)
    if channel is not None and channel.kind == "shopify":
        links += _shopify(channel, keys)
    web_client = settings.service.b1_web_client
    page = _B1_PAGES.get(keys.get("b1_object", ""))
    if web_client and page and keys.get("doc_entry"):
        label = f"{keys['b1_object'].replace('_', ' ')} {keys.get('doc_num') or keys['doc_entry']} in SAP Business One"
        links.append({"label": label.capitalize(), "url": f"{web_client}/#/{page}/{keys['doc_entry']}"})
    return links


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
        links.append({"label": f"Stock of {sku} in Shopify", "url": f"{base}/products/inventory?query={sku}"})
    return links


def _number(gid: str) -> str:
    return gid.rsplit("/", 1)[-1]
