"""What lies in the company's drop folders: files of the payment providers, the bank's statement, sync events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from auditor.clock import local_day
from auditor.sandbox.basics import TIMEZONE
from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Shop
from auditor.sandbox.settlement import days_of_paypal
from auditor.sandbox.settlements import (
    adyen_csv,
    adyen_name,
    camt053,
    paypal_name,
    paypal_stl,
    stripe_csv,
    transfers_of,
)

FOLDER = "settlements"
BANK_FOLDER = f"{FOLDER}/bank"
EVENTS_FOLDER = "events"


def dropped_files(business: Business) -> dict[str, str]:
    """Text by path, relative to auditor.toml."""
    files = {
        f"{FOLDER}/{shop.id}/{name}": text
        for shop in business.shops
        if shop.has_files
        for name, text in _of_provider(shop, business)
    }
    return {**files, **_statement(business), **sync_events(business, None, business.now)}


def sync_events(business: Business, after: datetime | None, until: datetime) -> dict[str, str]:
    """What the middleware wrote between two moments: a file of JSON lines, or none."""
    lines = business.middleware.lines(business, after, until)
    return {f"{EVENTS_FOLDER}/{until:%Y%m%dT%H%M%S}.jsonl": "".join(f"{line}\n" for line in lines)} if lines else {}


def _of_provider(shop: Shop, business: Business) -> Iterator[tuple[str, str]]:
    payouts = [one for one in business.payouts if one.shop is shop and one.payer == shop.provider]
    if shop.provider == "stripe":
        waiting = business.pending_rows.get(shop.id, ())
        yield f"payout_reconciliation_{business.now:%Y%m%d}.csv", stripe_csv(payouts, waiting)
    elif shop.provider == "adyen":
        for payout in payouts:
            yield adyen_name(payout), adyen_csv(payout)
    for day in days_of_paypal(business, shop):
        yield paypal_name(day), paypal_stl(day)


def _statement(business: Business) -> dict[str, str]:
    """One statement up to yesterday."""
    closed_on = local_day(business.now, ZoneInfo(TIMEZONE)) - timedelta(days=1)
    transfers = [one for one in transfers_of(business.payouts) if one.booked_on <= closed_on]
    if not transfers:
        return {}
    opened_on = min(local_day(payout.issued_at, ZoneInfo(TIMEZONE)) for payout in business.payouts)
    text = camt053(transfers, opened_on=opened_on, closed_on=closed_on)
    return {f"{BANK_FOLDER}/statement-{closed_on}.xml": text}
