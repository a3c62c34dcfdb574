"""What is read equals what the shop holds: first, later, while it changes, and while things go wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from auditor.connectors.tiktok_shop import listing
from auditor.errors import Incomplete
from auditor.sandbox.failures import FailureKind
from auditor.sandbox.shops import TIKTOK
from auditor.sandbox.tiktok_shop.orders import sku_id
from auditor.sandbox.tiktok_shop.state import Kind, unix
from tests.connectors.tiktok_shop.shop import NOW, Shop, Trade, level

SYSTEM = TIKTOK.id
HELD: dict[str, Kind] = {
    "warehouses": "warehouses", "orders": "orders", "cancellations": "cancellations", "returns": "returns",
    "payouts": "payments", "stock": "stock",
}  # fmt: skip
SEARCHES = {
    "orders": "POST /order/202309/orders/search", "returns": "POST /return_refund/202309/returns/search",
    "cancellations": "POST /return_refund/202309/cancellations/search",
    "listings": "POST /product/202502/products/search",
}  # fmt: skip


def fill(shop: Shop, trade: Trade, orders: int = 12) -> None:
    """Orders in all conditions, products, a payout."""
    for number in range(orders):
        sale = trade.sale(trade.line("A-1", 2), trade.line("B-1"), days_ago=20 - number * 19 / orders)
        if number % 4 != 3:
            trade.ship(sale)
        if number % 4 == 1:
            trade.refund(sale, (sale.lines[0], 1), days=0.5)
        if number % 4 == 3:
            sale.cancelled_at = sale.placed_at + timedelta(hours=1)
            trade.refund(sale, *((line, line.quantity) for line in sale.lines), days=1 / 24, shipping=sale.shipping)
        shop.front.put_sale(sale, NOW)
        row = trade.row(str(sale.total), "4.20", sale, at=NOW - timedelta(days=4 + number % 3))
        if number == 0:
            shop.front.put_waiting_row(row)
        else:
            shop.front.put_payout(trade.payout(row))
    for number in range(1, 8):
        shop.front.put_listing(trade.listing(number))
        shop.front.put_level(trade.listing(number), TIKTOK.locations[0], level(number))


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Pages of so few records that a handful of orders has many of them."""

    def smaller(size: int) -> None:
        real = listing._turn

        def turn(client: Any, operation: Any, ids: Any, query: Any, body: Any) -> Any:
            least = 10 if "returns" in operation.rest else size
            return real(client, operation, ids, {**query, "page_size": str(least)}, body)

        monkeypatch.setattr(listing, "_turn", turn)

    return smaller


# Whole ----------------------------------------------------------------------------------------------------------------


def test_a_first_load_is_what_the_shop_holds(shop: Shop, trade: Trade) -> None:
    fill(shop, trade)
    for stream, kind in HELD.items():
        assert set(shop.bodies(stream)) == set(shop.state.records(kind)), stream
    assert set(shop.bodies("listings")) == {sku_id(f"HP-{number:04d}") for number in range(1, 8)}
    rows = {f"{one}/{row['id']}" for one in shop.state.records("statements") for row in shop.state.rows(one)}
    assert set(shop.bodies("statements")) == rows
    assert set(shop.bodies("carriers")) == {f"7110100000000000{number:03d}" for number in (1, 2, 3)}


def test_a_delta_brings_what_changed_and_nothing_else(shop: Shop, trade: Trade) -> None:
    fill(shop, trade)
    since = shop.clock.now()
    shop.clock.advance(timedelta(hours=1))
    fresh = trade.sale(days_ago=-0.02)
    shop.front.put_sale(fresh, shop.clock.now())
    assert set(shop.bodies("orders", since)) == {fresh.key}
    assert shop.bodies("returns", since) == shop.bodies("cancellations", since) == {}


def test_an_order_whose_parcel_alone_changed_is_read_again(shop: Shop, trade: Trade) -> None:
    """A new number is no change of status, so the order's own time stays as it was."""
    sale = trade.sale()
    trade.ship(sale)
    shop.front.put_sale(sale, NOW)
    (package,) = shop.state.records("packages")
    since = shop.clock.now()
    shop.clock.advance(timedelta(minutes=30))
    with shop.state.changing("packages", package) as body:
        assert body is not None
        body.update(tracking_number="NEW1", update_time=unix(shop.clock.now()) - 60)
    with shop.state.changing("orders", sale.key) as order:
        assert order is not None
        order["line_items"][0]["tracking_number"] = "NEW1"
    found = shop.bodies("orders", since)
    assert [unit["tracking_number"] for unit in found[sale.key]["line_items"]] == ["NEW1"]
    assert len(shop.calls("/order/202507/orders")) == 1


