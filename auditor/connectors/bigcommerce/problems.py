"""What BigCommerce's refusals mean, in words that say what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditor.connectors.bigcommerce.bodies import parsed
from auditor.connectors.http import Answer, Problem
from auditor.errors import Rejected, Retriable

ORDERS = "store_v2_orders_read_only"
TRANSACTIONS = "store_v2_transactions_read_only"
INVENTORY = "store_inventory_read_only"
LOCATIONS = "store_locations_read_only"
PRODUCTS = "store_v2_products_read_only"
INFORMATION = "store_v2_information_read_only"

# The first that fits the path says which scope it takes.
_SCOPES = (
    ("/transactions", TRANSACTIONS),
    ("v3/inventory/locations", LOCATIONS),
    ("v3/inventory", INVENTORY),
    ("v3/catalog", PRODUCTS),
    ("v2/orders", ORDERS),
    ("v3/orders", ORDERS),
    ("v2/order_statuses", ORDERS),
    ("", INFORMATION),
)
_STATUS = {
    401: "does not accept the access token; create an API account and put its token into access_token",
    404: "is not there; base_url must be https://api.bigcommerce.com/stores/<store hash>, or store_hash a credential",
    413: "refuses so large a page; this is our mistake",
    423: "is locked; reading goes on when it is unlocked",
    507: "has reached a limit of its plan",
}


def scope_of(path: str) -> str:
    return next(scope for part, scope in _SCOPES if part in path)


def read_problem(answer: Answer) -> Problem:
    """V3 answers one object, V2 a list of them; some fields are only there at times."""
    try:
        body = parsed(answer)
    except Retriable:
        return Problem()
    if isinstance(body, list):
        body = body[0] if body else None
    if not isinstance(body, Mapping):
        return Problem()
    said = [str(body.get(name)) for name in ("title", "message", "detail") if body.get(name)]
    said += [_plain(body.get(name)) for name in ("errors", "details") if body.get(name)]
    return Problem(str(body["status"]) if "status" in body else None, "; ".join(said))


def refusal(system: str, path: str, error: Rejected) -> Rejected:
    """The same refusal in words that say what to do."""
    if error.status == 403:
        text = f"{system}: the token may not use {path}; give the API account the scope {scope_of(path)} (or more)."
        return Rejected(text, status=403, code=error.code)
    meaning = _STATUS.get(error.status or 0)
    if meaning is None:
        return error
    return Rejected(f"{system}: the store {meaning}.", status=error.status, code=error.code)


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {part}" for name, part in value.items())
    return str(value)
