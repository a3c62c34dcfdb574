"""auditor.toml, its maps and its secrets for the simulated company."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from auditor.clock import to_zone
from auditor.sandbox.basics import COMPANY, CURRENCY, TIMEZONE
from auditor.sandbox.books import MANUAL_SERIES
from auditor.sandbox.business import Business
from auditor.sandbox.documents import GOODWILL, SHIPPING, STANDARD_CODE, TIP, ZERO_CODE
from auditor.sandbox.dropped_files import BANK_FOLDER, EVENTS_FOLDER, FOLDER
from auditor.sandbox.faults.health import Machinery
from auditor.sandbox.front import Storefront
from auditor.sandbox.life import CARRIERS
from auditor.sandbox.settlement import contract_of
from auditor.sandbox.stock import CADENCE_MINUTES
from auditor.sandbox.treasury import BANK, TRANSIT, TYPE_ACCOUNTS

COMPANY_DB = "HARBOURPINE"
USER, PASSWORD = "auditor", "sandbox"


def settings_toml(
    business: Business,
    b1_url: str,
    channels: Sequence[tuple[Storefront, str]],
    ways: Machinery,
) -> str:
    """A complete configuration for B1 and for storefronts at their addresses; paths are relative to its folder."""
    oldest = min((sale.placed_at for sale in business.sales), default=business.now)
    history = max(90, (business.now - oldest).days + 30)
    bank = f'[bank]\nstatements = "{BANK_FOLDER}/*"\n\n' if business.payouts else ""
    sections = "\n".join(_channel(front, url, ways.expires.get(front.shop.id)) for front, url in channels)
    return f"""# The sandbox: a simulated SAP Business One and simulated shops on this machine.
[company]
name = "{COMPANY}"
currency = "{CURRENCY}"
timezone = "{TIMEZONE}"
history = "{history}d"
holidays = [{", ".join(day.isoformat() for day in sorted(business.holidays))}]

[store]
path = "var/auditor.duckdb"

[b1]
base_url = "{b1_url}"
company_db = "{COMPANY_DB}"
username = "{USER}"
password = {{ file = "secrets/b1_password" }}

[b1.fields]
refund_id = "U_RefundId"
payment_id = "U_PaymentId"
return_reason = "U_ReturnReason"
package_id = "U_PackageId"
idempotency_key = "U_AuditorKey"
payout_id = "Reference"
hs_code = "U_HsCode"
web_item = "U_Web"
web_from = "U_WebFrom"
item_tracking = "U_Tracking"

{sections}
{bank}[middleware]
events = "{EVENTS_FOLDER}/*.jsonl"
cadence = "1h"

[booking]
shipping_expenses = [{SHIPPING}]
goodwill_expenses = [{GOODWILL}]
tip_expenses = [{TIP}]
gift_card_items = ["GIFTCARD"]
return_warehouses = ["09"]
price_list = 1
is_net = true
accounts = {{ bank = "{BANK}", transit = "{TRANSIT}" }}
posting = "order"

[maps]
carriers = "maps/carriers.csv"
skus = "maps/skus.csv"
fees = "maps/fees.csv"
payout_types = "maps/payout_types.csv"
tax_codes = "maps/tax_codes.csv"

[actions]
send = true
{"".join(_maintenance(front.shop.id, ways) for front, _ in channels)}"""


def _channel(front: Storefront, url: str, ends_on: date | None) -> str:
    shop = front.shop
    prefix = shop.name_format.partition("{")[0] if shop.name_format != shop.ref_format else ""
    settlements = f'settlements = "{FOLDER}/{shop.id}/*"\n' if shop.has_files else ""
    roles = {"clearing": shop.clearing, "fees": shop.fees, "fee_tax": shop.fee_tax, "reserve": shop.reserve}
    accounts = ", ".join(f'{role} = "{account}"' for role, account in roles.items())
    expires = f"expires = {{ access = {ends_on} }}\n" if ends_on else ""
    # Inline tables of TOML 1.0 must stay on one line, so the locations get a table of their own.
    locations = "\n".join(
        f'"{front.location_key(place)}" = [{", ".join(f"{chr(34)}{code}{chr(34)}" for code in place.warehouses)}]'
        for place in shop.locations
    )
    return f"""[[channel]]