def test_an_order_with_a_new_return_or_a_unit_called_off_is_read_again(shop: Shop, trade: Trade) -> None:
    returned, smaller = trade.sale(trade.line("A-1", 2)), trade.sale(trade.line("A-1", 2))
    for sale in (returned, smaller):
        shop.front.put_sale(sale, NOW)
    before = {key: body["update_time"] for key, body in shop.state.records("orders").items()}
    since = shop.clock.now()
    shop.clock.advance(timedelta(minutes=30))
    trade.refund(returned, (returned.lines[0], 1), days=10.01)
    smaller.lines[0].removed, smaller.edited_at = 1, NOW + timedelta(minutes=10)
    for sale in (returned, smaller):
        shop.front.put_sale(sale, shop.clock.now())
        with shop.state.changing("orders", sale.key) as order:
            assert order is not None
            order["update_time"] = before[sale.key]
    found = shop.bodies("orders", since)
    assert set(found) == {returned.key, smaller.key}
    assert found[returned.key]["returns"][0]["order_line_item_ids"]


def test_a_package_that_died_in_a_split_leaves_with_the_order(shop: Shop, trade: Trade) -> None:
    sale = trade.sale(trade.line("A-1", 2))
    trade.ship(sale)
    shop.front.put_sale(sale, NOW)
    assert len(shop.rows("orders")["shipment"]) == 1
    with shop.state.changing("orders", sale.key) as order:
        assert order is not None
        for number, unit in enumerate(order["line_items"]):
            unit.update(package_id=f"115300000000000{number}", tracking_number=f"S{number}")
    rows = shop.rows("orders")
    assert {row["package_id"] for row in rows["shipment"]} == {"1153000000000000", "1153000000000001"}
    assert len(rows["sales_order_line"]) == 1  # the line stays the line it was


# Looking up -----------------------------------------------------------------------------------------------------------


def test_records_are_looked_up_by_their_keys_as_they_are_now(shop: Shop, trade: Trade) -> None:
    fill(shop, trade)
    for stream in shop.connector.streams:
        held = shop.bodies(stream.name)
        key = sorted(held)[0]
        found = shop.connector.look_up(stream, [key, "0"])
        assert [record.key for record in found] == [key], stream.name


# Changing while it is read --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 3])
def test_orders_that_change_between_two_pages_are_neither_lost_nor_fatal(
    shop: Shop, trade: Trade, small_pages: Callable[[int], None], size: int
) -> None:
    """Each page pushes its first order out of the window, so that the next page begins one order too late."""
    fill(shop, trade)
    everything = set(shop.state.records("orders"))
    since, until = shop.clock.now() - timedelta(days=30), shop.clock.now()
    small_pages(size)
    moved: list[str] = []
    real = shop.transport.handle_request

    def handle(request: Any) -> Any:
        answer = real(request)
        if request.url.path.endswith("orders/search") and len(moved) < 7:
            orders = answer.json()["data"]["orders"]
            if orders:
                moved.append(orders[0]["id"])
                with shop.state.changing("orders", orders[0]["id"]) as order:
                    assert order is not None
                    order["update_time"] = unix(until) + 60 + len(moved)
        return answer

    shop.transport.handle_request = handle  # type: ignore[method-assign]  # the shop goes on living
    window = type(shop.window())(since, until)
    seen = {record.key for page in shop.connector.read(shop.stream("orders"), window) for record in page}
    assert len(moved) == 7
    # What has moved on belongs to the next window; nothing that stayed may be missing.
    assert everything - set(moved) <= seen
    after = {key for key, body in shop.state.records("orders").items() if body["update_time"] >= unix(until)}
    assert everything <= seen | after


