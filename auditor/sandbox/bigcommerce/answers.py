"""What the simulated store answers to each address: reads with their filters and paging, and parcels written.

Raises `Refused` for what the real store refuses. Unknown options are ignored in V2, as far as is known.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from auditor.sandbox.bigcommerce.lists import (
    INVENTORY_MAXIMUM,
    V2_DEFAULT,
    Options,
    Refused,
    Told,
    moment_of,
    v2_page,
    v3_page,
)
from auditor.sandbox.bigcommerce.state import STATUSES, BigCommerceState, Order
from auditor.sandbox.bigcommerce.wire import Node, instant, rfc

PROVIDERS = frozenset(
    {"", "auspost", "canadapost", "endicia", "usps", "fedex", "ups", "upsready", "upsonline", "shipperhq", "royalmail"}
)
Fits = Callable[[Order], bool]
_MOMENTS: Mapping[str, Callable[[Order], datetime]] = {
    "date_modified": lambda order: order.modified_at,
    "date_created": lambda order: order.created_at,
}


class Answers:
    """Reading holds the state's lock; bodies are never changed in place."""

    def __init__(self, state: BigCommerceState) -> None:
        self._state = state

    # Orders (V2) ------------------------------------------------------------------------------------------------------

    def orders(self, options: Options) -> list[Node]:
        name, _, direction = options.get("sort", "id:asc").partition(":")
        is_falling = direction == "desc"
        found: Iterable[Order] = self._filtered(options, is_falling=is_falling)
        if name in _MOMENTS:
            found = sorted(found, key=lambda order: (_MOMENTS[name](order), order.id), reverse=is_falling)
        elif name != "id":
            raise Refused(400, f"The field '{name}' cannot be sorted by.")
        return [self._shown(order, options) for order in v2_page(found, options)]

    def order(self, order_id: int, options: Options) -> Node:
        return self._shown(self._order(order_id), options)

    def count(self, options: Options) -> Node:
        found = list(self._filtered(options if self._state.counts_by_filter else {}))
        sums = dict.fromkeys(STATUSES, 0)
        for order in found:
            sums[order.header["status_id"]] = sums.get(order.header["status_id"], 0) + 1
        statuses = [{**_status(number), "count": sums[number], "sort_order": number} for number in sorted(sums)]
        return {"statuses": statuses, "count": len(found)}

    def statuses(self) -> list[Node]:
        return [_status(number) for number in STATUSES]

    def belonging(self, order_id: int, name: str, options: Options) -> list[Node]:
        """products, coupons, taxes, shipping_addresses, shipments, fees."""
        order = self._order(order_id)
        held: dict[str, list[Node]] = {
            "products": order.lines,
            "coupons": order.coupons,
            "shipping_addresses": [_address(address) for address in order.addresses],
            "shipments": order.shipments,
            "fees": order.fees,
            "taxes": order.taxes if options.get("details") == "true" else [_rate_only(tax) for tax in order.taxes],
        }
        return v2_page(held[name], options)

    def shipments_count(self, order_id: int) -> Node:
        return {"count": len(self._order(order_id).shipments)}

    def _filtered(self, options: Options, *, is_falling: bool = False) -> Iterator[Order]:
        """In the order of the ids, and only as far as somebody looks."""
        ids = self._state.order_ids()
        start = bisect_left(ids, int(options["min_id"])) if "min_id" in options else 0
        end = bisect_right(ids, int(options["max_id"])) if "max_id" in options else len(ids)
        wanted = [_archived(options.get("is_deleted") == "true")]
        if "status_id" in options:
            wanted.append(_in_status(options["status_id"]))
        for name, moment in _MOMENTS.items():
            if f"min_{name}" in options:
                wanted.append(_not_before(moment, moment_of(options[f"min_{name}"])))
            if f"max_{name}" in options:
                wanted.append(_not_after(moment, moment_of(options[f"max_{name}"])))
        places = range(end - 1, start - 1, -1) if is_falling else range(start, end)
        for place in places:
            order = self._state.orders[ids[place]]
            if all(fits(order) for fits in wanted):
                yield order

    def _shown(self, order: Order, options: Options) -> Node:
        base = f"/orders/{order.id}"
        included = set(options.get("include", "").split(","))
        body = order.shown()
        for name in ("products", "shipping_addresses", "coupons"):
            body[name] = self._link(f"{base}/{name.replace('_', '')}", f"{base}/{name}")
        body["fees"] = order.fees if "fees" in included else self._link(f"{base}/fees", f"{base}/fees")
        wants = {"consignments", "consignments.line_items"} & included
        if wants and options.get("consignment_structure") == "object":
            body["consignments"] = self._consignments(order, with_lines="consignments.line_items" in wants)
        else:
            body["consignments"] = self._link(f"{base}/consignments", f"{base}/consignments")
        return body

    def _consignments(self, order: Order, *, with_lines: bool) -> Node:
        def lines_at(kind: str, address: int = 0) -> list[Node]:
            chosen = [one for one in order.lines if one["type"] == kind and one["order_address_id"] == address]
            # The lines come as the products' own list gives them: its first page.
            if with_lines:
                return chosen[:V2_DEFAULT]
            return [self._link(f"/orders/{order.id}/products/{one['id']}") for one in chosen]

        shipping = [
            {
                **{name: value for name, value in address.items() if name != "order_id"},
                "line_items": lines_at("physical", address["id"]),
            }
            for address in order.addresses
        ]
        digital, certificates = lines_at("digital"), lines_at("giftcertificate")
        recipient = "sam.shopper@example.com"
        return {
            "pickups": [],
            "shipping": shipping,
            "downloads": [{"recipient_email": recipient, "line_items": digital}] if digital else [],
            "email": {
                "gift_certificates": [{"recipient_email": recipient, "line_items": certificates}]
                if certificates
                else []
            },
        }

    def _link(self, resource: str, path: str | None = None) -> Node:
        url = f"https://api.bigcommerce.com/stores/{self._state.store_hash}/v2{path or resource}"
        return {"url": url, "resource": resource}

    def _order(self, order_id: int) -> Order:
        order = self._state.orders.get(order_id)
        if order is None:
            raise Refused(404, "The requested resource was not found.")
        return order

    # Parcels (V2, written) --------------------------------------------------------------------------------------------

    def ship(self, order_id: int, body: Node) -> Node:
        order = self._order(order_id)
        items = body.get("items")
        if "order_address_id" not in body or not isinstance(items, list) or not items:
            raise Refused(400, "The required field 'order_address_id' or 'items' was not supplied.")
        _check_carrier(body)
        by_id = {line["id"]: line for line in order.lines}
        for item in items:
            line = by_id.get(item.get("order_product_id"))
            if line is None or line["order_address_id"] != body["order_address_id"]:
                raise Refused(400, "The order product is not part of this order or address.")
            if item["quantity"] > line["quantity"] - line["quantity_shipped"]:
                raise Refused(400, "The quantity is higher than what is left to ship.")
        return self._state.ship(order_id, _shipment(order, body, items, by_id))

    def change_shipment(self, order_id: int, shipment_id: int, body: Node) -> Node:
        self._order(order_id)
        if "items" in body:
            raise Refused(400, "The items of a shipment cannot be changed.")
        _check_carrier(body)
        changed = self._state.change_shipment(order_id, shipment_id, body)
        if changed is None:
            raise Refused(404, "The requested resource was not found.")
        return changed

    # V3 ---------------------------------------------------------------------------------------------------------------

    def transactions(self, order_id: int) -> Told:
        found = self._order(order_id).transactions
        return v3_page(found, {"limit": str(max(1, len(found)))}, 10_000)

    def refunds(self, options: Options, order_id: int | None = None) -> Told:
        found: Iterable[Node] = self._state.records("refunds")
        if order_id is not None:
            self._order(order_id)
            found = [one for one in found if one["order_id"] == order_id]
        for name, option in (("id", "id:in"), ("order_id", "order_id:in")):
            if option in options:
                wanted = set(options[option].split(","))
                found = [one for one in found if str(one[name]) in wanted]
        if "created:min" in options:
            since = moment_of(options["created:min"])
            found = [one for one in found if instant(one["created"]) >= since]
        if "created:max" in options:
            until = moment_of(options["created:max"])
            found = [one for one in found if instant(one["created"]) <= until]
        return v3_page(list(found), options)

    def products(self, options: Options) -> Told:
        found = self._state.records("products")
        if "id:in" in options:
            wanted = set(options["id:in"].split(","))
            found = [one for one in found if str(one["id"]) in wanted]
        if "id:greater" in options:
            found = [one for one in found if one["id"] > int(options["id:greater"])]
        if options.get("direction") == "desc":
            found.reverse()
        told = v3_page(found, options)
        return Told([_chosen(one, options) for one in told.data], told.pagination)

    def variants(self, options: Options) -> Told:
        found = self._state.records("variants")
        if "id" in options:
            found = [one for one in found if str(one["id"]) == options["id"]]
        if "sku" in options:
            found = [one for one in found if one["sku"] == options["sku"]]
        if "product_id:in" in options:
            wanted = set(options["product_id:in"].split(","))
            found = [one for one in found if str(one["product_id"]) in wanted]
        return v3_page(found, options)

    def items(self, options: Options) -> Told:
        found = self._state.records("items")
        for name in ("sku", "variant_id", "product_id"):
            if f"{name}:in" in options:
                wanted = set(options[f"{name}:in"].split(","))
                found = [one for one in found if str(one["identity"][name]) in wanted]
        if "location_id:in" in options:
            places = set(options["location_id:in"].split(","))
            found = [
                {**one, "locations": [level for level in one["locations"] if str(level["location_id"]) in places]}
                for one in found
            ]
        return v3_page(found, options, INVENTORY_MAXIMUM)

    def locations(self, options: Options) -> Told:
        return v3_page(self._state.records("locations"), options)


