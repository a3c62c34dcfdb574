"""What `auditor doctor` says about a shop: reachable, token, version, scopes, payments, locations, gateways, tax."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import date

from auditor.connectors.base import Diagnosis
from auditor.connectors.shopify.documents import GATEWAYS, PAYMENTS
from auditor.connectors.shopify.payments import ACCOUNT
from auditor.connectors.shopify.source import FULFILMENT_ORDERS, PAYMENTS_ACCOUNT, Source
from auditor.connectors.shopify.streams import ALL_ORDERS, VISIBLE_WITHOUT_ALL_ORDERS
from auditor.errors import RemoteError
from auditor.settings import Channel, Settings

# Each of these (one of the alternatives is enough) and what is lost without it.
_SCOPES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("read_orders",), "orders, refunds and parcels cannot be read"),
    (("read_returns",), "returns and exchanges are not seen"),
    (FULFILMENT_ORDERS, "fulfilment orders cannot be read, and tracking cannot be pushed"),
    (("read_products",), "listings cannot be read"),
    (("read_inventory",), "stock cannot be read"),
    (("read_locations",), "locations cannot be read, so stock cannot either"),
    (PAYMENTS_ACCOUNT, "payouts, their rows and disputes cannot be read"),
    (("read_shopify_payments_payouts",), "payouts and their rows may be refused"),
    (("read_shopify_payments_disputes",), "disputes may be refused"),
)
WARN_BEFORE_END_DAYS = 60


def diagnose(source: Source, settings: Settings, channel: Channel) -> Iterator[Diagnosis]:
    """One line each; a shop that does not answer ends it. Never raises `RemoteError`."""
    try:
        source.refresh()
    except RemoteError as error:
        yield Diagnosis("connection", "failed", str(error))
        return
    shop = source.shop
    yield Diagnosis("connection", "ok", f"{shop['myshopifyDomain']} answers and accepts the token.")
    yield from _version(source)
    yield from _scopes(source, settings)
    for part in (_payments, _locations, _gateways):
        yield from _guarded(part, source, settings, channel)
    yield _tax(source)


def support_ends(version: str) -> date | None:
    """A version is served for at least twelve months after its quarter began; None for 'unstable'."""
    year, _, month = version.partition("-")
    if not (year.isdigit() and month.isdigit()):
        return None
    return date(int(year) + 1, int(month), 1)


def _guarded(
    part: Callable[[Source, Settings, Channel], Iterator[Diagnosis]],
    source: Source,
    settings: Settings,
    channel: Channel,
) -> Iterator[Diagnosis]:
    try:
        yield from part(source, settings, channel)
    except RemoteError as error:
        yield Diagnosis(part.__name__.removeprefix("_"), "failed", str(error))


def _version(source: Source) -> Iterator[Diagnosis]:
    client = source.client
    served = client.served_version
    if served is not None and served != client.version:
        yield Diagnosis(
            "version",
            "failed",
            f"Shopify serves {served} instead of {client.version}, which it does not know any more; "
            "set api_version to a supported one.",
        )
        return
    supported = sorted(entry["handle"] for entry in source.versions if entry["supported"])
    if client.version not in supported:
        yield Diagnosis(
            "version", "warning", f"{client.version} is not among the supported versions: {', '.join(supported)}."
        )
        return
    ends = support_ends(client.version)
    if ends is None:
        yield Diagnosis("version", "warning", f"{client.version} may change without notice; set a dated api_version.")
        return
    left = (ends - client.clock.now().date()).days
    text = f"{client.version} is served until {ends:%Y-%m-%d} at least"
    if left < WARN_BEFORE_END_DAYS:
        yield Diagnosis("version", "warning", f"{text}, {max(left, 0)} days from now; move to a newer api_version.")
    else:
        yield Diagnosis("version", "ok", f"{text}.")


def _scopes(source: Source, settings: Settings) -> Iterator[Diagnosis]:
    for alternatives, loss in _SCOPES:
        granted = sorted(source.scopes.intersection(alternatives))
        subject = f"scope {alternatives[0]}"
        if granted:
            yield Diagnosis(subject, "ok", f"{', '.join(granted)} is granted.")
        else:
            mend = " or ".join(alternatives)
            yield Diagnosis(subject, "warning", f"{mend} is missing, so {loss}; grant it to the app.")
    if source.grants(ALL_ORDERS):
        yield Diagnosis(f"scope {ALL_ORDERS}", "ok", f"{ALL_ORDERS} is granted.")
    elif settings.company.history > VISIBLE_WITHOUT_ALL_ORDERS:
        yield Diagnosis(
            f"scope {ALL_ORDERS}",
            "warning",
            f"{ALL_ORDERS} is missing, so orders placed more than {VISIBLE_WITHOUT_ALL_ORDERS.days} days ago are not "
            f"there, while history is {settings.company.history.days}d; request it from Shopify or shorten history.",
        )
    else:
        yield Diagnosis(
            f"scope {ALL_ORDERS}",
            "ok",
            f"{ALL_ORDERS} is missing; the history of {settings.company.history.days} days does without it.",
        )


def _payments(source: Source, settings: Settings, channel: Channel) -> Iterator[Diagnosis]:
    account = source.client.run(PAYMENTS)[ACCOUNT]
    if account is None:
        if source.grants(*PAYMENTS_ACCOUNT):
            yield Diagnosis("payments", "ok", "The shop does not use Shopify Payments; there are no payouts to read.")
        return
    yield Diagnosis("payments", "ok", f"Shopify Payments is used; it pays out in {account['defaultCurrency']}.")


def _locations(source: Source, settings: Settings, channel: Channel) -> Iterator[Diagnosis]:
    found = {node["id"]: node for node in source.locations()}
    for identity in sorted(set(channel.locations) - set(found)):
        yield Diagnosis(
            "locations", "failed", f"{identity} stands in the settings, but the shop has no such location; correct it."
        )
    open_ones = [node for node in found.values() if node["isActive"]]
    unmapped = [node for node in open_ones if node["id"] not in channel.locations]
    for node in unmapped:
        yield Diagnosis(
            "locations",
            "warning",
            f"'{node['name']}' ({node['id']}) is mapped to no warehouse, so its stock is not compared; "
            f"add it to locations of the channel '{channel.id}' if it holds stock.",
        )
    yield Diagnosis(
        "locations", "ok", f"{len(open_ones)} open locations, {len(open_ones) - len(unmapped)} of them mapped."
    )


def _gateways(source: Source, settings: Settings, channel: Channel) -> Iterator[Diagnosis]:
    """The gateways of the newest orders, against the map of payment gateways when there is one."""
    orders = source.client.run(GATEWAYS, {"first": GATEWAYS.size})["orders"]["nodes"]
    names = sorted({name for order in orders for name in order["paymentGatewayNames"]})
    if not names:
        yield Diagnosis("gateways", "ok", "The newest orders name no payment gateway.")
        return
    mapped = _mapped_gateways(settings, channel)
    unknown = [name for name in names if mapped is not None and name not in mapped]
    if unknown:
        yield Diagnosis(
            "gateways",
            "warning",
            f"{', '.join(unknown)} is used but not in the map of payment gateways; add a line for each.",
        )
    else:
        yield Diagnosis("gateways", "ok", f"Payment gateways in use: {', '.join(names)}.")


def _mapped_gateways(settings: Settings, channel: Channel) -> set[str] | None:
    """Gateways that the map names for this channel; None when there is no map that can be read."""
    if settings.maps.payment_gateways is None:
        return None
    try:
        with (settings.folder / settings.maps.payment_gateways).open(encoding="utf-8", newline="") as file:
            return {
                (line.get("gateway") or "").strip()
                for line in csv.DictReader(file)
                if (line.get("channel") or "").strip() in {"*", channel.id}
            }
    except (OSError, UnicodeDecodeError, csv.Error):
        return None


def _tax(source: Source) -> Diagnosis:
    shop = source.shop
    prices = "include tax" if shop["taxesIncluded"] else "are without tax"
    shipping = "is taxed" if shop["taxShipping"] else "is not taxed"
    return Diagnosis(
        "tax",
        "ok",
        f"Prices {prices}, shipping {shipping}; each order says for itself. Currency {shop['currencyCode']}.",
    )