def test_a_long_window_is_cut_into_stretches_and_still_whole(
    shop: Shop, trade: Trade, small_pages: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(shop, trade, orders=30)
    small_pages(2)
    monkeypatch.setattr(listing, "STRETCH", 4)
    assert set(shop.bodies("orders")) == set(shop.state.records("orders"))
    assert shop.state.calls_over_the_ceiling == 0


def test_more_orders_in_one_second_than_a_stretch_holds_are_read_all_the_same(
    shop: Shop, trade: Trade, small_pages: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(12):
        shop.front.put_sale(trade.sale(), NOW)
    small_pages(2)
    monkeypatch.setattr(listing, "STRETCH", 4)
    assert len(shop.bodies("orders")) == 12


# Going wrong ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", range(6))
def test_a_login_that_ends_at_any_page_is_renewed_there(
    shop: Shop, trade: Trade, small_pages: Callable[[int], None], after: int
) -> None:
    fill(shop, trade)
    small_pages(2)
    shop.failures.inject("session_expired", system=SYSTEM, match="orders/search", after=after)
    assert set(shop.bodies("orders")) == set(shop.state.records("orders"))
    assert shop.failures.happened("session_expired") == 1


@pytest.mark.parametrize("kind", ["throttle", "server_error", "truncated_body", "bad_gateway_html"])
def test_refusals_and_failures_in_the_middle_change_nothing(shop: Shop, trade: Trade, kind: FailureKind) -> None:
    fill(shop, trade)
    quiet = {stream.name: shop.bodies(stream.name) for stream in shop.connector.streams}
    for after in (1, 9, 14):
        shop.failures.inject(kind, system=SYSTEM, after=after, times=3)
    loud = {stream.name: shop.bodies(stream.name) for stream in shop.connector.streams}
    assert loud == quiet
    assert shop.failures.happened() == 9


@pytest.mark.parametrize("stream", SEARCHES)
def test_a_page_that_stays_lost_makes_the_reading_incomplete(shop: Shop, trade: Trade, stream: str) -> None:
    fill(shop, trade)
    shop.failures.inject("lost_page", system=SYSTEM, match=SEARCHES[stream], times=None)
    with pytest.raises(Incomplete, match="a page was lost"):
        shop.bodies(stream)


@pytest.mark.parametrize("stream", [*SEARCHES, "payouts", "statements"])
def test_a_page_that_was_lost_once_is_read_again(shop: Shop, trade: Trade, stream: str) -> None:
    fill(shop, trade)
    quiet = shop.bodies(stream)
    call = {"payouts": "GET /finance/202605/payments", "statements": "statement_transactions", **SEARCHES}[stream]
    shop.failures.inject("lost_page", system=SYSTEM, match=call)
    assert shop.bodies(stream) == quiet
    assert shop.failures.happened("lost_page") == 1


@pytest.mark.parametrize(
    ("stream", "call", "message"),
    [
        ("payouts", "/payments", "payments that statements name are not listed"),
        ("statements", "statement_transactions", "a page was lost"),
        ("warehouses", "/warehouses", "lists no warehouse"),
        ("stock", "inventory/search", "of 7 SKUs that are for sale did not come"),
        ("returns", "/order/202507/orders", "cannot be read"),
    ],
)
def test_what_does_not_come_is_noticed_without_a_count(
    shop: Shop, trade: Trade, stream: str, call: str, message: str
) -> None:
    fill(shop, trade)
    shop.failures.inject("lost_page", system=SYSTEM, match=call, times=None)
    with pytest.raises(Incomplete, match=message):
        shop.bodies(stream)


def test_a_warehouse_that_is_left_out_of_the_stock_is_noticed(shop: Shop, trade: Trade) -> None:
    fill(shop, trade)
    with shop.state.changing("stock", sku_id("HP-0003")) as stock:
        assert stock is not None
        stock["total_available_quantity"] += 1
    with pytest.raises(Incomplete, match="do not add up to its stock"):
        shop.bodies("stock")


def test_a_sku_that_was_taken_off_while_the_list_was_read_is_no_hole(shop: Shop, trade: Trade) -> None:
    fill(shop, trade)
    shop.state.drop("stock", sku_id("HP-0003"))
    with pytest.raises(Incomplete, match="for sale did not come"):
        shop.bodies("stock")
    with shop.state.changing("products", shop.state.each("products")[2]["id"]) as product:
        assert product is not None
        product["status"] = "SELLER_DEACTIVATED"
    assert len(shop.bodies("stock")) == 6


@pytest.mark.parametrize(
    ("stream", "call", "name"),
    [
        ("orders", "orders/search", "payment"),
        ("orders", "orders/search", "line_items"),
        ("orders", "orders/search", "seller_discount"),
        ("orders", "orders/search", "total_count"),
        ("orders", "orders/search", "orders"),
        ("returns", "returns/search", "return_status"),
        ("returns", "returns/search", "order_line_item_id"),
        ("cancellations", "cancellations/search", "cancel_status"),
        ("listings", "products/search", "price"),
        ("stock", "inventory/search", "committed_quantity"),
        ("warehouses", "warehouses", "effect_status"),
        ("payouts", "payments", "settlement_amount"),
        ("statements", "statements", "payment_status"),
        ("statements", "statement_transactions", "type"),
    ],
)
def test_a_field_that_is_gone_makes_the_reading_incomplete(
    shop: Shop, trade: Trade, stream: str, call: str, name: str
) -> None:
    fill(shop, trade)
    shop.failures.inject("fields_gone", system=SYSTEM, match=call, times=None, names=[name])
    with pytest.raises(Incomplete, match=f"lacks {name}|has no {name}"):
        shop.bodies(stream)


def test_pages_that_lead_in_a_circle_end(shop: Shop, trade: Trade, small_pages: Callable[[int], None]) -> None:
    fill(shop, trade)
    small_pages(2)
    real = shop.transport.handle_request
    first: list[bytes] = []

    def handle(request: Any) -> Any:
        """Each page is the first one."""
        answer = real(request)
        if request.url.path.endswith("orders/search"):
            first.append(answer.content)
            return type(answer)(200, content=first[0])
        return answer

    shop.transport.handle_request = handle  # type: ignore[method-assign]  # a platform that has gone mad
    with pytest.raises(Incomplete, match=r"lead in a circle"):
        shop.bodies("orders")
