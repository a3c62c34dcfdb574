from __future__ import annotations

from pathlib import Path

import pytest

from auditor.clock import FixedClock
from auditor.connectors.shopify import ShopifyConnector
from tests.connectors.shopify.fake import FakeShopify
from tests.connectors.shopify.shaping import NOW
from tests.connectors.shopify.shop import connect, location


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def shop() -> FakeShopify:
    return FakeShopify(locations=[location(1), location(2)])


@pytest.fixture
def connector(shop: FakeShopify, clock: FixedClock, tmp_path: Path) -> ShopifyConnector:
    return connect(shop, clock, tmp_path)
