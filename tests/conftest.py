"""What holds for all tests."""

from __future__ import annotations

import gc

import pytest

LONG = (
    "tests/end_to_end/test_audit.py",
    "tests/checks/test_cases.py",
    "tests/service/test_cli_company.py",
    "tests/end_to_end/test_confirm.py",
    "tests/checking_facts/test_tieout.py",
    "tests/end_to_end/test_correction.py",
)
"""Files that take longest, the longest first: what is begun last is what everybody waits for."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(LONG)))


def pytest_collection_finish() -> None:
    """Five thousand tests are objects that stay; without this the collector walks over them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
