"""DuckDB's allocator reads how long it may keep memory when the engine is loaded; by then it must have been told."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

NAME = "DUCKDB_JE_MALLOC_CONF"
LOOK = f"""
import os, sys

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "duckdb":
            print(os.environ.get({NAME!r}, "not told"))

sys.meta_path.insert(0, Watch())
import auditor.service.cli, auditor.store.owner
"""


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        pytest.param(None, "dirty_decay_ms:30000,muzzy_decay_ms:30000", id="by itself"),
        pytest.param("dirty_decay_ms:0", "dirty_decay_ms:0", id="somebody has set it"),
    ],
)
def test_the_allocator_is_told_before_the_engine_is_loaded(given: str | None, seen: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != NAME}
    environment |= {} if given is None else {NAME: given}
    said = subprocess.run(
        [sys.executable, "-c", LOOK], env=environment, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert said.split() == [seen]