def _archived(is_wanted: bool) -> Fits:
    return lambda order: bool(order.header["is_deleted"]) == is_wanted


def _in_status(status: str) -> Fits:
    return lambda order: str(order.header["status_id"]) == status


def _not_before(moment: Callable[[Order], datetime], since: datetime) -> Fits:
    return lambda order: moment(order) >= since


def _not_after(moment: Callable[[Order], datetime], until: datetime) -> Fits:
    return lambda order: moment(order) <= until


def _status(number: int) -> Node:
    name = STATUSES.get(number, f"Status {number}")
    return {
        "id": number,
        "name": name,
        "system_label": name,
        "custom_label": name,
        "system_description": f"The order is {name.lower()}.",
    }


def _rate_only(tax: Node) -> Node:
    """Without `details=true` a tax does not say which line it belongs to."""
    return {name: value for name, value in tax.items() if name not in ("order_product_id", "line_item_type")}


def _address(address: Node) -> Node:
    """A consignment as the older list of addresses shows it: costs are text there."""
    return {
        name: f"{value:.4f}" if "cost" in name and "class" not in name else value for name, value in address.items()
    }


def _chosen(product: Node, options: Options) -> Node:
    if "include_fields" in options:
        names = {"id", *options["include_fields"].split(",")}
        return {name: value for name, value in product.items() if name in names}
    hidden = set(options.get("exclude_fields", "").split(","))
    return {name: value for name, value in product.items() if name not in hidden}


