"""Where the official schemas of the connected systems are, for the tests marked `contract`.

They are not part of this project and are never copied into it. `AUDITOR_CONTRACTS` names their folder; without it
they are looked for beside the project. When they are absent such a test is skipped, unless
`AUDITOR_REQUIRE_CONTRACTS=1` says that it must not be.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


def contracts_folder() -> Path:
    """The folder of the schemas; skips the calling test (or fails it, where they are required) when it is absent."""
    named = os.environ.get("AUDITOR_CONTRACTS")
    folder = Path(named) if named else PROJECT.parent / "shared" / "contracts"
    if folder.is_dir():
        return folder
    sentence = f"the official schemas are not at {folder}; name their folder in AUDITOR_CONTRACTS"
    if os.environ.get("AUDITOR_REQUIRE_CONTRACTS") == "1":
        pytest.fail(sentence)
    pytest.skip(sentence)