id = "{shop.id}"
kind = "{shop.kind}"
{front.toml(url).strip()}
card_code = "{shop.card_code}"
reference = {{ field = "NumAtCard", prefix = "{prefix}" }}
stock = {{ policy = "available", buffer = {shop.buffer}, share = {shop.share} }}
cadence = {{ orders = "15m", stock = "{CADENCE_MINUTES}m", tracking = "1h", refunds = "1h", payouts = "1d" }}
grace = {{ order = "60m", tracking = "60m", refund = "24h", payout = "3bd" }}
accounts = {{ {accounts} }}
{settlements}manual_series = [{MANUAL_SERIES}]
{expires}granted_calls = {shop.granted_calls}

[channel.locations]
{locations}
"""


def _maintenance(shop_id: str, ways: Machinery) -> str:
    if shop_id not in ways.closed:
        return ""
    closes, opens = (to_zone(moment, ZoneInfo(TIMEZONE)).replace(tzinfo=None) for moment in ways.closed[shop_id])
    return f"""
[[maintenance]]
system = "{shop_id}"
closes = {closes.isoformat()}
opens = {opens.isoformat()}
"""


def maps(business: Business) -> dict[str, str]:
    """CSV text by file name."""
    carriers = [f"*,{name},{company}" for name, company in CARRIERS.values()]
    carriers += [",".join(row) for row in business.mapped_carriers]
    skus = [
        f"{shop.id},{recipe.sku},{code},{count}"
        for shop in business.shops
        for recipe in business.recipes.values()
        if recipe.kind == "map"
        for code, count in recipe.parts
    ]
    skus += [f"{shop},{sku},{code},{count}" for shop, sku, code, count in business.assortment.translated]
    fees = [
        f"{shop.id},{name},{percent},{fixed},{shop.fees}"
        for shop in business.shops
        for name, percent, fixed in contract_of(shop)
    ]
    types = [f"*,{name},other,{account}" for name, account in TYPE_ACCOUNTS.items()]
    tax_codes = [f"*,*,0.2,{STANDARD_CODE}", f"*,*,0,{ZERO_CODE}"]
    return {
        "tax_codes.csv": _csv("channel,country,rate,tax_code", tax_codes),
        "fees.csv": _csv("channel,fee_type,percent,fixed,account", fees),
        "payout_types.csv": _csv("channel,type,kind,account", types),
        "carriers.csv": _csv("channel,b1_carrier,channel_carrier", carriers),
        "skus.csv": _csv("channel,channel_sku,item_code,quantity", skus),
    }


def _csv(header: str, lines: list[str]) -> str:
    return "\n".join([header, *lines]) + "\n"


def write(
    folder: Path, toml: str, csv_files: Mapping[str, str], secrets: Mapping[str, str], dropped: Mapping[str, str]
) -> Path:
    """Write everything into a folder; gives the path of auditor.toml. The secrets are the sandbox's, not secret."""
    texts = {f"maps/{name}": text for name, text in csv_files.items()}
    texts |= {f"secrets/{name}": f"{value}\n" for name, value in {"b1_password": PASSWORD, **secrets}.items()}
    path = folder / "auditor.toml"
    for name, text in (*texts.items(), (path.name, toml)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="")
    drop(folder, dropped)
    return path


def drop(folder: Path, files: Mapping[str, str]) -> None:
    """Put files into the drop folders, each at once and as if it had lain there for long."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(path.name + ".part")
        half.write_text(text, encoding="utf-8", newline="")
        os.utime(half, (0, 0))  # whoever watches the folder waits for files that were written just now
        half.replace(path)
