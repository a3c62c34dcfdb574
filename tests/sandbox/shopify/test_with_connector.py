"""The connector that the sandbox exists for reads it whole over loopback, and notices what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.connectors.base import Window
from auditor.connectors.shopify.connector import ShopifyConnector
from auditor.errors import Incomplete
from auditor.settings import parse
from tests.sandbox.shopify.conftest import Shop
from tests.sandbox.shopify.store import NOW, order

FIRST = Window(None, NOW)
DELTA = Window(NOW - timedelta(days=30), NOW)


@pytest.fixture
def connect(open_shop: Callable[..., Shop], tmp_path: Path) -> Iterator[Callable[..., tuple[ShopifyConnector, Shop]]]:
    opened: list[ShopifyConnector] = []

    def connect_one(**options: object) -> tuple[ShopifyConnector, Shop]:
        shop = open_shop(**options)
        for name, text in (("client", "sandbox-client"), ("secret", "sandbox-secret"), ("b1", "unused")):
            (tmp_path / name).write_text(text)
        settings = parse(
            {
                "company": {"name": "Harbour & Pine", "currency": "GBP", "timezone": "Europe/London"},
                "b1": {"base_url": "http://127.0.0.1:1", "company_db": "X", "username": "u",
                       "password": {"file": "b1"}},
                "channel": [{"id": "shopify-uk", "kind": "shopify", "base_url": shop.url, "card_code": "C",
                             "credentials": {"client_id": {"file": "client"}, "client_secret": {"file": "secret"}}}],
            },
            folder=tmp_path,
        )  # fmt: skip
        connector = ShopifyConnector(settings, settings.channel[0], shop.store.clock, jitter=lambda: 0.0)
        opened.append(connector)
        return connector, shop

    yield connect_one
    for connector in opened:
        connector.close()


def keys(connector: ShopifyConnector, name: str, window: Window) -> list[str]:
    stream = next(stream for stream in connector.streams if stream.name == name)
    return sorted(record.key for page in connector.read(stream, window) for record in page)


@pytest.mark.parametrize("window", [FIRST, DELTA], ids=["first load", "delta"])
def test_every_stream_is_read_whole(connect: Callable[..., tuple[ShopifyConnector, Shop]], window: Window) -> None:
    connector, shop = connect(orders=30)
    state = shop.store.state
    for name, expected in (
        ("orders", state.orders),
        ("fulfilment_orders", state.work),
        ("locations", state.tables["Location"]),
        ("listings", state.tables["ProductVariant"]),
        ("payouts", state.tables["ShopifyPaymentsPayout"]),
        ("balance_transactions", state.tables["ShopifyPaymentsBalanceTransaction"]),
        ("disputes", state.tables["ShopifyPaymentsDispute"]),
    ):
        assert keys(connector, name, window) == sorted(expected), name
    assert len(keys(connector, "stock", window)) == len(state.tables["InventoryLevel"])
    assert keys(connector, "refunds", window) == keys(connector, "fulfilments", window) == ["gid://shopify/Order/501"]


def test_an_expired_token_is_renewed_in_the_middle(connect: Callable[..., tuple[ShopifyConnector, Shop]]) -> None:
    connector, shop = connect(orders=10)
    shop.store.failures.inject("session_expired", system="shopify", match="Audit", after=3)
    assert keys(connector, "orders", DELTA) == sorted(shop.store.state.orders)
    assert shop.store.failures.happened("session_expired") == 1
    assert len(shop.store.state.issued) == 1


def test_a_small_bucket_only_slows_the_reading(connect: Callable[..., tuple[ShopifyConnector, Shop]]) -> None:
    connector, shop = connect(orders=0, bucket_size=1000.0, restore_rate=50.0)
    for number in range(1, 15):
        shop.store.state.put("Order", order(number, lines=9))
    before = shop.store.clock.monotonic()
    assert keys(connector, "orders", DELTA) == sorted(shop.store.state.orders)
    assert shop.store.clock.monotonic() > before


def test_lost_lines_of_a_result_file_are_noticed(connect: Callable[..., tuple[ShopifyConnector, Shop]]) -> None:
    connector, shop = connect(orders=100)
    shop.store.failures.inject("lost_page", system="shopify", match="bulk result", times=None)
    with pytest.raises(Incomplete, match="were announced"):
        keys(connector, "orders", FIRST)
