"""auditor.toml, its maps and its secrets for the simulated company."""

from __future__ import annotations

from pathlib import Path

from auditor.sandbox.basics import CARD_CODE, CHANNEL, CURRENCY, TIMEZONE
from auditor.sandbox.books import MANUAL_SERIES
from auditor.sandbox.business import Business
from auditor.sandbox.documents import GOODWILL, SHIPPING, TIP
from auditor.sandbox.life import CARRIERS
from auditor.sandbox.stock import BUFFER, CADENCE_MINUTES, SHARE
from auditor.sandbox.treasury import BANK, CLEARING, FEES, TRANSIT

COMPANY_DB = "HARBOURPINE"
USER, PASSWORD = "auditor", "sandbox"
ACCESS_TOKEN = "sandbox-token"


def settings_toml(business: Business, b1_url: str, shopify_url: str) -> str:
    """A complete configuration; paths are relative to the folder it is written into."""
    places = ",\n".join(
        f'  "{place.gid}" = [{", ".join(f"{chr(34)}{code}{chr(34)}" for code in place.warehouses)}]'
        for place in business.locations
    )
    # Inline tables of TOML 1.0 must stay on one line, so the locations get a table of their own.
    locations = places.replace(",\n", "\n").replace("  ", "")
    oldest = min((sale.placed_at for sale in business.sales), default=business.now)
    history = max(90, (business.now - oldest).days + 30)
    return f"""# The sandbox: a simulated SAP Business One and a simulated Shopify store on this machine.
[company]
name = "Harbour & Pine Ltd"
currency = "{CURRENCY}"
timezone = "{TIMEZONE}"
history = "{history}d"

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

[[channel]]
id = "{CHANNEL}"
kind = "shopify"
base_url = "{shopify_url}"
credentials = {{ access_token = {{ file = "secrets/shopify_token" }} }}
card_code = "{CARD_CODE}"
reference = {{ field = "NumAtCard", prefix = "#" }}
stock = {{ policy = "available", buffer = {BUFFER}, share = {SHARE} }}
cadence = {{ orders = "15m", stock = "{CADENCE_MINUTES}m", tracking = "1h", refunds = "1h", payouts = "1d" }}
grace = {{ order = "60m", tracking = "60m", refund = "24h", payout = "3bd" }}
accounts = {{ clearing = "{CLEARING}", fees = "{FEES}" }}
manual_series = [{MANUAL_SERIES}]

[channel.locations]
{locations}

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

[actions]
send = true
"""


def maps(business: Business) -> dict[str, str]:
    """CSV text by file name."""
    carriers = [f"*,{name},{company}" for name, company in CARRIERS.values()]
    skus = [
        f"{CHANNEL},{recipe.sku},{code},{count}"
        for recipe in business.recipes.values()
        if recipe.kind == "map"
        for code, count in recipe.parts
    ]
    return {
        "carriers.csv": _csv("channel,b1_carrier,channel_carrier", carriers),
        "skus.csv": _csv("channel,channel_sku,item_code,quantity", skus),
    }


def _csv(header: str, lines: list[str]) -> str:
    return "\n".join([header, *lines]) + "\n"


def write(folder: Path, toml: str, csv_files: dict[str, str]) -> Path:
    """Write everything into a folder; gives the path of auditor.toml. The secrets are the sandbox's, not secret."""
    for name in ("maps", "secrets"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, text in csv_files.items():
        (folder / "maps" / name).write_text(text, encoding="utf-8")
    (folder / "secrets" / "b1_password").write_text(PASSWORD + "\n", encoding="utf-8")
    (folder / "secrets" / "shopify_token").write_text(ACCESS_TOKEN + "\n", encoding="utf-8")
    path = folder / "auditor.toml"
    path.write_text(toml, encoding="utf-8")
    return path
