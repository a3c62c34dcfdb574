"""What `auditor doctor` says about a store: reachable, token, scopes, quota, count, locations, payments, tax."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

from auditor.clock import to_utc
from auditor.connectors.base import Diagnosis
from auditor.connectors.bigcommerce import problems
from auditor.connectors.bigcommerce.catalogue import Catalogue
from auditor.connectors.bigcommerce.changes import Changes
from auditor.connectors.bigcommerce.client import BigCommerceClient
from auditor.connectors.bigcommerce.paging import rows, whole_list
from auditor.errors import Rejected, RemoteError
from auditor.settings import Channel, Settings

CLOCK_DIFFERS_SECONDS = 300
NEWEST = 50
# A cheap read for each scope, and what is lost without it.
_PROBES: tuple[tuple[str, str, dict[str, str], str], ...] = (
    (problems.ORDERS, "v2/orders", {"limit": "1"}, "orders, refunds and parcels cannot be read"),
    (problems.PRODUCTS, "v3/catalog/products", {"limit": "1"}, "listings and stock cannot be read"),
    (problems.INVENTORY, "v3/inventory/items", {"limit": "1"}, "stock cannot be read"),
    (problems.LOCATIONS, "v3/inventory/locations", {"limit": "1"}, "locations cannot be read"),
    (problems.INFORMATION, "v3/tax/settings", {}, "the store's tax settings cannot be read"),
)


def diagnose(
    client: BigCommerceClient, changes: Changes, catalogue: Catalogue, settings: Settings, channel: Channel
) -> Iterator[Diagnosis]:
    """One line each; a store that does not answer ends it. Never raises `RemoteError`."""
    try:
        store = catalogue.store()
    except RemoteError as error:
        yield Diagnosis("connection", "failed", str(error))
        return
    yield Diagnosis("connection", "ok", f"The store {store['id']} answers and accepts the token.")
    yield Diagnosis("version", "ok", "Orders are V2, the rest V3; the API has no dated versions that could end.")
    quota = client.budget.quota
    yield Diagnosis("quota", "ok", f"{quota} requests in 30 seconds (plan {store.get('plan_level') or 'not told'}).")
    if store["currency"] != settings.company.currency:
        text = f"The store counts in {store['currency']}, the company in {settings.company.currency}."
        yield Diagnosis("currency", "warning", f"{text} Other currencies are never added or compared.")
    for scope, path, params, loss in _PROBES:
        yield _scope(client, scope, path, params, loss)
    for part in (
        partial(_clock, client),
        partial(_count, changes),
        partial(_locations, client, channel),
        partial(_payments, client),
        partial(_tax, client),
    ):
        yield from _guarded(part)


def _guarded(part: partial[Iterator[Diagnosis]]) -> Iterator[Diagnosis]:
    try:
        yield from part()
    except RemoteError as error:
        yield Diagnosis(_name(part.func), "failed", str(error))


def _name(function: Callable[..., Iterator[Diagnosis]]) -> str:
    return function.__name__.removeprefix("_")


def _scope(client: BigCommerceClient, scope: str, path: str, params: dict[str, str], loss: str) -> Diagnosis:
    try:
        client.get(path, params)
    except Rejected as error:
        if error.status == 403:
            return Diagnosis(f"scope {scope}", "warning", f"{scope} is missing, so {loss}; give it to the API account.")
        return Diagnosis(f"scope {scope}", "failed", str(error))
    except RemoteError as error:
        return Diagnosis(f"scope {scope}", "failed", str(error))
    return Diagnosis(f"scope {scope}", "ok", f"{scope} is granted.")


def _clock(client: BigCommerceClient) -> Iterator[Diagnosis]:
    told = client.get("v2/time")
    theirs = to_utc(datetime.fromtimestamp(int(told["time"]), UTC))
    apart = abs((client.clock.now() - theirs).total_seconds())
    if apart > CLOCK_DIFFERS_SECONDS:
        text = f"The store's clock and ours are {apart:.0f} seconds apart, so changes may be read late; set this one."
        yield Diagnosis("clock", "warning", text)
    else:
        yield Diagnosis("clock", "ok", "The store's clock and ours agree.")


def _count(changes: Changes) -> Iterator[Diagnosis]:
    if changes.counts_by_filter():
        yield Diagnosis("count", "ok", "BigCommerce counts orders by time, which proves that none was left out.")
    else:
        text = "BigCommerce's count ignores its filters; orders are proved by reading the list from both ends instead."
        yield Diagnosis("count", "warning", text)


def _locations(client: BigCommerceClient, channel: Channel) -> Iterator[Diagnosis]:
    found = {str(one["id"]): one for one in whole_list(client, "v3/inventory/locations", {})}
    for identity in sorted(set(channel.locations) - set(found)):
        text = f"{identity} stands in the settings, but the store has no such location; correct it."
        yield Diagnosis("locations", "failed", text)
    open_ones = [one for one in found.values() if one.get("enabled") is not False]
    unmapped = [one for one in open_ones if str(one["id"]) not in channel.locations]
    for one in unmapped:
        yield Diagnosis(
            "locations",
            "warning",
            f"'{one.get('label')}' ({one['id']}) is mapped to no warehouse, so its stock is not compared; "
            f"add it to locations of the channel '{channel.id}' if it holds stock.",
        )
    text = f"{len(open_ones)} open locations, {len(open_ones) - len(unmapped)} of them mapped."
    yield Diagnosis("locations", "ok", text)


def _payments(client: BigCommerceClient) -> Iterator[Diagnosis]:
    """Methods of the newest orders; their money is found in the files of the providers, not here."""
    newest = rows(client, "v2/orders", {"sort": "id:desc", "limit": str(NEWEST)})
    methods = sorted({str(order.get("payment_method") or "none") for order in newest})
    paid = next((order for order in newest if order.get("payment_status") not in (None, "", "pending")), None)
    if paid is not None:
        try:
            client.find(f"v3/orders/{paid['id']}/transactions")
        except Rejected as error:
            if error.status != 403:
                raise
            scope = problems.TRANSACTIONS
            text = f"{scope} is missing, so payments cannot be read; give it to the API account."
            yield Diagnosis(f"scope {scope}", "warning", text)
        else:
            yield Diagnosis(f"scope {problems.TRANSACTIONS}", "ok", f"{problems.TRANSACTIONS} is granted.")
    yield Diagnosis("payments", "ok", f"Methods of the newest orders: {', '.join(methods) or 'none'}.")


def _tax(client: BigCommerceClient) -> Iterator[Diagnosis]:
    tax = client.get("v3/tax/settings")["data"]
    prices = "include tax" if tax.get("tax_entered_with_prices") else "are without tax"
    strategy = tax.get("rounding_strategy") or "not told"
    text = f"Prices {prices}; rounding {strategy}; each order says which of its amounts are exact."
    yield Diagnosis("tax", "ok", text)
    if tax.get("tax_entered_with_prices") and tax.get("should_subtract_store_tax"):
        text = "The store's rate is taken off and the shopper's added, so gross prices differ between countries."
        yield Diagnosis("tax", "ok", text)
