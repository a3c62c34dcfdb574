"""What each call answers: one method per operation, from the state alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from auditor.sandbox.tiktok_shop.paging import Refused, Window, ordered, page, page_size
from auditor.sandbox.tiktok_shop.state import KEYS, Body, Kind, TikTokShopState, unix

_WHEN = ("create_time", "update_time")
_CREATED = Window("create_time", "create_time_ge", "create_time_lt")
_UPDATED = Window("update_time", "update_time_ge", "update_time_lt")
NOT_FOUND = 21001001  # the code of a record that is not there is not published; any other than 0 will do


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that was let in: ids of the path, query, body."""

    ids: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)


class Missing(Exception):
    """There is no such record."""


class Answers:
    """`route` gives the method for 'POST /order/202309/orders/search'; ids in a path are written {}."""

    def __init__(self, state: TikTokShopState) -> None:
        self._state = state
        self._routes: dict[str, Callable[[Asked], Body]] = {
            "GET /authorization/202309/shops": self._shops,
            "POST /order/202309/orders/search": self._search_orders,
            "GET /order/202507/orders": self._orders,
            "GET /order/202407/orders/{}/price_detail": self._price_detail,
            "POST /fulfillment/202309/packages/search": self._search_packages,
            "GET /fulfillment/202309/packages/{}": self._package,
            "POST /fulfillment/202309/orders/{}/packages": self._mark_shipped,
            "POST /fulfillment/202309/packages/{}/shipping_info/update": self._update_shipping_info,
            "POST /return_refund/202309/cancellations/search": self._search_cancellations,
            "POST /return_refund/202309/returns/search": self._search_returns,
            "POST /product/202502/products/search": self._search_products,
            "POST /product/202309/inventory/search": self._search_inventory,
            "GET /logistics/202309/warehouses": self._warehouses,
            "GET /logistics/202309/warehouses/{}/delivery_options": self._delivery_options,
            "GET /logistics/202309/delivery_options/{}/shipping_providers": self._shipping_providers,
            "GET /finance/202309/statements": self._statements,
            "GET /finance/202501/statements/{}/statement_transactions": self._transactions,
            "GET /finance/202605/payments": self._payments,
            "GET /finance/202309/payments": self._payments,
        }

    def route(self, name: str) -> Callable[[Asked], Body] | None:
        if name.endswith("/payments") and f"/{self._state.payments_version}/" not in name:
            return None
        return self._routes.get(name)

    @property
    def names(self) -> list[str]:
        return list(self._routes)

    # Orders -----------------------------------------------------------------------------------------------------------

    def _shops(self, asked: Asked) -> Body:
        return {"shops": self._state.shops}

    def _search_orders(self, asked: Asked) -> Body:
        found = self._in_time("orders", asked)
        if "order_status" in asked.body:
            found = [one for one in found if one["status"] == asked.body["order_status"]]
        return self._paged("orders", "orders", found, asked, (1, 100, None), is_descending=True)

    def _orders(self, asked: Asked) -> Body:
        ids = asked.query.get("ids", "").split(",")
        if not 1 <= len(ids) <= 50:
            raise Refused("ids must name 1 to 50 orders")
        return {"orders": [one for one in (self._state.get("orders", key) for key in ids) if one is not None]}

    def _price_detail(self, asked: Asked) -> Body:
        order = self._found("orders", asked.ids[0])
        payment = order["payment"]
        goods, shipping = Decimal(payment["sub_total"]), Decimal(payment["shipping_fee"])
        return {
            "currency": payment["currency"],
            "sku_list_price": payment["original_total_product_price"],
            "sku_sale_price": str(goods),
            "subtotal": str(goods),
            "subtotal_deduction_seller": payment["seller_discount"],
            "subtotal_deduction_platform": payment["platform_discount"],
            "shipping_list_price": payment["original_shipping_fee"],
            "shipping_sale_price": str(shipping),
            "subtotal_tax_amount": "0",
            "tax_amount": "0",
            "payment": str(goods + shipping),
            "line_items": [
                {
                    "id": unit["id"],
                    "currency": payment["currency"],
                    "sku_list_price": unit["original_price"],
                    "sku_sale_price": unit["sale_price"],
                    "subtotal_tax_amount": "0",
                    "tax_amount": "0",
                }
                for unit in order["line_items"]
            ],
        }

    # Packages ---------------------------------------------------------------------------------------------------------

    def _search_packages(self, asked: Asked) -> Body:
        found = self._in_time("packages", asked)
        return self._paged("packages", "packages", found, asked, (1, 50, None), is_descending=True)

    def _package(self, asked: Asked) -> Body:
        package = self._found("packages", asked.ids[0])
        # The detail has other names than the search.
        return {
            **{name: value for name, value in package.items() if name not in ("id", "status")},
            "package_id": package["id"],
            "package_status": package["status"],
        }

    def _mark_shipped(self, asked: Asked) -> Body:
        order_id, wanted = asked.ids[0], set(asked.body.get("order_line_item_ids") or ())
        number, provider = asked.body.get("tracking_number"), self._provider(asked.body)
        if not number or not wanted:
            raise Refused("tracking_number and order_line_item_ids are required")
        package_id = f"1153{order_id[-9:]}{len(self._state.each('packages')) + 1:06d}"
        now = unix(self._state.clock.now())
        with self._state.changing("orders", order_id) as order:
            if order is None:
                raise Missing
            units = [unit for unit in order["line_items"] if unit["id"] in wanted]
            if len(units) < len(wanted) or any(unit.get("package_id") for unit in units):
                raise Refused("some of the line items cannot be shipped")
            for unit in units:
                unit.update(
                    display_status="AWAITING_COLLECTION", package_id=package_id, package_status="PROCESSING",
                    tracking_number=number, shipping_provider_id=provider["id"],
                    shipping_provider_name=provider["name"], rts_time=now,
                )  # fmt: skip
            is_whole = all(unit.get("package_id") for unit in order["line_items"])
            order["status"] = "AWAITING_COLLECTION" if is_whole else "PARTIALLY_SHIPPING"
            order["update_time"] = now
            order.setdefault("packages", []).append({"id": package_id})
        self._state.put(
            "packages",
            {
                "id": package_id, "status": "PROCESSING", "create_time": now, "update_time": now,
                "tracking_number": number, "shipping_provider_id": provider["id"],
                "shipping_provider_name": provider["name"], "order_line_item_ids": sorted(wanted),
                "orders": [{"id": order_id}],
            },
        )  # fmt: skip
        answer: Body = {"order_id": order_id, "order_line_item_ids": sorted(wanted), "package_id": package_id}
        if str(number).isdigit():
            answer["warning"] = {"message": "The tracking number matches more than one shipping provider."}
        return answer

    def _update_shipping_info(self, asked: Asked) -> Body:
        number, provider = asked.body.get("tracking_number"), self._provider(asked.body)
        now = unix(self._state.clock.now())
        with self._state.changing("packages", asked.ids[0]) as package:
            if package is None:
                raise Missing
            package.update(
                tracking_number=number,
                shipping_provider_id=provider["id"],
                shipping_provider_name=provider["name"],
                update_time=now,
            )
            orders = [order["id"] for order in package["orders"]]
        for order_id in orders:
            # A new number is no change of the order's status, so its own time stays.
            with self._state.changing("orders", order_id) as order:
                for unit in order["line_items"] if order else ():
                    if unit.get("package_id") == asked.ids[0]:
                        unit.update(tracking_number=number, shipping_provider_id=provider["id"],
                                    shipping_provider_name=provider["name"])  # fmt: skip
        return {}

    def _provider(self, body: Mapping[str, Any]) -> Body:
        for option in self._state.each("delivery_options"):
            for provider in option["providers"]:
                if provider["id"] == body.get("shipping_provider_id"):
                    return dict(provider)
        raise Refused("shipping_provider_id is not valid for this delivery option")

    # Cancellations and returns ----------------------------------------------------------------------------------------

    def _search_cancellations(self, asked: Asked) -> Body:
        found = [
            one
            for one in self._in_time("cancellations", asked)
            if _named(one, asked.body, cancel_ids="cancel_id", order_ids="order_id")
        ]
        return self._paged("cancellations", "cancellations", found, asked, (1, 50, 10))

    def _search_returns(self, asked: Asked) -> Body:
        found = [
            one
            for one in self._in_time("returns", asked)
            if _named(one, asked.body, return_ids="return_id", order_ids="order_id")
        ]
        return self._paged("returns", "return_orders", found, asked, (10, 50, 10))

    # Goods ------------------------------------------------------------------------------------------------------------

    def _search_products(self, asked: Asked) -> Body:
        window = Window("create_time", "create_time_ge", "create_time_le", is_closed=True)
        found = window.find(self._state, "products", asked.body)
        if "sku_ids" in asked.body:
            wanted = set(asked.body["sku_ids"])
            if len(wanted) > 10:
                raise Refused("sku_ids takes 10 ids at most")
            found = [one for one in found if any(sku["id"] in wanted for sku in one["skus"])]
        return self._paged("products", "products", found, asked, (1, 100, None), is_descending=True)

    def _search_inventory(self, asked: Asked) -> Body:
        skus, products = asked.body.get("sku_ids") or [], asked.body.get("product_ids") or []
        if len(skus) > 600 or len(products) > 100:
            raise Refused("too many ids")
        inventory: dict[str, list[Body]] = {}
        for one in self._state.each("stock"):
            if one["id"] in skus if skus else one["product_id"] in products:
                body = {name: value for name, value in one.items() if name != "product_id"}
                inventory.setdefault(one["product_id"], []).append(body)
        return {"inventory": [{"product_id": product, "skus": found} for product, found in inventory.items()]}

    def _warehouses(self, asked: Asked) -> Body:
        return {"warehouses": self._state.each("warehouses")}

    def _delivery_options(self, asked: Asked) -> Body:
        self._found("warehouses", asked.ids[0])
        options = self._state.each("delivery_options")
        return {"delivery_options": [{"id": one["id"], "name": one["name"], "type": one["type"]} for one in options]}

    def _shipping_providers(self, asked: Asked) -> Body:
        return {"shipping_providers": self._found("delivery_options", asked.ids[0])["providers"]}

    # Money ------------------------------------------------------------------------------------------------------------

    def _statements(self, asked: Asked) -> Body:
        _need_sort(asked, "statement_time")
        window = Window("statement_time", "statement_time_ge", "statement_time_lt")
        found = window.find(self._state, "statements", asked.query)
        sort = ("statement_time",)
        return self._paged("statements", "statements", found, asked, (1, 100, 20), sort=sort, counts=False)

    def _transactions(self, asked: Asked) -> Body:
        _need_sort(asked, "order_create_time")
        statement = self._found("statements", asked.ids[0])
        rows = self._state.rows(asked.ids[0])
        found = ordered(rows, asked.query, ("order_create_time",), "order_create_time", is_descending=False, key="id")
        shown, token = page(found, asked.query, page_size(asked.query, 1, 100, 20))

        def total(name: str) -> Decimal:
            return sum((Decimal(row.get(name) or 0) for row in rows), Decimal(0))

        return {
            "id": statement["id"],
            "create_time": statement["statement_time"],
            "currency": statement["currency"],
            "status": "SETTLED",
            "payable_amount": str(total("settlement_amount") + total("reserve_amount")),
            "total_settlement_amount": str(total("settlement_amount")),
            "total_reserve_amount": str(total("reserve_amount")),
            "total_settlement_breakdown": {
                "total_revenue_amount": str(total("revenue_amount")),
                "total_fee_tax_amount": str(total("fee_tax_amount")),
                "total_shipping_cost_amount": str(total("shipping_cost_amount")),
                "total_adjustment_amount": str(total("adjustment_amount")),
            },
            "total_count": len(rows),
            "transactions": shown,
            "next_page_token": token,
        }

    def _payments(self, asked: Asked) -> Body:
        _need_sort(asked, "create_time")
        found = _CREATED.find(self._state, "payments", asked.query)
        return self._paged("payments", "payments", found, asked, (1, 100, 20), sort=("create_time",), counts=False)

    # Shared -----------------------------------------------------------------------------------------------------------

    def _in_time(self, kind: Kind, asked: Asked) -> list[Body]:
        """By time of change where that is asked for, else by time of creation."""
        window = _UPDATED if _UPDATED.asked_in(asked.body) else _CREATED
        return window.find(self._state, kind, asked.body)

    def _found(self, kind: Kind, key: str) -> Body:
        body = self._state.get(kind, key)
        if body is None:
            raise Missing
        return body

    def _paged(
        self,
        kind: Kind,
        items: str,
        found: list[Body],
        asked: Asked,
        sizes: tuple[int, int, int | None],
        *,
        sort: tuple[str, ...] = _WHEN,
        is_descending: bool = False,
        counts: bool = True,
    ) -> Body:
        size = page_size(asked.query, *sizes)
        placed = ordered(found, asked.query, sort, sort[0], is_descending=is_descending, key=KEYS[kind])
        shown, token = page(placed, asked.query, size)
        answer: Body = {items: shown, "next_page_token": token}
        return {**answer, "total_count": len(found)} if counts else answer


def _named(body: Body, asked: Mapping[str, Any], **filters: str) -> bool:
    return all(name not in asked or body[field] in asked[name] for name, field in filters.items())


def _need_sort(asked: Asked, name: str) -> None:
    if asked.query.get("sort_field") != name:
        raise Refused(f"sort_field is required and must be {name}")
