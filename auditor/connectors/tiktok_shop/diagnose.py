"""What `auditor doctor` says about a shop: authorisation, tokens, rights, versions, warehouses, carriers, tax."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC
from decimal import Decimal

from auditor.connectors.base import Diagnosis
from auditor.connectors.tiktok_shop.client import Node, TikTokShopClient
from auditor.connectors.tiktok_shop.goods import Goods
from auditor.connectors.tiktok_shop.operations import (
    PAYMENTS,
    PRICE_DETAIL,
    SEARCH_CANCELLATIONS,
    SEARCH_ORDERS,
    SEARCH_PACKAGES,
    SEARCH_PRODUCTS,
    SEARCH_RETURNS,
    STATEMENTS,
    Operation,
)
from auditor.errors import RemoteError
from auditor.settings import Channel, Settings

# Each right is tried with the smallest call that needs it, and what is lost without it.
_RIGHTS: tuple[tuple[str, Operation, dict[str, str], str], ...] = (
    ("orders", SEARCH_ORDERS, {"page_size": "1"}, "orders and parcels cannot be read"),
    (
        "packages",
        SEARCH_PACKAGES,
        {"page_size": "1"},
        "changed tracking numbers are not noticed",
    ),
    ("cancellations", SEARCH_CANCELLATIONS, {"page_size": "1"}, "requests to cancel are not seen"),
    ("returns", SEARCH_RETURNS, {"page_size": "10"}, "returns and refunds are not seen"),
    ("products", SEARCH_PRODUCTS, {"page_size": "1"}, "listings and stock cannot be read"),
    ("statements", STATEMENTS, {"page_size": "1", "sort_field": "statement_time"}, "settlements cannot be read"),
    ("payments", PAYMENTS, {"page_size": "1", "sort_field": "create_time"}, "payouts cannot be read"),
)
WARN_BEFORE_END_DAYS = 30
_TAX_FIELDS = ("tax_amount", "subtotal_tax_amount")


def diagnose(client: TikTokShopClient, goods: Goods, settings: Settings, channel: Channel) -> Iterator[Diagnosis]:
    """One line each; a shop that does not answer ends it. Never raises `RemoteError`."""
    try:
        shops = client.shops()
        cipher = client.cipher
    except RemoteError as error:
        yield Diagnosis("connection", "failed", str(error))
        return
    yield from _shop(shops, cipher)
    yield from _tokens(client)
    yield from _rights(client)
    for subject, part in (("locations", _locations), ("carriers", _carriers)):
        try:
            yield from part(goods, settings, channel)
        except RemoteError as error:
            yield Diagnosis(subject, "failed", str(error))
    yield from _version(client)
    yield from _tax(client)


def _shop(shops: list[Node], cipher: str) -> Iterator[Diagnosis]:
    found = [shop for shop in shops if shop.get("cipher") == cipher]
    if not found:
        yield Diagnosis(
            "connection",
            "failed",
            "shop_cipher belongs to none of the shops that the app is authorised for; leave it out or correct it.",
        )
        return
    shop = found[0]
    yield Diagnosis(
        "connection",
        "ok",
        f"{shop.get('name')} ({shop.get('region')}, {str(shop.get('seller_type')).lower()}) answers and accepts the "
        "signature and the token.",
    )


def _tokens(client: TikTokShopClient) -> Iterator[Diagnosis]:
    tokens = client.tokens
    if tokens.cannot_renew:
        yield Diagnosis(
            "token", "warning", "There is no refresh_token: in a week at most the access token ends; add one."
        )
        return
    if tokens.not_kept_because is not None:
        yield Diagnosis(
            "token",
            "warning",
            f"{tokens.not_kept_because}, so renewed tokens are lost when the service stops; "
            "name refresh_token as { file = ... } in a folder that can be written.",
        )
    ends = tokens.refresh_ends
    if ends is None:
        yield Diagnosis("token", "ok", "The access token is renewed when it ends.")
        return
    left = (ends - client.clock.now()).days
    text = f"The access token is renewed when it ends; the seller's authorisation lasts until {ends:%Y-%m-%d}"
    if left < WARN_BEFORE_END_DAYS:
        yield Diagnosis("token", "warning", f"{text}, {max(left, 0)} days from now; let the seller authorise again.")
    else:
        yield Diagnosis("token", "ok", f"{text}.")


def _rights(client: TikTokShopClient) -> Iterator[Diagnosis]:
    for name, operation, query, loss in _RIGHTS:
        body: dict[str, object] | None = {} if operation.method == "POST" else None
        try:
            client.call(operation, query=query, body=body)
        except RemoteError as error:
            yield Diagnosis(f"right {name}", "warning", f"{str(error).rstrip('.')}; so {loss}.")
        else:
            yield Diagnosis(f"right {name}", "ok", f"{operation.name} answers.")


def _version(client: TikTokShopClient) -> Iterator[Diagnosis]:
    served = client.version_of(PAYMENTS)
    if served is not None and served != PAYMENTS.versions[0]:
        yield Diagnosis(
            "version",
            "warning",
            f"Payments are read in version {served}, which ended on 2026-08-15; {PAYMENTS.versions[0]} is not served.",
        )


def _locations(goods: Goods, settings: Settings, channel: Channel) -> Iterator[Diagnosis]:
    found = {node["id"]: node for node in goods.warehouses()}
    for identity in sorted(set(channel.locations) - set(found)):
        yield Diagnosis(
            "locations", "failed", f"{identity} stands in the settings, but the shop has no such warehouse; correct it."
        )
    selling = [node for node in found.values() if node["type"] == "SALES_WAREHOUSE"]
    for node in selling:
        if node["effect_status"] == "RESTRICTED":
            yield Diagnosis(
                "locations",
                "warning",
                f"'{node['name']}' ({node['id']}) is on holiday or at its limit of orders: its stock is not sold now.",
            )
        if node["id"] not in channel.locations:
            yield Diagnosis(
                "locations",
                "warning",
                f"'{node['name']}' ({node['id']}) is mapped to no warehouse, so its stock is not compared; "
                f"add it to locations of the channel '{channel.id}' if it holds stock.",
            )
    mapped = sum(node["id"] in channel.locations for node in selling)
    yield Diagnosis("locations", "ok", f"{len(selling)} warehouses that sell, {mapped} of them mapped.")


def _carriers(goods: Goods, settings: Settings, channel: Channel) -> Iterator[Diagnosis]:
    """The approved carriers, against those that the map of carriers sends to this channel."""
    names = {str(node["name"]) for node in goods.providers().values()}
    if not names:
        yield Diagnosis("carriers", "warning", "No delivery option names a carrier, so no tracking can be pushed.")
        return
    for name in sorted(_mapped_carriers(settings, channel) - names):
        yield Diagnosis(
            "carriers",
            "warning",
            f"'{name}' stands in the map of carriers, but no delivery option of the shop takes it; "
            f"approved are: {', '.join(sorted(names))}.",
        )
    yield Diagnosis("carriers", "ok", f"Approved carriers: {', '.join(sorted(names))}.")


def _mapped_carriers(settings: Settings, channel: Channel) -> set[str]:
    """Carriers that the map names for this channel alone; none when there is no map that can be read."""
    if settings.maps.carriers is None:
        return set()
    try:
        with (settings.folder / settings.maps.carriers).open(encoding="utf-8", newline="") as file:
            return {
                (line.get("channel_carrier") or "").strip()
                for line in csv.DictReader(file)
                if (line.get("channel") or "").strip() == channel.id
            }
    except (OSError, UnicodeDecodeError, csv.Error):
        return set()


def _tax(client: TikTokShopClient) -> Iterator[Diagnosis]:
    """Which markets fill the tax of an order's prices is not published: the newest order is asked."""
    query = {"page_size": "1", "sort_field": "create_time", "sort_order": "DESC"}
    now = int(client.clock.now().replace(tzinfo=UTC).timestamp())
    try:
        orders = client.call(SEARCH_ORDERS, query=query, body={"create_time_lt": now}).get("orders") or []
        if not orders:
            return
        detail = client.call(PRICE_DETAIL, orders[0]["id"])
    except RemoteError as error:
        yield Diagnosis("tax", "warning", f"Whether this shop tells tax cannot be found out: {error}")
        return
    if any(Decimal(detail.get(name) or 0) for name in _TAX_FIELDS):
        yield Diagnosis(
            "tax",
            "warning",
            "This shop tells the tax of its orders in their price detail, which is not used: "
            "tax is judged from what B1 booked.",
        )
    else:
        yield Diagnosis("tax", "ok", "Prices contain tax and no tax is told, as usual in the UK and the EU.")
