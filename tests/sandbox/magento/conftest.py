from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.magento.served import Shop, Switch, serving


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[Switch, str]]:
    with serving() as both:
        yield both


@pytest.fixture
def shop(served: tuple[Switch, str], tmp_path: Path) -> Iterator[Shop]:
    switch, url = served
    made = Shop(url, tmp_path)
    switch.app = made.app
    yield made
    made.close()
