from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.connectors.john_lewis.shop import Marketplace


@pytest.fixture
def open_market(tmp_path: Path) -> Iterator[Callable[..., Marketplace]]:
    """Opens a marketplace with these options of its state."""
    opened: list[Marketplace] = []

    def open_one(**options: object) -> Marketplace:
        opened.append(Marketplace(tmp_path, **options))
        return opened[-1]

    yield open_one
    for market in opened:
        market.transport.end()


@pytest.fixture
def market(open_market: Callable[..., Marketplace]) -> Marketplace:
    return open_market()