def _check_carrier(body: Node) -> None:
    if body.get("shipping_provider", "") not in PROVIDERS:
        raise Refused(400, f"The shipping provider '{body['shipping_provider']}' is not known.")


def _shipment(order: Order, body: Node, items: list[Node], by_id: Mapping[int, Node]) -> Node:
    parts = [
        {
            "order_product_id": item["order_product_id"],
            "product_id": by_id[item["order_product_id"]]["product_id"],
            "quantity": item["quantity"],
        }
        for item in items
    ]
    return {
        **shipment_defaults(order),
        **{name: value for name, value in body.items() if name != "items"},
        "items": parts,
    }


def shipment_defaults(order: Order) -> Node:
    """What a shipment holds besides what its maker says."""
    address = next((one for one in order.addresses), {})
    names = ("first_name", "last_name", "company", "street_1", "street_2", "city", "state", "zip", "country",
             "country_iso2", "phone", "email")  # fmt: skip
    return {
        "order_id": order.id,
        "customer_id": order.header["customer_id"],
        "order_address_id": address.get("id", 0),
        "date_created": rfc(order.created_at),
        "tracking_number": "",
        "merchant_shipping_cost": "0.0000",
        "shipping_method": address.get("shipping_method", ""),
        "shipping_provider": "",
        "tracking_carrier": "",
        "tracking_link": "",
        "comments": "",
        "billing_address": {
            name: value for name, value in order.header["billing_address"].items() if name != "form_fields"
        },
        "shipping_address": {name: address.get(name, "") for name in names},
        "shipping_provider_display_name": "",
        "generated_tracking_link": "",
    }
