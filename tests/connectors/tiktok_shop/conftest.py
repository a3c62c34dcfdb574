from __future__ import annotations

from pathlib import Path

import pytest

from tests.connectors.tiktok_shop.shop import Shop, Trade


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def trade() -> Trade:
    return Trade()
