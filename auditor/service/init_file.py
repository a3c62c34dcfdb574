"""The auditor.toml that `auditor init` writes: every key, what it means, and the defaults."""

from __future__ import annotations

from pathlib import Path

from auditor.errors import UsageError

TEMPLATE = """\
# What the auditor reads and how this company books. Paths are relative to this file.
# Secrets are never written here: name where they are kept,
#   { env = "VARIABLE" }   or   { file = "path" }   or   { keyring = "service/name" }

[company]
name     = "Harbour & Pine Ltd"
currency = "GBP"
timezone = "Europe/London"
history  = "90d"                      # how far back the first load reads
# holidays = [2026-12-25, 2026-12-28] # no working days: what is due then is due on the next one

[store]
path = "var/auditor.duckdb"           # one file; one process at a time
# backups = 7                          # copies in var/backup, one for each night that `auditor serve` runs

# --- SAP Business One, Service Layer -----------------------------------------------------------------------------
[b1]
base_url   = "https://b1.example.com:50000"     # without /b1s/v2
company_db = "HARBOURPINE"
username   = "auditor"                          # a user of its own, with read authorisation only
password   = { env = "B1_PASSWORD" }
# ca_file  = "b1-ca.pem"                        # when the server's certificate is signed by your own authority
sessions   = 2                                  # parallel read sessions, 4 at most

[b1.fields]                                     # where your company keeps what B1 has no field for
refund_id       = "U_RefundId"                  # on credit memos: the channel's refund id
payment_id      = "U_PaymentId"
return_reason   = "U_ReturnReason"
package_id      = "U_PackageId"
idempotency_key = "U_AuditorKey"
payout_id       = "Reference"                   # on journal entries: the payout's id
# stock_buffer  = "U_WebBuffer"                 # on items, optional
# hs_code       = "U_HsCode"                    # on items: the customs number
# web_item      = "U_Web"                       # on items: Y where it belongs on the channels
# web_from      = "U_WebFrom"                   # on items: not before this day
# item_tracking = "U_Tracking"                  # on items: batch, serial or none, as the middleware believes

# --- One block for each sales channel ----------------------------------------------------------------------------
[[channel]]
id          = "shopify-uk"
kind        = "shopify"
base_url    = "https://example.myshopify.com"
credentials = { access_token = { env = "SHOPIFY_TOKEN" } }     # or client_id and client_secret
card_code   = "C-SHOPIFY"                       # the business partner its orders are booked on
reference   = { field = "NumAtCard", prefix = "#" }
stock       = { policy = "available", buffer = 0, share = 1.0 }
cadence     = { orders = "15m", stock = "15m", tracking = "1h", refunds = "1h", payouts = "1d" }
grace       = { order = "60m", tracking = "60m", refund = "24h", payout = "3bd" }
accounts    = { clearing = "1250", fees = "6450" }
# expires   = { access_token = 2027-03-31 }     # the last day of a credential that does not tell it itself

[channel.locations]                             # channel location = the B1 warehouses whose stock it shows
"gid://shopify/Location/1" = ["01", "02"]

# Other kinds; give each its id, card_code, stock, cadence, grace, accounts and [channel.locations] as above.
#
# [[channel]]
# kind        = "bigcommerce"                   # location: the id of the inventory location, "1"
# base_url    = "https://api.bigcommerce.com"
# credentials = { store_hash = { env = "BC_STORE" }, access_token = { env = "BC_TOKEN" } }
# settlements = "settlements/bigcommerce-uk/*.csv"      # where the files of Stripe, PayPal or Adyen are dropped
#
# [[channel]]
# kind        = "magento"                       # location: the id of the stock, "1"
# base_url    = "https://shop.example.com"
# credentials.consumer_key        = { env = "MG_KEY" }
# credentials.consumer_secret     = { env = "MG_SECRET" }
# credentials.access_token        = { env = "MG_TOKEN" }
# credentials.access_token_secret = { env = "MG_TOKEN_SECRET" }
#               # or access_token alone; or username and password; or, with auth_url, client_id, client_secret, org_id
# store_view  = "all"
# settlements = "settlements/magento-uk/*.csv"
#
# [[channel]]
# kind        = "john_lewis"                    # location: the warehouse's code, or "default"
# base_url    = "https://INSTANCE.mirakl.net"
# credentials = { api_key = { env = "JL_KEY" } }        # and shop_id with several shops
# order_number_field = "CODE"                   # the additional field with the consumer's order number, if there is one
# granted_calls      = 1                        # how many times the published ceilings the operator has granted
#
# [[channel]]
# kind        = "tiktok_shop"                   # location: the warehouse's id
# base_url    = "https://open-api.tiktokglobalshop.com"
# credentials.app_key       = { env = "TT_KEY" }
# credentials.app_secret    = { env = "TT_SECRET" }
# credentials.access_token  = { file = "secrets/tt_access" }
# credentials.refresh_token = { file = "secrets/tt_refresh" }     # each renewal brings a new one, kept beside the file

# --- The bank's statements: CAMT.053, MT940, OFX, or CSV with the columns named -------------------------------------
# [bank]
# statements = "settlements/bank/*"
# columns    = { date = "Date", amount = "Amount", reference = "Reference" }

# --- What the middleware tells of its own work: posted to /api/sync-events, or dropped as files of JSON lines ---------
# [middleware]
# events  = "events/*.jsonl"                    # may be left out where events are only posted
# cadence = "15m"                               # silent for twice as long, nothing is judged by its events any more
#                                               # a line, where event_id, source, flow, kind and one time are needed:
#                                               #   {"event_id": "r-1", "source": "celigo", "flow": "orders",
#                                               #    "kind": "run", "channel": "shopify-uk", "status": "ok",
#                                               #    "finished_at": "2026-11-20T12:00:41Z", "records_moved": 3}

# --- How the company books; what is told here is not reported as an error -------------------------------------------
[booking]
shipping_expenses = [1]                         # codes of freight (additional expenses)
goodwill_expenses = []
tip_expenses      = []
gift_card_items   = []
return_warehouses = []
price_list        = 1
is_net            = true                        # the price list is without tax
posting           = "order"                     # order | daily_summary

# [maps]                                        # CSV files with a header line; each may be left out
# carriers = "maps/carriers.csv"                # channel,b1_carrier,channel_carrier
# skus     = "maps/skus.csv"                    # channel,channel_sku,item_code,quantity
# tax_codes        = "maps/tax_codes.csv"       # channel,country,rate,tax_code; * is every country, 0.2 is 20 %
# fees             = "maps/fees.csv"            # channel,fee_type,percent,fixed,account
# payment_gateways = "maps/gateways.csv"        # channel,gateway,provider,account
# payout_types     = "maps/payout_types.csv"    # channel,type,kind,account

# --- Hours in which a system is closed, in the company's time: what waits for it is not late ---------------------
# [[maintenance]]
# system = "b1"                                 # b1, middleware (a freeze), or the id of a channel
# days   = ["sunday"]                           # on which it closes; left out: every day
# closes = "02:00"
# opens  = "04:00"                              # not later than closes: on the next day
#
# [[maintenance]]                               # once
# system = "middleware"
# closes = 2026-12-05T22:00:00
# opens  = 2026-12-06T06:00:00

[actions]
send             = false                        # false: corrections are only simulated
four_eyes_above  = 500                          # in company currency: above it two people must approve
daily_limit      = 50                           # corrections of one kind sent per day

[service]
host = "127.0.0.1"
port = 8571
"""


def write(path: Path) -> None:
    """Write the template to `path`. Raises `UsageError` when there is a file already."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE)
    except FileExistsError:
        raise UsageError(f"{path} exists already and was left as it is; name another: auditor init FILE.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}; name a file in a folder that can.") from None
